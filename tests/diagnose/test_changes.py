"""The advice names what to write, in the words of the call that stands there."""

from __future__ import annotations

import pytest
import recording_builders as make

from halfwave.diagnose import diagnose


@pytest.mark.parametrize(
    ("call", "source", "advice"),
    [
        ("nn.ReLU", "h = self.act(x)", "make act nn.LeakyReLU(0.01) in place of nn.ReLU (called"),
        ("F.relu", "h = F.relu(x)", "at train.py:31, write F.leaky_relu(x, 0.01) in place of F."),
        ("Tensor.clamp", "h = x.clamp(min=0)", "in place of Tensor.clamp: it lets a gradient"),
        ("torch.maximum", "h = torch.maximum(x, zero)", "in place of torch.maximum: it lets"),
        ("Tensor.mul", "h = x * (x > 0)", "write F.leaky_relu(x, 0.01) in place of this relu: it"),
        ("Tensor.__setitem__", "x[x < 0] = 0", "F.leaky_relu(x, 0.01) in place of this relu: it"),
        # inside a layer of torch's own, or through a table of functions
        ("F.relu", "h = self.encoder(x)", "let act apply F.leaky_relu(x, 0.01) and not F.relu: it"),
        ("F.relu", "", "write F.leaky_relu(x, 0.01) in place of F.relu: it"),
        ("nn.RNN", "h, _ = self.rnn(x)", "at train.py:31, use nn.GRU in place of nn.RNN, or give"),
        ("nn.RNNCell", "h = self.cell(x)", "use nn.GRU in place of nn.RNNCell, or give it nonlin"),
    ],
)
def test_dead_units(call, source, advice):
    dead = make.kill(make.unit_statistics(), range(16))
    site = make.site(call=call, source=source, training=dead)
    (finding,) = diagnose(make.recording(sites=(site,)), select=["dead-units"])
    assert advice in finding.advice
    assert finding.advice.endswith(".")


@pytest.mark.parametrize(
    ("call", "source", "advice"),
    [
        ("nn.Tanh", "h = self.act(x)", "make act nn.ReLU() in place of nn.Tanh (called at train"),
        ("torch.tanh", "h = torch.tanh(x)", "at train.py:31, write F.relu(x) in place of torch."),
        ("nn.RNN", "h, _ = self.rnn(x)", "at train.py:31, use nn.LSTM or nn.GRU in place of nn.R"),
    ],
)
@pytest.mark.parametrize("rule", ["saturated-units", "vanishing-gradients"])
def test_bounded_activations(rule, call, source, advice):
    closed = make.unit_statistics(open_elements=make.unit_statistics().elements * 0.01)
    site = make.site(call=call, source=source, activation="tanh", training=closed)
    layers = [make.parameter(f"fc{i}.weight", order=i, grad_norm=10.0**i) for i in range(8)]
    record = make.recording(sites=(site,), parameters=tuple(layers))
    (finding,) = diagnose(record, select=[rule])
    assert advice.lower() in finding.advice.lower()
