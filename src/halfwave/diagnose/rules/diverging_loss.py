"""``diverging-loss``: the loss moves away from its best value, and does not come back.

Definition
    The main loss ends at twice its level at the start or more, beyond its noise;
    or it became NaN or infinite after it had risen tenfold.

Thresholds
    Error where something else shows that training broke: the loss became
    NaN or infinite, ended a hundred times higher, or a step changed the weights by a
    tenth of their size (TheDeepChecker's bound, Ben Braiek and Khomh, 2023).
    Else warning. Info where the targets are made by networks run
    beside it (a regression with evaluation passes between the steps, as in
    Q-learning): there the targets grow with what is learnt, and the loss with
    them.

Passed over
    Several losses of equal rank (a GAN's), losses that are negative at the
    start, fewer than 20 losses unless they end in NaN.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from halfwave.diagnose.course import course_of
from halfwave.diagnose.curves import loss_place, main_loss, peak_of, rate_at
from halfwave.diagnose.finding import Finding, Severity
from halfwave.diagnose.numerals import numeral
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.updates import lower_rate, updates_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.diagnose.course import Course
    from halfwave.recording.model import Loss, Recording

__all__ = ["BEFORE_NAN", "BROKEN", "DOUBLED", "LARGE_STEP", "RULE"]

DOUBLED = 2.0
BEFORE_NAN = 10.0
BROKEN = 100.0
LARGE_STEP = 0.1

_ERRORS = 4.0
_REGRESSIONS = {"mse_loss", "smooth_l1_loss", "huber_loss", "l1_loss"}


def check(recording: Recording) -> Iterator[Finding]:
    """One finding at most."""
    loss = main_loss(recording)
    if loss is None or loss.first is None or not math.isfinite(loss.first) or loss.first < 0:
        return
    severity: Severity = "error"
    if loss.first_nonfinite is not None:
        top = peak_of(loss)
        if loss.first > 0 and top >= BEFORE_NAN * loss.first:
            yield _finding(recording, loss, (loss.first, top), severity)
        return
    course = course_of(loss)
    if course is None or not _diverges(course):
        return
    start = max(course.start, loss.first)
    severity = _severity(recording, course)
    yield _finding(recording, loss, (start, course.end), severity)


def _diverges(course: Course) -> bool:
    return (
        course.start > 0
        and course.end >= course.early + (DOUBLED - 1) * abs(course.start)
        and course.end >= DOUBLED * course.first
        and course.rise > _ERRORS * course.error
    )


def _severity(recording: Recording, course: Course) -> Severity:
    largest = updates_of(recording).largest
    if largest >= LARGE_STEP or course.end >= BROKEN * max(course.start, course.first):
        return "error"
    return "info" if _moving_targets(recording) else "warning"


def _moving_targets(recording: Recording) -> bool:
    regression = any(o.function in _REGRESSIONS for o in recording.objectives[:1])
    between = any(s.training is not None and s.evaluation is not None for s in recording.sites)
    return regression and between


def _finding(
    recording: Recording, loss: Loss, span: tuple[float, float], severity: Severity
) -> Finding:
    start, end = span
    then = "" if loss.first_nonfinite is None else " and then NaN or infinity"
    rate = rate_at(recording, int(loss.samples["last_step"][-1]))
    change = lower_rate(rate)
    return Finding(
        rule=RULE.name,
        severity=severity,
        title=f"the loss diverges: from {numeral(start, 4)} to {numeral(end, 4)}{then}",
        where=loss_place(recording),
        evidence={
            "start": start,
            "end": end,
            "factor": end / start if start > 0 else math.inf,
            "largest_update_ratio": updates_of(recording).largest,
            "threshold": BEFORE_NAN if then else DOUBLED,
            **({} if rate is None else {"learning_rate": rate}),
        },
        why="Training makes the network worse at what it is trained for.",
        advice=f"{change[0].upper()}{change[1:]}; clip with"
        " torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0) before optimizer.step(); see"
        " that inputs and targets have mean 0 and standard deviation 1, that the loss has the"
        " right sign, and that optimizer.zero_grad() is called in every step.",
        confidence=0.9 if severity == "error" else 0.6,
    )


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """It is the same loss, seen closer."""
    del recording
    return mine.severity != "info" and other.rule in {"loss-not-decreasing", "oscillating-loss"}


def _explained_by(recording: Recording, cause: Finding, mine: Finding) -> bool:
    """Weights without bound have a loss without bound."""
    del recording, mine
    return cause.rule == "exploding-weights" and cause.severity != "info"


RULE = Rule(
    name="diverging-loss",
    summary="the loss moves away from its start, upwards, and does not come back",
    check=check,
    explains=_explains,
    explained_by=_explained_by,
    symptom=True,
)
