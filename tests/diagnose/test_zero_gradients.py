"""zero-gradients: exactly zero, in all of a weight, nearly always."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make
import structure_builders as build

from halfwave.diagnose import diagnose
from halfwave.recording import Link


def weights(gradients, **columns):
    return tuple(
        make.parameter(f"fc{i}.weight", order=i, grad_norm=g, **columns)
        for i, g in enumerate(gradients)
    )


def found(gradients, **changes):
    record = make.recording(parameters=weights(gradients), **changes)
    return diagnose(record, select=["zero-gradients"])


@pytest.mark.parametrize(
    ("gradients", "severity"),
    [
        ([0.1] * 5, None),
        ([1e-30] * 5, None),  # small is not zero
        ([0.0] * 5, "error"),
        ([0.0], "error"),
        ([0.0, 0.0, 0.1, 0.1, 0.1, 0.1], "error"),  # the first layers
        ([0.0, 0.1, 0.1, 0.1], "warning"),
        ([0.1, 0.1, 0.0, 0.1, 0.1, 0.1], None),  # a single one may be unused
        ([0.1, 0.0, 0.1, 0.0, 0.1, 0.1], "warning"),
        ([0.1, 0.0, 0.0, 0.1], "error"),  # half of them
        ([np.nan] * 4, None),  # never had one: detached-graph
    ],
)
def test_which_weights(gradients, severity):
    assert [f.severity for f in found(gradients)] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("zero", "count"),
    [
        (slice(None), 1),
        (slice(0, 3), 0),  # a start at zero weights
        (slice(20, None), 1),  # nine tenths of the steps
        (slice(30, None), 0),
        (slice(0, 199), 0),  # it has come
    ],
)
def test_how_often(zero, count):
    norms = np.full(200, 0.1)
    norms[zero] = 0.0
    assert len(found([norms, norms])) == count


def test_a_loss_of_zero_has_nothing_to_learn():
    assert found([0.0] * 4, losses=(make.loss([0.0] * 200),)) == ()


@pytest.mark.parametrize(("steps", "count"), [(2, 0), (3, 1)])
def test_needs_some_steps(steps, count):
    record = make.recording(parameters=weights([0.0] * 3, steps=steps))
    assert len(diagnose(record, select=["zero-gradients"])) == count


def test_follows_from_a_dead_layer():
    dead = make.site(
        "act2", order=1, producer="fc2", training=make.kill(make.unit_statistics(), range(16))
    )
    parameters = weights([0.0, 0.0, 0.0, 0.1, 0.1])
    findings = diagnose(make.recording(sites=(dead,), parameters=parameters))
    assert [(f.rule, f.cause) for f in findings] == [
        ("dead-units", ""),
        ("zero-gradients", "dead-units"),
    ]
    assert findings[1].evidence["zero_layers"] == 3
    assert "between fc2.weight and fc3.weight" in findings[1].advice


STUCK = (make.loss(np.full(200, 2.3)),)


@pytest.mark.parametrize(
    ("gradients", "losses", "severity"),
    [
        ([1e-22] * 3, STUCK, "error"),
        ([1e-22] * 3, None, None),  # it has learnt all there is
        ([1e-10] * 3, STUCK, None),
        ([1e-22, 1e-18, 1e-12, 1e-6, 0.1], STUCK, None),  # that is vanishing-gradients
        ([0.1, 1e-22, 0.1], STUCK, "warning"),
        ([0.1, 0.0, 0.1], STUCK, "warning"),  # a head that is clamped
        ([0.1, 0.0, 0.1], None, None),  # it may be unused
        ([0.1, 0.0, 0.1], (), None),  # nobody knows whether the loss falls
    ],
)
def test_where_the_loss_does_not_fall(gradients, losses, severity):
    changes = {} if losses is None else {"losses": losses}
    assert [f.severity for f in found(gradients, **changes)] == ([severity] if severity else [])


def test_what_is_next_to_0_is_told_so():
    (finding,) = found([0.1, 1e-22, 0.1], losses=STUCK)
    assert finding.title.endswith("it is next to 0")
    assert finding.evidence["largest_rms"] == pytest.approx(1e-22 / 16)
    assert "and the loss passes nothing back" in finding.advice


@pytest.mark.parametrize(
    ("operations", "said"),
    [
        (("tanh", "scale", "round"), "(torch.round(x) - x).detach()"),
        (("sign",), "sign stands between fc0 and fc1"),
        (("function",), "torch.autograd.gradcheck"),
        (("tanh",), "look there for a site whose units are all closed"),
    ],
)
def test_what_stops_it_is_named_where_it_is_seen(operations, said):
    layers = (build.layer(0), build.layer(1, operations))
    parameters = (
        make.parameter("fc0.weight", grad_norm=0.0),
        make.parameter("fc1.weight", order=1),
    )
    record = make.recording(parameters=parameters, layers=layers)
    (finding,) = diagnose(record, select=["zero-gradients"])
    assert said in finding.advice


def test_a_layer_that_is_given_nothing():
    layers = (build.layer(0, ("function",)), build.layer(1, ("function",), rms_in=0.0))
    layers = tuple(replace(each, links=(Link(None, ("mean",)),)) for each in layers)
    parameters = tuple(make.parameter(f"fc{i}.weight", order=i, grad_norm=0.0) for i in range(2))
    record = make.recording(parameters=parameters, layers=layers)
    (finding,) = diagnose(record, select=["zero-gradients"])
    assert finding.advice.startswith("fc1 is given nothing but 0 (train.py:21)")
