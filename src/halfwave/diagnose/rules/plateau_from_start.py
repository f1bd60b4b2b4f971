"""``plateau-from-start``: the loss never leaves what a guess without looking would cost.

Definition
    What the best constant answer costs is known from the targets alone: ln(C) for
    cross entropy over C classes (as many of each), the entropy of the share of
    ones for binary cross entropy, the variance of the targets for the squared
    error, the rarer of two targets' share for the absolute one. The main loss
    stays there: no fifth of the run has a median below that figure by more than
    the threshold, and the last one is not far above.

Thresholds
    Within 3 % of the figure, or of what lies between it and the least that the
    loss can come to (targets between 0 and 1 have an entropy), and of the noise
    (two standard errors), from the second fifth of the run on; so a loss that
    came down to it in the first steps counts too. Warning. At least 20 losses. Where the loss still
    falls beyond its noise, to below the figure or by 1 % of it in the last fifth, nothing is said.

Passed over
    Other losses, targets that do not vary, several losses of equal rank, a loss
    that is a sum or a multiple of what is compared.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.course import main_course
from halfwave.diagnose.curves import loss_place, noise_of
from halfwave.diagnose.finding import Finding
from halfwave.diagnose.guessing import guess_for
from halfwave.diagnose.numerals import numeral
from halfwave.diagnose.registry import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.diagnose.course import Course
    from halfwave.recording.facts import Objective
    from halfwave.recording.model import Recording

__all__ = ["NEAR", "RULE"]

NEAR = 0.03

_ABOVE = 0.1


def check(recording: Recording) -> Iterator[Finding]:
    """One finding at most."""
    found = main_course(recording)
    if found is None or len(recording.objectives) == 0:
        return
    objective, course = recording.objectives[0], found[1]
    guess = guess_for(recording, found[0])
    if guess is None or not _stays_at(course, guess, guess - course.floor):
        return
    accuracy = _accuracy(objective)
    yield Finding(
        rule=RULE.name,
        severity="warning",
        title=f"the loss stays at {numeral(course.end, 4)}, which is what guessing costs"
        f" ({numeral(guess, 4)})",
        where=loss_place(recording),
        evidence={
            "guess": guess,
            "start": course.start,
            "end": course.end,
            "loss": objective.function,
            **({} if accuracy is None else {"accuracy": round(accuracy, 4)}),
            "threshold": NEAR,
        },
        why="The network gives the same answer whatever it is given: it has learnt how often each"
        " target comes, and nothing of the inputs.",
        advice="See the other findings first. If there are none: check that inputs and targets"
        " belong together (shuffled with the same order), that the inputs reach the network at"
        " mean 0 and standard deviation 1, and that it can learn a single batch by heart; try ten"
        " times the learning rate and a tenth of it.",
        confidence=0.7,
    )


def _stays_at(course: Course, guess: float, room: float) -> bool:
    """Whether it never fell below a guess by more than a little of the `room` there is below."""
    values = course.values
    later = np.array_split(values[len(values) // 5 :], 4)
    medians = [float(np.median(part)) for part in later if len(part)]
    slack = 2 * 1.25 * noise_of(values) / math.sqrt(max(len(values) // 5, 1))
    if room <= 0 or min(medians) < guess - NEAR * room - slack or slack > NEAR * room:
        return False
    if medians[-1] > guess * (1 + _ABOVE):
        return False
    little = NEAR / 3 * room
    if medians[-2] - medians[-1] > max(2 * slack, little):
        return False  # it is on its way down from above, and may not stop there
    return not (medians[0] - medians[-1] > 2 * slack and medians[-1] < guess - little)


def _accuracy(objective: Objective) -> float | None:
    shares = objective.training["accuracy"][np.isfinite(objective.training["accuracy"])]
    return float(shares[-1]) if len(shares) else None


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """It is the same loss, and more is known of it."""
    del recording, mine
    return other.rule == "loss-not-decreasing"


RULE = Rule(
    name="plateau-from-start",
    summary="the loss never leaves what a guess without looking would cost",
    check=check,
    explains=_explains,
    symptom=True,
)
