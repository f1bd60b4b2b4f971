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
    at the start.

Passed over
    Fewer than 20 losses. Several losses of equal rank (a GAN's). A loss so
    small that there is nothing left to gain (never negative, and below 0.05),
    or one whose noise is as large as its level, as near an optimum. Where the
    noise could hide a real fall, nothing is said. Non-finite losses are for
    ``non-finite``.

    A flat loss alone tells little: a run that goes on from trained weights
    looks the same. The confidence says so, and rises when another finding
    explains it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.curves import main_loss, noise_of, rate_at
from halfwave.diagnose.finding import Finding, Severity
from halfwave.diagnose.places import place
from halfwave.diagnose.registry import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording.model import Array, Loss, Recording

__all__ = [
    "DOUBLED",
    "FEWEST_LOSSES",
    "FLAT",
    "ROOM",
    "RULE",
    "TINY",
]

FEWEST_LOSSES = 20
FLAT = 0.02
ROOM = 0.05
DOUBLED = 2.0
TINY = 0.05

#: Rows of a merged series below which no window can be cut.
_FEWEST_ROWS = 8
_RISE_ERRORS = 4.0
_FLAT_ERRORS = 2.0


@dataclass(frozen=True, slots=True)
class _Course:
    """A loss at its start and at its end."""

    start: float
    end: float
    error: float  # standard error of end − start
    level: float  # what a change is measured against
    early: float  # the highest of the ways to read its start

    @property
    def rise(self) -> float:
        return self.end - self.start


def check(recording: Recording) -> Iterator[Finding]:
    """One finding at most."""
    loss = main_loss(recording)
    if loss is None or int(loss.samples["count"].sum()) < FEWEST_LOSSES:
        return
    values = loss.samples["mean"][np.isfinite(loss.samples["mean"])]
    if len(values) < _FEWEST_ROWS:
        return
    course = _course(values, loss)
    severity = _rising(course)
    if severity is not None:
        yield _finding(recording, loss, course, severity, "rises")
    elif _flat(course) and not _nothing_to_gain(values, course):
        yield _finding(recording, loss, course, "warning", "is flat")


def _course(values: Array, loss: Loss) -> _Course:
    window = max(len(values) // 5, 3)
    start, end = float(np.median(values[:window])), float(np.median(values[-window:]))
    noise = noise_of(values)
    # of a median, whose spread is 1.25 times that of a mean; twice, for the difference
    error = 1.25 * noise * math.sqrt(2 / window)
    early = [start, float(np.median(values[:3])) - 2 * noise]
    first = loss.first
    if first is not None and math.isfinite(first):
        # one value alone carries the noise of one step, not of a merged row
        per_row = max(int(np.median(loss.samples["count"])), 1)
        early.append(first - 3 * noise * math.sqrt(per_row))
    return _Course(start, end, error, max(abs(start), abs(end)), max(early))


def _rising(course: _Course) -> Severity | None:
    if course.rise <= max(ROOM * course.level, _RISE_ERRORS * course.error):
        return None
    if course.end >= course.early + (DOUBLED - 1) * abs(course.start):
        return "error"
    return "warning" if course.end > course.early else None


def _flat(course: _Course) -> bool:
    return (
        course.level > 0
        and -course.rise < FLAT * course.level
        and -course.rise + _FLAT_ERRORS * course.error < ROOM * course.level
        and course.early - course.end < ROOM * course.level
    )


def _nothing_to_gain(values: Array, course: _Course) -> bool:
    never_negative = bool(values.min() >= 0)
    if never_negative and course.level < TINY:
        return True
    return never_negative and noise_of(values) > 0.5 * course.level


def _finding(
    recording: Recording, loss: Loss, course: _Course, severity: Severity, how: str
) -> Finding:
    steps = int(loss.samples["last_step"][-1])
    rate = rate_at(recording, steps)
    rising = how == "rises"
    if rising:
        lower = f"from {rate:g} to {rate / 10:g}" if rate else "by ten"
        advice = (
            f"Lower the learning rate {lower}; check the sign of the loss, and that"
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
        title=f"the loss {how}: {course.start:.4g} at the start, {course.end:.4g} at the end"
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
        why="The network gets worse at what it is trained for."
        if rising
        else "Nothing was learnt that the loss can see.",
        advice=advice,
        confidence=0.8 if rising else 0.6,
    )


def _explained_by(recording: Recording, cause: Finding, mine: Finding) -> bool:
    """What keeps a network from learning, if it is bad enough."""
    del recording, mine
    if cause.rule in {"non-finite", "vanishing-gradients"}:
        return cause.severity != "info"
    return cause.severity == "error" and cause.rule in {
        "dead-units",
        "exploding-gradients",
        "saturated-units",
    }


RULE = Rule(
    name="loss-not-decreasing",
    summary="the loss ends where it began, or above",
    check=check,
    explained_by=_explained_by,
)
