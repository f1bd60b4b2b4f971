"""plateau-from-start: the loss of a guess, told from the targets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make

from halfwave.diagnose import diagnose
from halfwave.recording.facts import Values

NOISE = 0.01 * np.random.default_rng(0).standard_normal(200)
GUESS = np.log(10) + NOISE


def found(values, objective=None, *, first=None):
    rows = make.objective_samples([values[0] if first is None else first])
    objectives = (replace(objective or make.objective(), training=rows),)
    record = make.recording(losses=(make.loss(values),), objectives=objectives)
    return diagnose(record, select=["plateau-from-start"])


@pytest.mark.parametrize(
    ("values", "count"),
    [
        (GUESS, 1),
        (np.r_[[9.0, 5.0, 3.0], GUESS[3:]], 1),  # came down to it
        (make.falling(start=2.3), 0),
        (GUESS - np.linspace(0, 0.1, 200), 0),  # slowly, but it leaves
        (GUESS[:25] + np.linspace(0.8, 0, 25), 0),  # on its way down when the run ends
        (GUESS + 0.5, 0),  # flat, but elsewhere
        (GUESS - 0.5, 0),
        (GUESS + 30 * NOISE, 0),  # the noise could hide a fall
        (GUESS[:19], 0),
    ],
)
def test_courses_of_ten_classes(values, count):
    assert len(found(values)) == count


def values(mean, std, shape=(make.BATCH, 1)):
    return Values(shape, "float32", calls=20, mean=mean, std=std, distinct=2)


@pytest.mark.parametrize(
    ("function", "target", "guess"),
    [
        ("binary_cross_entropy", values(0.5, 0.5), np.log(2)),
        ("binary_cross_entropy_with_logits", values(0.2, 0.4), 0.5004),
        ("mse_loss", values(3.0, 2.0), 4.0),
        ("nll_loss", values(4.5, 2.9), np.log(10)),
        ("l1_loss", replace(values(0.4, 0.5), low=-1.0, high=1.0), 0.6),
    ],
)
def test_guess_of_other_losses(function, target, guess):
    objective = make.objective(function, target=target)
    (finding,) = found(guess + NOISE, objective)
    assert finding.evidence["guess"] == pytest.approx(guess, rel=1e-3)
    assert found(0.8 * guess + NOISE, objective) == ()


@pytest.mark.parametrize(
    "objective",
    [
        make.objective("ctc_loss"),
        make.objective(target=None),
        make.objective(parameters={"reduction": "sum"}),
        make.objective("mse_loss", target=values(3.0, 0.0)),
        make.objective("l1_loss", target=replace(values(0.4, 0.5), distinct=None)),
        make.objective("binary_cross_entropy", target=values(1.0, 0.0)),
    ],
)
def test_passed_over(objective):
    assert found(GUESS, objective) == ()


def test_explains_the_flat_loss_and_tells_the_accuracy():
    rows = make.objective_samples([2.3] * 5, accuracy=0.1)
    objective = replace(make.objective(), training=rows)
    record = make.recording(losses=(make.loss(GUESS),), objectives=(objective,))
    findings = diagnose(record)
    assert [(f.rule, f.cause) for f in findings] == [
        ("plateau-from-start", ""),
        ("loss-not-decreasing", "plateau-from-start"),
    ]
    assert findings[0].evidence["accuracy"] == pytest.approx(0.1)


@pytest.mark.parametrize(("end", "count"), [(0.693, 1), (0.675, 0)])
def test_soft_targets_leave_little_room_below_a_guess(end, count):
    # ratings between 0 and 1: their entropy is 0.643, a guess costs 0.693
    target = replace(values(0.5, 0.158), low=0.0, high=1.0, distinct=None, integral=False)
    course = np.linspace(0.694, end, 200) + NOISE / 20
    rows = make.objective_samples([0.694])
    objective = make.objective("binary_cross_entropy", target=target, reached=True, training=rows)
    assert len(found(course, objective)) == count


@pytest.mark.parametrize(("first", "count"), [(2.3, 1), (4.6, 0), (0.6, 0)])
def test_a_loss_that_is_a_sum_or_a_multiple_is_another(first, count):
    assert len(found(GUESS, first=first)) == count
