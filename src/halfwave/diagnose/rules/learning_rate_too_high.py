"""``learning-rate-too-high``: steps so large that they destroy what they should improve.

Definition
    The size of a step is ‖Δw‖/‖w‖, the median over the weights; what counts is
    the largest in any watched step (the first ten are all watched, and the
    harm is done early). A large step is no fault by itself: weights that begin
    near 0 take one. So it takes a harm beside it.

Thresholds
    *Error*: a step of 0.3 or more, and the loss ended about where it first was
    (less than a twentieth below; in a noisy loss only a step of 1 counts), or
    doubled, or became NaN or infinite after it had risen tenfold. *Warning*: a
    step of 1 or more in two weights or more (nothing of the start is left),
    and the loss was at one time twice what it was at the start, or still has
    three tenths of it. About 1e-3 is healthy (Karpathy, CS231n); healthy runs
    reach 0.2, LBFGS and single weights more. TheDeepChecker (Ben Braiek and
    Khomh, 2023) alarms above 0.1, SageMaker Debugger above 10.

Passed over
    Runs in which no step could be measured. A figure of the optimizer's alone
    (``lr=1``) says nothing: Adadelta's usual rate is 1, LBFGS' too.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.course import course_of, hardly_fell
from halfwave.diagnose.curves import loss_place, main_loss, peak_of, rate_at
from halfwave.diagnose.finding import Figure, Finding, Severity
from halfwave.diagnose.places import listed
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.updates import growth_of, lower_rate, median_of, updates_of, weights_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.diagnose.course import Course
    from halfwave.diagnose.updates import Updates
    from halfwave.recording.model import Loss, Recording

__all__ = ["BEFORE_NAN", "DOUBLED", "OVERWRITES", "RULE", "TOO_LARGE"]

TOO_LARGE = 0.3
OVERWRITES = 1.0
DOUBLED = 2.0
BEFORE_NAN = 10.0

#: A loss that fell below this share of its start has learnt, whatever the steps were.
_LEARNT = 0.3
#: Noise over level from which a loss that does not fall says little.
_NOISY = 0.2


def check(recording: Recording) -> Iterator[Finding]:
    """One finding at most."""
    updates = updates_of(recording)
    if not updates.largest >= TOO_LARGE:
        return
    loss = main_loss(recording) or next(iter(recording.losses), None)
    harm = _harm(loss, updates.largest) if loss is not None else ""
    if harm:
        yield _finding(recording, updates, loss, "error", harm)
    elif loss is not None and updates.largest >= OVERWRITES and updates.weights > 1:
        course = course_of(loss) if loss.first_nonfinite is None else None
        if course is not None and (shaken := _shaken(course)):
            yield _finding(recording, updates, loss, "warning", shaken)


def _harm(loss: Loss, largest: float) -> str:
    """Say what became of the loss; empty where nothing bad did."""
    if loss.first_nonfinite is not None:
        top = peak_of(loss)
        first = loss.first if loss.first is not None and math.isfinite(loss.first) else math.nan
        if top >= BEFORE_NAN * abs(first):
            return f"the loss rose from {first:.3g} to {top:.3g} and then to no number at all"
        return ""
    course = course_of(loss)
    if course is None:
        return ""
    first = course.first if math.isfinite(course.first) else course.start
    if first > 0 and course.end >= DOUBLED * first:
        return f"the loss went from {first:.3g} to {course.end:.3g}"
    # a loss that is noise by nature (a policy gradient's) is always about where it began
    plain = course.noise < _NOISY or largest >= OVERWRITES
    if hardly_fell(course) and course.end > 0 and plain:
        return f"the loss is where it began ({first:.3g}, {course.end:.3g} at the end)"
    return ""


def _shaken(course: Course) -> str:
    first = course.first if math.isfinite(course.first) else course.start
    if not first > 0:
        return ""
    if course.end < _LEARNT * first:
        return ""
    if course.peak >= DOUBLED * first:
        return f"the loss shot up from {first:.3g} to {course.peak:.3g}"
    return f"the loss has only come from {first:.3g} to {course.end:.3g}"


def _finding(
    recording: Recording, updates: Updates, loss: Loss | None, severity: Severity, harm: str
) -> Finding:
    at = int(updates.steps[int(np.argmax(updates.ratios))])
    rate = rate_at(recording, at)
    names = [rate.optimizer for rate in recording.rates]
    growth = median_of(np.array([growth_of(weight) for weight in weights_of(recording)]))
    evidence: dict[str, Figure] = {
        "largest_update_ratio": updates.largest,
        "at_step": at,
        "usual_update_ratio": updates.usual,
        "weights": updates.weights,
        "threshold": TOO_LARGE if severity == "error" else OVERWRITES,
    }
    if math.isfinite(growth):
        evidence["growth_of_weights"] = growth
    if loss is not None and loss.first is not None:
        evidence["first_loss"] = loss.first
    if rate is not None:
        evidence["learning_rate"] = rate
    # at most a hundredfold at once: the next run will tell more
    by = 10.0 if updates.largest < 10 * OVERWRITES else 100.0
    change = lower_rate(rate, by)
    return Finding(
        rule=RULE.name,
        severity=severity,
        title=(f"the learning rate of {rate:g} is too high" if rate else "the steps are too large")
        + f": a step changed the weights by {_percent(updates.largest)} of their size, and {harm}",
        where=loss_place(recording),
        evidence=evidence,
        why="A step that large does not follow the slope any more: it lands where the gradient"
        " says nothing of, overwrites what the weights held, and throws units to where they are"
        " shut or saturated.",
        advice=change[0].upper()
        + change[1:]
        + (f" ({listed(names)})" if names else "")
        + "; a step should change a weight by about a thousandth of its size. If only the first"
        " steps are too large, warm the rate up (torch.optim.lr_scheduler.LinearLR); clip with"
        " torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0) before optimizer.step().",
        confidence=round(min(0.95, 0.7 + 0.1 * math.log10(updates.largest / TOO_LARGE + 1)), 3),
    )


def _percent(ratio: float) -> str:
    return f"{ratio:.0%}" if ratio < 10 * OVERWRITES else f"{ratio:,.3g} times"


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """Large steps kill and saturate units, make gradients and weights explode, and end in NaN."""
    del recording
    if other.rule == "dead-units" and "never_open" in other.evidence:
        never, dead = other.evidence["never_open"], other.evidence["dead"]
        return 2 * float(never) < float(dead) or mine.evidence["at_step"] in {0, 1}
    if other.rule == "non-finite":
        # a log of 0 needs no large step
        return str(other.evidence.get("phase", "forward")) not in {"input", "parameter"}
    if other.rule == "exploding-gradients":
        return "ratio" not in other.evidence
    return other.rule in {
        "constant-units",
        "dead-units",
        "dormant-units",
        "duplicate-units",
        "dying-units",
        "exploding-weights",
        "saturated-units",
        "vanishing-gradients",
        "zero-gradients",
    }


def _explained_by(recording: Recording, cause: Finding, mine: Finding) -> bool:
    """With inputs of a thousand, or summed-up gradients, any rate is too high."""
    del recording, mine
    return cause.severity != "info" and cause.rule in {
        "bad-initial-scale",
        "bad-inputs",
        "inputs-not-normalised",
        "missing-zero-grad",
    }


RULE = Rule(
    name="learning-rate-too-high",
    summary="steps so large that they destroy what they should improve",
    check=check,
    explains=_explains,
    explained_by=_explained_by,
)
