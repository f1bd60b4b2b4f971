"""``learning-rate-too-high``: steps so large that they destroy what they should improve.

Definition
    The size of a step is ‖Δw‖/‖w‖, the median over the weights; what counts is
    the largest in any watched step (the first ten are all watched, and the
    harm is done early), or what the growth of the weights between two watched
    steps comes to a step, at the least. A large step is no fault by itself:
    weights that begin near 0 take one. So it takes a harm beside it. With
    momentum m, steps add up to 1/(1 − m) times what the rate says.

Thresholds
    *Error*: a step of 0.3 or more, and the loss ended about where it first was
    (less than a twentieth below; in a noisy loss only a step of 1 counts), or
    doubled, or became NaN or infinite after it had risen tenfold. *Warning*: a
    step of 1 or more in two weights or more, of eight elements or more each
    (nothing of the start is left; a few elements may pass through zero),
    and the loss was at one time twice what it was at the start, or still has
    three tenths of it. About 1e-3 is healthy (Karpathy, CS231n); healthy runs
    reach 0.2, LBFGS and single weights more. TheDeepChecker (Ben Braiek and
    Khomh, 2023) alarms above 0.1, SageMaker Debugger above 10.

Passed over
    Runs in which no step could be measured. Reinforcement learning, unless a loss
    became NaN or infinite: its losses grow with what is learnt. A figure of the optimizer's alone
    (``lr=1``) says nothing: Adadelta's usual rate is 1, LBFGS' too.
"""

from __future__ import annotations

import math
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.course import course_of, hardly_fell
from halfwave.diagnose.curves import loss_place, main_loss, peak_of, rate_at
from halfwave.diagnose.finding import Figure, Finding, Severity
from halfwave.diagnose.momentum import HEAVY, heaviest, times
from halfwave.diagnose.numerals import numeral
from halfwave.diagnose.places import listed, optimizers_named
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.updates import (
    drift_of,
    growth_of,
    lower_rate,
    median_of,
    updates_of,
    weights_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.diagnose.course import Course
    from halfwave.diagnose.updates import Drift, Updates
    from halfwave.recording.model import Loss, Recording

__all__ = ["BEFORE_NAN", "DOUBLED", "GREW", "OVERWRITES", "RULE", "TOO_LARGE"]

TOO_LARGE = 0.3
OVERWRITES = 1.0
DOUBLED = 2.0
BEFORE_NAN = 10.0
GREW = 10.0

#: A loss that fell below this share of its start has learnt, whatever the steps were.
_LEARNT = 0.3
#: Elements of a weight below which its size says little: a few may pass through zero.
_FEWEST_ELEMENTS = 8
#: Noise over level from which a loss that does not fall says little.
_NOISY = 0.2


def check(recording: Recording) -> Iterator[Finding]:
    """One finding at most."""
    updates, drift = updates_of(recording), drift_of(recording)
    largest = max((size for size in (updates.largest, _unseen(drift)) if size > 0), default=0.0)
    if largest < TOO_LARGE:
        return
    loss = main_loss(recording) or next(iter(recording.losses), None)
    if recording.info.environment and loss is not None and loss.first_nonfinite is None:
        return  # its losses say nothing of harm: the reward would
    harm = _harm(loss, largest) if loss is not None else ""
    if not updates.largest >= TOO_LARGE and loss is not None and not _came_back(loss):
        return  # climbing without an end takes no large step: the sign may be wrong
    if harm:
        yield _finding(recording, updates, loss, "error", harm)
    elif loss is not None and updates.largest >= OVERWRITES and _some(recording) > 1:
        course = course_of(loss) if loss.first_nonfinite is None else None
        if course is not None and (shaken := _shaken(course)):
            yield _finding(recording, updates, loss, "warning", shaken)


def _some(recording: Recording) -> int:
    """How many weights have more elements than a few, which may well pass through zero."""
    return sum(prod(weight.shape) >= _FEWEST_ELEMENTS for weight in weights_of(recording))


def _came_back(loss: Loss) -> bool:
    course = course_of(loss) if loss.first_nonfinite is None else None
    return course is not None and course.end < DOUBLED * course.before


def _unseen(drift: Drift | None) -> float:
    """Size of a step that was not watched; 0 where too little is known of it."""
    return drift.ratio if drift is not None and drift.growth >= GREW else 0.0


def _harm(loss: Loss, largest: float) -> str:
    """Say what became of the loss; empty where nothing bad did."""
    if loss.first_nonfinite is not None:
        top = peak_of(loss)
        first = loss.first if loss.first is not None and math.isfinite(loss.first) else math.nan
        if top >= BEFORE_NAN * abs(first):
            return (
                f"the loss rose from {numeral(first)} to {numeral(top)} and then to no number"
                " at all"
            )
        return ""
    course = course_of(loss)
    if course is None:
        return ""
    first = course.first if math.isfinite(course.first) else course.start
    if first > 0 and course.end >= DOUBLED * first:
        return f"the loss went from {numeral(first)} to {numeral(course.end)}"
    # a loss that is noise by nature (a policy gradient's) is always about where it began
    plain = course.noise < _NOISY or largest >= OVERWRITES
    if hardly_fell(course) and course.end > 0 and plain:
        return f"the loss is where it began ({numeral(first)}, {numeral(course.end)} at the end)"
    return ""


def _shaken(course: Course) -> str:
    first = course.first if math.isfinite(course.first) else course.start
    if not first > 0:
        return ""
    if course.end < _LEARNT * first:
        return ""
    if course.peak >= DOUBLED * first:
        return f"the loss shot up from {numeral(first)} to {numeral(course.peak)}"
    return f"the loss has only come from {numeral(first)} to {numeral(course.end)}"


def _finding(
    recording: Recording, updates: Updates, loss: Loss | None, severity: Severity, harm: str
) -> Finding:
    drift = drift_of(recording)
    seen = not _unseen(drift) > updates.largest
    if seen or drift is None:
        largest, at = updates.largest, int(updates.steps[int(np.argmax(updates.ratios))])
        how = f"a step changed the weights by {_percent(largest)} of their size"
    else:
        largest, at = drift.ratio, drift.first_step
        how = (
            f"between steps {drift.first_step:,} and {drift.last_step:,} the weights grew"
            f" {numeral(drift.growth)}-fold"
        )
    rate = rate_at(recording, at)
    names = optimizers_named(recording)
    growth = median_of(np.array([growth_of(weight) for weight in weights_of(recording)]))
    evidence: dict[str, Figure] = {
        "largest_update_ratio": largest,
        "at_step": at,
        "usual_update_ratio": updates.usual,
        "weights": len(weights_of(recording)),
        "threshold": TOO_LARGE if severity == "error" else OVERWRITES,
    }
    if math.isfinite(growth):
        evidence["growth_of_weights"] = growth
    if loss is not None and loss.first is not None:
        evidence["first_loss"] = loss.first
    if rate is not None:
        evidence["learning_rate"] = rate
    name = f"the learning rate of {rate:g} is" if rate else "the steps are"
    if rate is not None and rate < 0:
        name = f"the learning rate of {rate:g} is below 0, and"
    heavy = heaviest(recording)
    if heavy is not None and heavy >= HEAVY:
        evidence["momentum"] = heavy
        if rate:
            evidence["rate_with_momentum"] = rate * times(heavy)
            name = (
                f"the learning rate of {rate:g}, which momentum {heavy:g} makes one of"
                f" {rate * times(heavy):.3g}, is"
            )
    return Finding(
        rule=RULE.name,
        severity=severity,
        title=f"{name} too {'high' if rate and rate > 0 else 'large'}: {how}, and {harm}",
        where=loss_place(recording),
        evidence=evidence,
        why="A step that large does not follow the slope any more: it lands where the gradient"
        " says nothing of, overwrites what the weights held, and throws units to where they are"
        " shut or saturated.",
        advice=_advice(rate, largest, names, heavy),
        confidence=round(min(0.95, 0.7 + 0.1 * math.log10(largest / TOO_LARGE + 1)), 3),
    )


def _advice(rate: float | None, largest: float, names: list[str], heavy: float | None) -> str:
    # at most a hundredfold at once: the next run will tell more
    change = lower_rate(rate, 10.0 if largest < 10 * OVERWRITES else 100.0)
    if rate is not None and rate < 0:
        change = f"write a learning rate above 0: with {rate:g} each step climbs the loss"
    said = change[0].upper() + change[1:] + (f" ({listed(names)})" if names else "")
    if heavy is not None and heavy >= HEAVY:
        said += (
            f", or momentum from {heavy:g} to 0.9: with it, steps of one direction add up to"
            f" {numeral(times(heavy))} times the rate, in place of 10 times"
        )
    return said + (
        "; a step should change a weight by about a thousandth of its size. If only the first"
        " steps are too large, warm the rate up (torch.optim.lr_scheduler.LinearLR); clip with"
        " torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0) before optimizer.step()."
    )


def _percent(ratio: float) -> str:
    return f"{ratio:.0%}" if ratio < 10 * OVERWRITES else f"{numeral(ratio)} times"


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
