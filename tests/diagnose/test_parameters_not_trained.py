"""parameters-not-trained: a gradient is there, and nothing moves."""

from __future__ import annotations

from dataclasses import replace

import pytest
import recording_builders as make

from halfwave.diagnose import diagnose
from halfwave.recording.facts import Layer
from halfwave.recording.model import Parameter

FLAT = (make.loss([2.3] * 200),)


def found(*parameters, **changes):
    record = make.recording(parameters=parameters, **changes)
    return diagnose(record, select=["parameters-not-trained"])


def held(name="fc9.weight", order=9, **changes):
    return make.parameter(name, order=order, norm=[4.0 + 0.01 * i for i in range(200)], **changes)


def unheld(name="fc1.weight", order=0, shape=(16, 16)):
    """As the recorder leaves it: the backward came by, no optimizer ever did."""
    return Parameter(order, name, shape, order)


def test_healthy_run_is_silent():
    assert found(held(), held("fc2.weight")) == ()


@pytest.mark.parametrize(
    ("losses", "order", "shape", "severity"),
    [
        (FLAT, 0, (16, 16), "error"),
        (None, 0, (16, 16), "info"),  # a head on a fixed trunk
        (None, 12, (16, 16), "warning"),  # the last layer is not held
        (None, 12, (64, 64), "info"),  # a large model that serves an image
        (FLAT, 12, (16, 16), "error"),
    ],
)
def test_held_by_no_optimizer(losses, order, shape, severity):
    changes = {} if losses is None else {"losses": losses}
    (finding,) = found(held(), unheld(order=order, shape=shape), **changes)
    assert finding.severity == severity
    assert finding.evidence["held_by_no_optimizer"] == 1
    assert "no optimizer holds it" in finding.title
    assert "nn.ModuleList" in finding.advice


def test_an_input_that_takes_a_gradient_is_no_weight():
    layers = (
        Layer(0, "fc9", "linear", "fc9.weight", reached=True),
        Layer(1, "layer 2 (16×16)", "linear", reached=True),
    )
    points = unheld("parameter 3 (50×1)", shape=(50, 1))
    assert found(held(), points, losses=FLAT, layers=layers) == ()
    assert len(found(held(), unheld("parameter 3 (16×16)"), losses=FLAT, layers=layers)) == 1
    assert found(held(), points, losses=FLAT) == ()


def test_a_target_network_is_reached_by_no_backward():
    layers = (Layer(0, "0", "linear", "0.weight", reached=True),)
    target = unheld("0.weight")
    assert found(held("0.weight"), target, losses=FLAT, layers=layers) == ()
    layers = (Layer(0, "target.0", "linear", "target.0.weight", reached=False),)
    assert found(held(), unheld("target.0.weight"), losses=FLAT, layers=layers) == ()


def test_optimizer_of_another_model():
    old = replace(make.parameter("old.weight", grad_norm=float("nan")), used=False)
    (finding,) = found(old, unheld("new.weight"))
    assert finding.severity == "error"
    assert finding.sites == ("new.weight",)
    assert "model.parameters()" in finding.advice


@pytest.mark.parametrize(
    ("columns", "count"),
    [
        ({"update_ratio": 0.0}, 1),  # a learning rate of 0
        ({"update_ratio": 0.0, "grad_norm": 0.0}, 0),  # no gradient to move it
        ({"update_ratio": 1e-8}, 0),
        ({"update_ratio": 0.0, "grad_norm": float("nan")}, 0),
    ],
)
def test_held_and_not_moved(columns, count):
    findings = found(make.parameter(**columns), losses=FLAT)
    assert len(findings) == count


def test_learning_rate_of_zero_is_named():
    (finding,) = found(make.parameter(update_ratio=0.0), losses=FLAT, rates=(make.rate(0.0),))
    assert "learning rate is 0" in finding.advice


def test_updates_by_hand_are_updates():
    norms = [4.0 - 0.01 * i for i in range(200)]
    nan = float("nan")
    assert found(make.parameter(optimizer=None, update_ratio=nan, norm=norms)) == ()


def test_frozen_and_unused_are_others():
    assert found(held(), replace(unheld(), trainable=False)) == ()
    assert found(held(), replace(unheld(), used=False)) == ()


@pytest.mark.parametrize(("backwards", "count"), [(0, 0), (4, 0), (5, 1), (500, 1)])
def test_no_step_at_all(backwards, count):
    info = replace(make.recording().info, steps=0, backwards=backwards)
    findings = found(info=info)
    assert [f.severity for f in findings] == ["error"] * count


def test_explains_the_flat_loss():
    record = make.recording(parameters=(held(), unheld()), losses=FLAT)
    causes = {f.rule: f.cause for f in diagnose(record)}
    assert causes["loss-not-decreasing"] == "parameters-not-trained"


@pytest.mark.parametrize(
    ("drawn", "end", "severity"),
    [(True, 1.2, "warning"), (False, 1.2, "info"), (None, 1.2, "info"), (True, 0.1, "info")],
)
def test_first_layers_that_are_nothing_but_noise(drawn, end, severity):
    losses = (make.loss(make.falling(end=end)),)
    (finding,) = found(held(), replace(unheld(), drawn=drawn), losses=losses)
    assert finding.severity == severity


def test_a_rate_that_a_scheduler_has_made_0():
    made = replace(make.optimizer(), settings={"lr": 1e-3}, file=f"{make.FOLDER}/train.py", line=8)
    still = make.parameter(update_ratio=0.0)
    (finding,) = found(still, losses=FLAT, rates=(make.rate(0.0),), optimizers=(made,))
    assert "made with a learning rate of 0.001 at train.py:8" in finding.advice
    assert "a scheduler makes it so" in finding.advice


@pytest.mark.parametrize(("count", "calls", "named"), [(5, 1, True), (5, 9, False), (2, 1, False)])
def test_a_layer_that_is_another_one_in_every_step(count, calls, named):
    weight = unheld("parameter 3 (16×16)")
    layers = tuple(
        Layer(
            i, f"layer {i} (16×16)", "linear", file=f"{make.FOLDER}/train.py", line=14, calls=calls
        )
        for i in range(count)
    )
    kept = Layer(9, "fc9", "linear", weight=weight.name, reached=True, calls=20)
    (finding,) = found(held(), weight, losses=FLAT, layers=(*layers, kept))
    assert (finding.where == "train.py:14") is named
    assert ("make it once, in __init__" in finding.advice) is named


@pytest.mark.parametrize(("gradient", "count"), [(1e-10, 1), (1e-20, 0)])
def test_a_gradient_of_next_to_nothing_moves_nothing(gradient, count):
    still = make.parameter("fc1.weight", grad_norm=gradient, update_ratio=0.0)
    assert len(found(still, held(), losses=(make.loss([2.3] * 200),))) == count


@pytest.mark.parametrize(("state", "count"), [("failed", 0), ("interrupted", 0), ("finished", 1)])
def test_an_optimizer_whose_first_step_was_yet_to_come(state, count):
    info = replace(make.recording().info, state=state)
    optimizers = (make.optimizer("SGD"), make.optimizer("Adam", checked=0))
    assert len(found(held(), unheld(), info=info, optimizers=optimizers)) == count
