"""``loss-not-decreasing``: the loss ends where it began, or above.

Definition
    The median of the main loss over the last fifth of the run against that
    over the first fifth, and against the first values (a loss that falls in
    the first steps and then stays down has fallen). The noise is measured on
    the series itself, from the sizes of its steps.

Thresholds
    *Flat*: the loss fell by less than 2 % of its level, and the noise leaves
    no room for more than 5 % (two standard errors). Warning. SageMaker
    Debugger's rule asks for 0.1 % in ten steps; over a whole run 2 % is little.
    *Rising*: it ends at least 5 % of its level higher, and by more than four
    standard errors. Warning; error when it ends at more than twice its level
    at the start. Info where it passes through zero on the way: the loss of a
    policy gradient or of a critic has a slope to follow and no level to reach.

Passed over
    Fewer than 20 losses. Several losses of equal rank (a GAN's). A loss so
    small that there is nothing left to gain (never negative, and below 0.05),
    or one whose noise is as large as its level, as near an optimum. Where the
    noise could hide a real fall, nothing is said; nor of a flat loss where the
    accuracy rose by `MORE` or more: it fell in the first steps. Non-finite losses are for
    ``non-finite``.

    A flat loss alone tells little: a run that goes on from trained weights
    looks the same. The confidence says so, and rises when another finding
    explains it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.course import FEWEST_LOSSES, main_course
from halfwave.diagnose.curves import noise_of, rate_at
from halfwave.diagnose.endings import trained
from halfwave.diagnose.finding import Finding, Severity
from halfwave.diagnose.numerals import numeral
from halfwave.diagnose.places import place
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.updates import lower_rate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.diagnose.course import Course
    from halfwave.recording.model import Loss, Recording

__all__ = [
    "DOUBLED",
    "FEWEST_LOSSES",
    "FLAT",
    "MORE",
    "ROOM",
    "RULE",
    "TINY",
]

FLAT = 0.02
ROOM = 0.05
DOUBLED = 2.0
TINY = 0.05
MORE = 0.2

#: Figures of the accuracy below which there is no start and no end to compare.
_FEWEST_SHARES = 9
_RISE_ERRORS = 4.0
_FLAT_ERRORS = 2.0


def check(recording: Recording) -> Iterator[Finding]:
    """One finding at most."""
    found = main_course(recording)
    if found is None:
        return
    loss, course = found
    severity = _rising(course)
    if severity is not None:
        yield _finding(recording, loss, course, severity, "rises")
    elif _flat(course) and not _nothing_to_gain(course) and not _meets_more(recording):
        yield _finding(recording, loss, course, "warning", "is flat")


def _rising(course: Course) -> Severity | None:
    if course.rise <= max(ROOM * course.level, _RISE_ERRORS * course.error):
        return None
    if course.values.min() < 0 < course.values.max():
        return "info" if course.end > course.early else None
    if course.end >= course.early + (DOUBLED - 1) * abs(course.start):
        return "error"
    return "warning" if course.end > course.early else None


def _flat(course: Course) -> bool:
    return (
        course.level > 0
        and -course.rise < FLAT * course.level
        and -course.rise + _FLAT_ERRORS * course.error < ROOM * course.level
        and course.early - course.end < ROOM * course.level
    )


def _meets_more(recording: Recording) -> bool:
    """Whether far more labels are met at the end than at first, whatever the loss says."""
    objective = next(iter(trained(recording)), None)
    if objective is None:
        return False
    shares = objective.training["accuracy"]
    shares = shares[np.isfinite(shares)]
    if len(shares) < _FEWEST_SHARES:
        return False
    late = shares[-max(len(shares) // 5, 3) :]
    return float(np.median(late) - np.median(shares[:3])) >= MORE


def _nothing_to_gain(course: Course) -> bool:
    values = course.values
    never_negative = bool(values.min() >= 0)
    if never_negative and course.level < TINY:
        return True
    return never_negative and noise_of(values) > 0.5 * course.level


def _finding(
    recording: Recording, loss: Loss, course: Course, severity: Severity, how: str
) -> Finding:
    steps = int(loss.samples["last_step"][-1])
    rate = rate_at(recording, steps)
    rising = how == "rises"
    if rising:
        change = lower_rate(rate)
        advice = (
            f"{change[0].upper()}{change[1:]}; check the sign of the loss, and that"
            " optimizer.zero_grad() is called in every step."
        )
    else:
        tried = f" (now {rate:g})" if rate else ""
        advice = (
            "See the other findings first. If there are none: check that the optimizer holds the"
            f" model's parameters, try ten times the learning rate{tried} and a tenth of it, and"
            " see whether the model can learn a single batch by heart. If the run went on from"
            " trained weights, this may be all right."
        )
    return Finding(
        rule=RULE.name,
        severity=severity,
        title=f"the loss {how}: {numeral(course.start, 4)} at the start,"
        f" {numeral(course.end, 4)} at the end"
        f" of {recording.info.steps:,} steps",
        where=place(recording, loss.file, loss.line),
        evidence={
            "start": course.start,
            "end": course.end,
            "change": course.rise / course.level,
            "standard_error": course.error / course.level,
            "losses": int(loss.samples["count"].sum()),
            "threshold": ROOM if rising else FLAT,
        },
        why=_why(severity, rising=rising),
        advice=advice,
        confidence=0.8 if rising else 0.6,
    )


def _why(severity: Severity, *, rising: bool) -> str:
    if not rising:
        return "Nothing was learnt that the loss can see."
    if severity == "info":
        return (
            "A loss of either sign (a policy gradient's, a critic's) need not fall; any other means"
            " that the network gets worse at what it is trained for."
        )
    return "The network gets worse at what it is trained for."


RULE = Rule(
    name="loss-not-decreasing",
    summary="the loss ends where it began, or above",
    check=check,
    symptom=True,
)
