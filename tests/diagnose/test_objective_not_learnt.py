"""objective-not-learnt: a part of the loss stays at what a constant answer costs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make

from halfwave.diagnose import diagnose
from halfwave.diagnose.guessing import is_the_loss
from halfwave.recording.facts import Values

STEPS = 200
SUM = (make.loss([9.0 - step / 30 for step in range(STEPS)]),)


def numbers(variation=0.5, *, element_std=0.5, shape=(32, 16), distinct=None, **changes):
    return Values(
        shape,
        "float32",
        calls=20,
        std=0.9,
        distinct=distinct,
        variation=variation,
        element_std=element_std,
        **changes,
    )


def part(function="mse_loss", value=0.25, *, start=0.9, **changes):
    values = [start, *([value] * 19)]
    parts = {
        "output": numbers(),
        "target": numbers(),
        "training": make.objective_samples(values, every=10),
        "reached": True,
    }
    return make.objective(function, **{**parts, **changes})


def found(*objectives, losses=SUM, **changes):
    record = make.recording(objectives=objectives, losses=losses, **changes)
    return diagnose(record, select=["objective-not-learnt"])


@pytest.mark.parametrize(
    ("value", "count"), [(0.25, 1), (0.249, 1), (0.4, 1), (0.24, 0), (0.01, 0)]
)
def test_a_squared_error_at_the_variance_of_each_element(value, count):
    findings = found(part(value=value))
    assert len(findings) == count
    if findings:
        assert findings[0].severity == "warning"
        assert findings[0].evidence["guess"] == pytest.approx(0.25)
        assert "one part of the loss" in findings[0].title


def test_a_sum_is_measured_by_the_example():
    assert found(part(value=4.1, parameters={"reduction": "sum"}))
    assert not found(part(value=3.5, parameters={"reduction": "sum"}))


@pytest.mark.parametrize(("distinct", "value", "count"), [(2, 0.49, 1), (None, 0.49, 0)])
def test_shares_have_an_entropy_of_their_own(distinct, value, count):
    target = numbers(element_entropy=0.5, distinct=distinct)
    assert len(found(part("binary_cross_entropy", value, target=target))) == count


@pytest.mark.parametrize("whole", [False, True])
def test_classes_are_judged_as_one_part_alone(whole):
    losses = (make.loss([2.3] * STEPS),) if whole else SUM
    objective = make.objective(
        training=make.objective_samples([2.3] * 20, every=10),
        output=Values((32, 10), "float32"),
        reached=True,
    )
    assert len(found(objective, losses=losses)) == (not whole)


def test_other_losses_by_how_much_the_outputs_differ():
    (finding,) = found(part("l1_loss", output=numbers(0.005)))
    assert "hardly differ" in finding.title
    assert not found(part("l1_loss", output=numbers(0.02)))


def test_a_task_on_the_side_is_information():
    main = make.objective(
        training=make.objective_samples([0.1] * 20, every=10, accuracy=0.97), reached=True
    )
    (finding,) = found(main, part())
    assert finding.severity == "info"


@pytest.mark.parametrize(
    "changes",
    [
        {"target": numbers(shape=(32, 1), distinct=2)},  # an adversary's
        {"target": numbers(0.0, element_std=0.0)},
        {"target": None},
        {"reached": False},
        {"training": make.objective_samples([0.9, *[0.25] * 9], every=10)},  # the first half
        {"parameters": {"weight": True}},
    ],
)
def test_passed_over(changes):
    assert not found(part(**changes))


def test_short_runs_and_environments_are_passed_over():
    info = make.recording().info
    assert not found(part(), info=replace(info, steps=60))
    assert not found(part(), info=replace(info, environment="CartPole-v1"))


def test_a_training_that_was_seen_at_its_start_alone_is_not_judged():
    values = make.objective_samples([0.9, 0.9, 0.9])
    values["first_step"] += 120
    values["last_step"] += 120
    assert not found(part(training=values))


def test_a_training_that_begins_later_is_compared_from_there():
    values = np.append(np.full(100, 1.6), np.full(100, 2.3))
    rows = make.objective_samples(values)
    later = make.loss(values[100:])
    later.samples["first_step"] += 100
    later.samples["last_step"] += 100
    made = make.objective(training=rows)
    assert is_the_loss(later, made)
    half = replace(made, training=make.objective_samples(values / 2))
    assert not is_the_loss(later, half)
