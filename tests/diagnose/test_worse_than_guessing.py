"""worse-than-guessing: by how much the loss ends above what a constant answer costs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make

from halfwave.diagnose import diagnose
from halfwave.diagnose.course import fell_well
from halfwave.diagnose.outcome import success

GUESS = np.log(10)
NOISE = 0.01 * np.random.default_rng(0).standard_normal(200)


def found(values, *, first=None):
    rows = make.objective_samples([values[0] if first is None else first])
    objectives = (replace(make.objective(), training=rows),)
    record = make.recording(losses=(make.loss(values),), objectives=objectives)
    return diagnose(record, select=["worse-than-guessing"])


@pytest.mark.parametrize(
    ("values", "count"),
    [
        (60 * GUESS + NOISE, 1),
        (np.linspace(500, 160, 200), 1),  # it falls, and has far to go
        (2.1 * GUESS + NOISE, 1),
        (1.9 * GUESS + NOISE, 0),
        (GUESS + NOISE, 0),  # that is plateau-from-start
        (make.falling(start=2.3), 0),
        (np.r_[np.full(100, 50.0), np.full(100, 1.0)], 0),  # it came down
        (np.r_[np.full(199, 50.0), np.nan], 0),  # of that, others tell
        ((60 * GUESS + NOISE)[:19], 0),
        (np.linspace(3, 60, 200) + NOISE, 0),  # that is diverging-loss
        (np.linspace(1e5, 2e5, 200), 1),  # too far to be a matter of rising
    ],
)
def test_courses_of_ten_classes(values, count):
    assert len(found(values)) == count


def test_a_loss_that_is_a_sum_of_others_is_passed_over():
    assert found(60 * GUESS + NOISE, first=2.3) == ()


def test_it_says_how_far_it_is():
    (finding,) = found(60 * GUESS + NOISE)
    assert finding.severity == "warning"
    assert finding.where == "train.py:50"
    assert "60 times what guessing costs (2.303)" in finding.title
    assert finding.evidence["guess"] == pytest.approx(GUESS)
    assert "longer run" not in finding.advice
    (falling,) = found(np.linspace(500, 160, 200))
    assert "a longer run may get there" in falling.advice


@pytest.mark.parametrize(("times", "severity"), [(90, "warning"), (110, "error")])
def test_how_far_decides_how_bad_it_is(times, severity):
    (finding,) = found(times * GUESS + NOISE)
    assert finding.severity == severity


def test_to_come_down_to_a_guess_is_to_have_learnt_nothing():
    values = np.r_[np.geomspace(1e6, 2.31, 100), np.full(100, 2.31)]
    rows = make.objective_samples([values[0]])
    objective = replace(make.objective(), training=rows, reached=True, differentiable=True)
    record = make.recording(losses=(make.loss(values),), objectives=(objective,))
    learnt = success(record)
    assert learnt is not None
    assert learnt < 0.1
    assert not fell_well(record)
    assert fell_well(replace(record, objectives=()))
    learnt = success(replace(record, objectives=()))
    assert learnt is not None
    assert learnt > 0.9
