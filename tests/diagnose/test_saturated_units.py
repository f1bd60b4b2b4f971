"""saturated-units: bounded activations held at their bounds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make

from halfwave.diagnose import diagnose


def bounded(open_share, *, activation="tanh", recent=None, inputs=6400):
    shares = np.broadcast_to(np.asarray(open_share, float), (16,))
    statistics = make.unit_statistics(inputs=inputs, open_elements=shares * inputs)
    recent = float(shares.mean()) if recent is None else recent
    return make.site(
        activation=activation,
        call="torch.tanh",
        source="h = torch.tanh(self.fc(x))",
        training=statistics,
        samples=make.site_samples(open=recent),
    )


def found(*sites):
    return diagnose(make.recording(sites=sites), select=["saturated-units"])


@pytest.mark.parametrize(
    ("shares", "severity"),
    [
        ([1.0] * 16, None),
        ([0.9] * 16, None),
        ([0.6] * 16, None),
        ([0.4] * 16, "warning"),  # more than half of the elements
        ([0.1] * 16, "error"),
        ([0.01] * 2 + [0.9] * 14, "warning"),  # an eighth of the units
        ([0.01] * 1 + [0.9] * 15, None),
        ([0.01] * 8 + [0.9] * 8, "error"),
    ],
)
@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "hardtanh", "hardsigmoid", "softsign"])
def test_severity(shares, severity, activation):
    findings = found(bounded(shares, activation=activation))
    assert [f.severity for f in findings] == ([severity] if severity else [])


@pytest.mark.parametrize("activation", ["relu", "relu6", "gelu", "leaky_relu", "elu", "unheard-of"])
def test_one_sided_activations_are_not_saturated(activation):
    assert found(bounded(0.01, activation=activation)) == ()


def test_saturated_late():
    (finding,) = found(bounded(0.8, recent=0.05))
    assert finding.severity == "error"
    assert finding.evidence["closed_lately"] == pytest.approx(0.95)


@pytest.mark.parametrize(
    "changes", [{"role": "gate"}, {"role": "output"}, {"judged": False}, {"training": None}]
)
def test_passed_over(changes):
    assert found(replace(bounded(0.01), **changes)) == ()


def test_too_few_inputs_and_nan():
    assert found(bounded(0.01, inputs=63)) == ()
    site = bounded(0.01)
    nan = replace(site.training, nonfinite=np.ones(16))
    assert found(replace(site, training=nan)) == ()


def test_says_what_to_change():
    (finding,) = found(bounded(0.01))
    assert finding.where == "train.py:31"
    assert "at train.py:31, write F.relu(x) in place of torch.tanh" in finding.advice
    assert "nn.LayerNorm between it and torch.tanh" in finding.advice


@pytest.mark.parametrize(("low", "high", "count"), [(-1.0, 1.0, 1), (0.0, 20.0, 0)])
def test_a_clipped_relu_has_one_side_to_be_shut_on(low, high, count):
    statistics = make.unit_statistics()
    shut = replace(statistics, open_elements=statistics.elements * 0.01)
    site = make.site(
        activation="hardtanh",
        parameters={"min_val": low, "max_val": high},
        training=shut,
        samples=make.site_samples(open=0.01),
    )
    found_now = diagnose(make.recording(sites=(site,)), select=["saturated-units"])
    assert len(found_now) == count
