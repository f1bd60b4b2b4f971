"""Layers, the ways between them, and the network's inputs, as a watched run shows them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 – everybody's name for it
from torch import nn

import halfwave
from halfwave.recording import Link


def watched(step, model, steps=2, **options):
    """Record some steps of plain descent; `step` gives the loss."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    with halfwave.watch(every=1, **options) as run:
        for _ in range(steps):
            optimizer.zero_grad()
            step().backward()
            optimizer.step()
    return run.recording


def ways(recording):
    return {layer.name: [link.operations for link in layer.links] for layer in recording.layers}


def test_what_feeds_each_layer():
    net = nn.Sequential(
        nn.Linear(4, 8),
        nn.BatchNorm1d(8),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(8, 8),
        nn.Linear(8, 3),
    )
    x, y = torch.randn(16, 4), torch.randint(0, 3, (16,))
    recording = watched(lambda: F.cross_entropy(net(x), y), net)
    assert ways(recording) == {
        "0": [()],
        "4": [("batch_norm", "relu", "dropout")],
        "5": [()],
    }
    first, second, third = recording.layers
    assert first.links == (Link(None),)
    assert [link.source for link in second.links] == [first.id]
    assert [link.source for link in third.links] == [second.id]
    assert all(layer.reached and layer.kind == "linear" for layer in recording.layers)
    assert (first.weight, first.shape, first.calls) == ("0.weight", (16, 8), 2)


def test_a_residual_branch_is_a_way_of_its_own():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b, self.c = nn.Conv2d(2, 2, 1), nn.Conv2d(2, 2, 1), nn.Conv2d(2, 1, 1)

        def forward(self, x):
            x = self.a(x)
            return self.c(F.relu(self.b(x).tanh() + x)).mean((1, 2, 3))

    net = Net()
    recording = watched(lambda: net(torch.randn(2, 2, 4, 4)).pow(2).mean(), net)
    a, b, c = recording.layers
    assert {(link.source, link.operations) for link in c.links} == {
        (b.id, ("tanh", "add", "relu")),
        (a.id, ("add", "relu")),
    }
    assert {layer.kind for layer in recording.layers} == {"convolution"}


@pytest.mark.parametrize("wrap", [nn.utils.parametrizations.weight_norm, nn.utils.spectral_norm])
def test_a_computed_weight_is_the_layers(wrap):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), wrap(nn.Linear(5, 2)))
    recording = watched(lambda: net(torch.randn(3, 4)).sum(), net)
    assert ways(recording) == {"0": [()], "2": [("tanh",)]}


def test_products_of_two_signals_are_no_layers():
    q, k = nn.Linear(4, 4), nn.Linear(4, 4)
    out = nn.Linear(6, 1)
    net = nn.ModuleList([q, k, out])
    x = torch.randn(2, 6, 4)
    recording = watched(lambda: out(F.softmax(q(x) @ k(x).mT, -1)).sum(), net)
    assert [layer.kind for layer in recording.layers] == ["linear"] * 3
    assert [link.operations for link in recording.layers[-1].links] == [("product", "softmax")] * 2


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (lambda z, c: torch.clamp(z - c, -0.2, 0.2) + c, ("shift", "hardtanh", "shift")),
        (lambda z, c: c + torch.tanh(z), ("tanh", "shift")),
        (lambda z, c: c - torch.tanh(z), ("tanh", "shift")),
        (lambda z, c: F.softplus(z).add_(c), ("softplus", "shift")),
        (lambda z, c: torch.tanh(z) + 1e-8, ("tanh",)),  # a guard against 0
        (lambda z, c: torch.tanh(z + nn.Parameter(c)), ("tanh",)),  # a bias
    ],
)
def test_a_constant_that_is_added_shifts_the_range(made, expected):
    net, old, y = nn.Linear(4, 3), torch.randn(8, 3), torch.randn(8, 3)
    recording = watched(lambda: F.mse_loss(made(net(torch.randn(8, 4)), old), y), net)
    (objective,) = recording.objectives
    assert [link.operations for link in objective.links] == [expected]


def test_weights_without_modules():
    w = torch.randn(3, 5, requires_grad=True)
    v = torch.randn(5, 1, requires_grad=True)
    with halfwave.watch(every=1) as run:
        for _ in range(2):
            (torch.sigmoid(torch.randn(8, 3) @ w) @ v).pow(2).mean().backward()
    assert [link.operations for layer in run.recording.layers for link in layer.links] == [
        (),
        ("sigmoid",),
    ]
    assert run.recording.layers[0].name == "layer 1 (3×5)"


def test_recurrent_layers_and_embeddings():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.words = nn.Embedding(20, 6)
            self.rnn, self.out = nn.LSTM(6, 5, batch_first=True), nn.Linear(5, 2)

        def forward(self, words):
            return self.out(self.rnn(self.words(words))[0][:, -1])

    net, words = Net(), torch.randint(0, 20, (4, 7))
    recording = watched(lambda: net(words).sum(), net)
    kinds = {layer.name: layer.kind for layer in recording.layers}
    assert kinds["words"] == "embedding"
    assert kinds["rnn"] == "recurrent"
    assert kinds["out"] == "linear"
    words_given = recording.layers[0].input
    assert words_given is not None
    assert (words_given.dtype, words_given.integral) == ("int64", True)


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("given", ["outputs", "state"])
def test_what_follows_a_recurrent_layer_follows_it_as_a_whole(kind, given):
    nonlinear = {"nonlinearity": "relu"} if kind == "RNN" else {}
    rnn = getattr(nn, kind)(6, 5, num_layers=2, dropout=0.1, **nonlinear)
    net = nn.ModuleDict({"rnn": rnn, "out": nn.Linear(5, 2)})
    x = torch.randn(4, 3, 6)

    def loss():
        outputs, state = net["rnn"](x, None if kind == "LSTM" else torch.zeros(2, 3, 5))
        state = state[0] if isinstance(state, tuple) else state
        return net["out"](outputs if given == "outputs" else state[-1]).pow(2).mean()

    recording = watched(loss, net)
    first, second = recording.layers
    assert (first.kind, second.kind) == ("recurrent", "linear")
    (link,) = second.links
    assert link.source == first.id
    assert link.operations == (("relu",) if kind == "RNN" else ())


def test_the_networks_input_feature_by_feature():
    x = torch.randn(64, 3) * torch.tensor([1.0, 1000.0, 0.0]) + torch.tensor([0.0, 0.0, 7.0])
    net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
    recording = watched(lambda: net(x).mean(), net, steps=3)
    first, second = recording.layers
    assert second.input is None
    assert first.input is not None
    assert first.input.calls == 3
    assert first.input.elements == 3 * 64 * 3
    assert first.input.high == pytest.approx(float(x.max()))
    np.testing.assert_allclose(first.feature_mean, x.mean(0).numpy(), rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(
        first.feature_std, x.std(0, correction=0).numpy(), rtol=1e-4, atol=1e-3
    )
    assert first.feature_low[2] == first.feature_high[2] == 7.0


def test_inputs_that_are_not_finite_are_counted():
    x = torch.randn(8, 3)
    x[0, 0], x[1, 1] = torch.nan, torch.inf
    net = nn.Linear(3, 1)
    recording = watched(lambda: net(x).nan_to_num().sum(), net, steps=1)
    given = recording.layers[0].input
    assert given is not None
    assert given.nonfinite == 2


def test_what_comes_after_a_frozen_trunk_is_no_input_of_the_network():
    trunk, head = nn.Linear(4, 8).requires_grad_(False), nn.Linear(8, 1)
    x = torch.randn(5, 4)
    recording = watched(lambda: head(F.relu(trunk(x))).sum(), head)
    assert [layer.input for layer in recording.layers] == [None]


def test_the_signals_scale_at_the_first_step():
    net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64))
    nn.init.normal_(net[2].weight, std=3.0)
    x = torch.randn(256, 64)
    recording = watched(lambda: net(x).mean(), net)
    assert recording.layers[0].rms_in == pytest.approx(float(x.pow(2).mean().sqrt()), rel=1e-4)
    second = recording.layers[1]
    assert second.rms_out > 10 * second.rms_in
    initial = recording.sites[0].initial
    assert len(initial) == 1
    assert initial["first_step"][0] == initial["last_step"][0] == 1
    assert 0.4 < initial["open"][0] < 0.6


def test_parameters_that_take_no_part():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.cut = nn.Linear(4, 4), nn.Linear(4, 4)
            self.frozen, self.idle = nn.Linear(4, 4).requires_grad_(False), nn.Linear(4, 4)

        def forward(self, x):
            return self.used(x).sum() + self.cut(x).detach().sum() + self.frozen(x).sum()

    net = Net()
    recording = watched(lambda: net(torch.randn(2, 4)), net)
    told = {p.name: (p.trainable, p.used, p.optimizer) for p in recording.parameters}
    assert told["used.weight"] == (True, True, "SGD")
    assert told["cut.weight"] == (True, True, "SGD")
    assert told["frozen.weight"] == (False, True, "SGD")
    assert told["idle.weight"] == (True, False, "SGD")
    reached = {layer.name: layer.reached for layer in recording.layers}
    assert reached["used"]
    assert not reached["cut"]


def test_units_with_the_same_weights_are_counted():
    net = nn.Sequential(nn.Linear(6, 10), nn.ReLU(), nn.Linear(10, 3))
    with torch.no_grad():
        net[0].weight.fill_(0.5)
        net[0].weight[3] *= 2.0  # the same direction
        net[0].weight[4] *= -1.0
        net[0].bias.zero_()
    recording = watched(lambda: net(torch.randn(2, 6)).sum() * 0, net)
    by_name = {p.name: p for p in recording.parameters}
    assert by_name["0.weight"].first_distinct_rows == 2
    assert by_name["0.weight"].distinct_rows == 2
    assert by_name["2.weight"].distinct_rows == 3
    assert by_name["0.bias"].distinct_rows is None


@pytest.mark.parametrize(("inputs", "directions"), [(1, None), (2, 1), (5, 1)])
def test_constant_weights_are_one_direction_where_there_can_be_several(inputs, directions):
    net = nn.Sequential(nn.Linear(inputs, 10), nn.Sigmoid(), nn.Linear(10, 1))
    nn.init.ones_(net[0].weight)
    nn.init.zeros_(net[0].bias)
    recording = watched(lambda: net(torch.randn(4, inputs)).sum() * 0, net)
    assert recording.parameters[0].first_distinct_rows == directions


def test_noise_of_a_gradient():
    net = nn.Linear(8, 1, bias=False)
    generator = torch.Generator().manual_seed(0)

    def noisy():
        return (net(torch.ones(1, 8)) * 0.01 + net(torch.randn(1, 8, generator=generator))).sum()

    def steady():
        return net(torch.ones(1, 8)).sum()

    (weight,) = watched(steady, net, steps=20).parameters
    assert weight.noise == 0.0
    (weight,) = watched(noisy, net, steps=20).parameters
    assert weight.noise > 3


GENERATOR, CRITIC, OTHER = (nn.Sequential(nn.Linear(i, 4), nn.Tanh()) for i in (2, 4, 3))


def test_of_two_models_each_parameter_has_a_name_of_its_own():
    both = [*GENERATOR.parameters(), *CRITIC.parameters()]
    optimizer = torch.optim.SGD(both, lr=0.01)
    with halfwave.watch(every=1) as run:
        for _ in range(2):
            optimizer.zero_grad()
            CRITIC(GENERATOR(torch.ones(3, 2))).sum().backward()
            optimizer.step()
    names = {p.name for p in run.recording.parameters}
    assert names == {f"{m}.0.{p}" for m in ("GENERATOR", "CRITIC") for p in ("weight", "bias")}
    assert {layer.name for layer in run.recording.layers} == {"GENERATOR.0", "CRITIC.0"}


def test_of_one_model_names_are_its_own():
    optimizer = torch.optim.SGD(OTHER.parameters(), lr=0.01)
    with halfwave.watch(every=1) as run:
        OTHER(torch.ones(2, 3)).sum().backward()
        optimizer.step()
    assert {p.name for p in run.recording.parameters} == {"0.weight", "0.bias"}


@pytest.mark.parametrize("shape", [(3, 6, 6), (3, 2, 6), (3, 6, 2)])
def test_units_of_a_kernel_that_is_kept_the_other_way_round(shape):
    kernel = nn.Parameter(torch.randn(shape))  # positions, inputs, units: as Keras keeps them
    net = nn.ParameterList([kernel])
    x = torch.randn(4, shape[1], 9)
    recording = watched(lambda: F.conv1d(x, kernel.permute(2, 1, 0)).relu().mean(), net)
    (parameter,) = recording.parameters
    assert parameter.distinct_rows == shape[2]


@pytest.mark.parametrize(("rate", "expected"), [(0.0, ("sin",)), (0.5, ("sin", "dropout"))])
def test_a_dropout_of_nothing_hides_nothing(rate, expected):
    first, second = nn.Linear(3, 8), nn.Linear(8, 1)
    net = nn.ModuleList([first, second])
    x = torch.randn(4, 3)
    recording = watched(lambda: second(F.dropout(first(x).sin(), rate)).mean(), net)
    assert [link.operations for link in recording.layers[1].links] == [expected]


def test_a_sparse_gradient_is_a_gradient():
    words = nn.Embedding(20, 4, sparse=True)
    optimizer = torch.optim.SparseAdam(words.parameters(), lr=0.1)
    with halfwave.watch(every=1) as run:
        for _ in range(4):
            optimizer.zero_grad()
            words(torch.tensor([3, 3, 7])).pow(2).sum().backward()
            expected = words.weight.grad.to_dense().norm()
            optimizer.step()
    (parameter,) = run.recording.parameters
    assert parameter.samples["grad_norm"][-1] == pytest.approx(float(expected), rel=1e-4)
    assert "detached-graph" not in {finding.rule for finding in run.findings}


@pytest.mark.parametrize("change", ["-=", "+="])
def test_a_bias_that_is_changed_in_part_without_gradients(change):
    net = nn.Linear(3, 4)
    with halfwave.watch(every=1) as run:
        with torch.no_grad():
            if change == "-=":
                net.bias[:2] -= torch.ones(2)
            else:
                net.bias[:2] += torch.ones(2)
        for _ in range(3):
            net(torch.randn(5, 3)).relu().sum().backward()
    assert run.recording.info.watching_ended is None
    assert len(run.recording.layers) == 1
