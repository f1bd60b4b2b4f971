"""``learning-rate-too-low``: steps so small that the weights stay where they began.

Definition
    The size of a step is ‖Δw‖/‖w‖, the median over the weights and over the
    run. It is too small when the loss shows it: it hardly moved, or it falls
    along a straight line, as it does before the network has begun to bend.
    The gradient itself must be there: where it is less than a thousandth of
    the weights it was lost on its way (``vanishing-gradients``,
    ``zero-gradients``), unless the optimizer divides by its size, as Adam does: it must be
    larger than what that adds to the size, `EPS`, then.
    Where a quarter of the weights moves at a healthy pace, the rate is not what
    holds the others back (gradients below Adam's eps do).

Thresholds
    A usual step below 2e-4; 1e-3 is healthy (Karpathy, CS231n), and
    TheDeepChecker (Ben Braiek and Khomh, 2023) alarms below 1e-4. With a loss that
    fell by less than a twentieth: warning, and error where all steps together
    could not have moved a weight by a hundredth of its size in 50 steps or
    more. With a loss on a line, below 1e-4 and over at least 100 steps: warning.

    A schedule that leaves less than `FADED` of the rate for `LONG` of the run or
    more, when the loss has not fallen by three tenths: warning, and error where
    the loss fell by less than a twentieth. Schedules that end near 0 (cosine,
    one cycle) get there in the last hundredth.

Passed over
    Runs whose rate is still being warmed up, but for a loss that hardly moves over a hundred
    steps or more (warning); a rate of exactly 0
    (``parameters-not-trained``), fewer than 20 losses, losses near 0, and those
    that fell by three tenths, on a line or not.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.course import fell_well, hardly_fell, main_course
from halfwave.diagnose.curves import largest_rate, loss_place, noise_of
from halfwave.diagnose.finding import Figure, Finding, Severity
from halfwave.diagnose.momentum import heaviest
from halfwave.diagnose.numerals import numeral
from halfwave.diagnose.places import listed, optimizers_named
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.schedules import faded
from halfwave.diagnose.updates import (
    HARDLY_MOVED,
    TOO_SMALL,
    gradient_sizes,
    median_of,
    raise_rate,
    updates_of,
    weights_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.diagnose.course import Course
    from halfwave.diagnose.schedules import Faded
    from halfwave.diagnose.updates import Updates
    from halfwave.recording.model import Recording

__all__ = [
    "EPS",
    "FADED",
    "GRADIENT",
    "HARDLY_MOVED",
    "HEALTHY",
    "LINE",
    "LONG",
    "RULE",
    "TOO_SMALL",
]

LINE = 1e-4
EPS = 1e-9
GRADIENT = 1e-3
HEALTHY = 1e-3
FADED = 1e-3
LONG = 0.5

_FEWEST_STEPS = 50
#: Steps of a run whose warm-up does not end in it, from which on that is said.
_FEWEST_WARM = 100
_FEWEST_ON_A_LINE = 100
#: A loss on a line falls in its second half by this share of what it did in its first.
_STRAIGHT = 0.75
#: A loss never negative and below this has nothing left to gain.
_TINY = 0.01
#: Share of the run after which a rate that reaches its top was rising all along.
_STILL_RISING = 0.8


def check(recording: Recording) -> Iterator[Finding]:
    """One finding at most."""
    updates, found = updates_of(recording), main_course(recording)
    gone = faded(recording, FADED)
    if found is not None and gone is not None and gone.share >= LONG and not fell_well(recording):
        yield _gone(recording, gone, found[1])
        return
    if found is None or not 0 < updates.usual < TOO_SMALL:
        return
    course = found[1]
    warming = _warming_up(recording)
    if warming is not None:
        if recording.info.steps >= _FEWEST_WARM and hardly_fell(course):
            yield _never_warm(recording, updates, course, warming)
        return
    if course.values.min() >= 0 and course.level < _TINY:
        return
    if _gradient_is_lost(recording) or _faster_quarter(recording) >= HEALTHY:
        return
    steps = recording.info.steps
    if hardly_fell(course):
        far = updates.usual * steps
        severity: Severity = "error" if far < HARDLY_MOVED and steps >= _FEWEST_STEPS else "warning"
        how = f"the loss hardly moves ({numeral(course.start, 4)} to {numeral(course.end, 4)})"
        yield _finding(recording, updates, course, severity, how)
    elif fell_well(recording):
        return  # it goes on falling, and far: small batches and small steps, by choice
    elif updates.usual < LINE and steps >= _FEWEST_ON_A_LINE and _on_a_line(course):
        how = (
            f"the loss creeps down a line ({numeral(course.start, 4)} to {numeral(course.end, 4)})"
        )
        yield _finding(recording, updates, course, "warning", how)


def _gone(recording: Recording, gone: Faded, course: Course) -> Finding:
    still = hardly_fell(course)
    steps = recording.info.steps
    return Finding(
        rule=RULE.name,
        severity="error" if still else "warning",
        title=f"the learning rate falls from {gone.top:g} to less than {FADED:g} of it by step"
        f" {gone.step:,} of {steps:,}"
        + (
            f", and the loss stays where it began ({numeral(course.before, 4)},"
            f" {numeral(course.end, 4)} at the end)"
            if still
            else f": the loss has only come from {numeral(course.before, 4)} to"
            f" {numeral(course.end, 4)}"
        ),
        where=loss_place(recording),
        evidence={
            "learning_rate": gone.top,
            "rate_in_the_middle": gone.later,
            "at_step": gone.step,
            "share_of_the_run": round(gone.share, 4),
            "steps": steps,
            "loss_start": course.before,
            "loss_end": course.end,
            "threshold": FADED,
        },
        why=f"From step {gone.step:,} on, {gone.share:.0%} of the run, no weight moves by anything"
        " that counts.",
        advice="Call scheduler.step() once an epoch in place of once a batch, or count in batches"
        " what the scheduler is told (step_size, T_max, total_steps), or let it decay more slowly"
        " (gamma nearer to 1).",
        confidence=0.9,
    )


def _on_a_line(course: Course) -> bool:
    values = course.values
    third = max(len(values) // 3, 1)
    first, middle, last = (
        (float(np.median(part)) for part in (values[:third], values[third:-third], values[-third:]))
        if len(values) >= 3
        else (math.nan,) * 3
    )
    error = 2 * noise_of(values) / math.sqrt(third)
    early, late = first - middle, middle - last
    return early > error and late > error and late >= _STRAIGHT * early


def _adaptive(recording: Recording) -> bool:
    """Whether the optimizer divides a gradient by its own size."""
    names = " ".join(rate.optimizer for rate in recording.rates).lower()
    return any(
        word in names for word in ("adam", "rmsprop", "adagrad", "adadelta", "lion", "adafactor")
    )


def _faster_quarter(recording: Recording) -> float:
    """The usual step of the weight that a quarter of them move faster than."""
    steps = [median_of(weight.samples["update_ratio"]) for weight in weights_of(recording)]
    known = [step for step in steps if math.isfinite(step)]
    return float(np.quantile(known, 0.75)) if known else math.nan


def _gradient_is_lost(recording: Recording) -> bool:
    """Whether it is too small for any rate, in the middle over the weights."""
    if not _adaptive(recording):
        return _relative_gradient(recording) < GRADIENT
    seen = [gradient_sizes(weight) for weight in weights_of(recording)]
    sizes = [float(np.median(one)) for one in seen if len(one)]
    return bool(sizes) and float(np.median(sizes)) < EPS


def _relative_gradient(recording: Recording) -> float:
    """Median over the weights of ‖g‖/‖w‖; infinite where it was not measured."""
    shares: list[float] = []
    for weight in weights_of(recording):
        gradient = median_of(weight.samples["grad_norm"])
        norm = median_of(weight.samples["norm"])
        if math.isfinite(gradient) and norm > 0:
            shares.append(gradient / norm)
    return float(np.median(shares)) if shares else math.inf


def _warming_up(recording: Recording) -> tuple[float, float] | None:
    """First and last rate, where it was still rising when the run ended."""
    for rate in recording.rates:
        rows = rate.samples[np.isfinite(rate.samples["last"])]
        if len(rows) < 2 or rows["last"][0] >= 0.5 * rows["last"][-1]:
            continue
        top = rows["first_step"][rows["last"] >= rows["last"].max()]
        if top[0] >= _STILL_RISING * rows["last_step"][-1]:
            return float(rows["last"][0]), float(rows["last"][-1])
    return None


def _never_warm(
    recording: Recording, updates: Updates, course: Course, rates: tuple[float, float]
) -> Finding:
    first, last = rates
    return Finding(
        rule=RULE.name,
        severity="warning",
        title=f"the learning rate is still being warmed up as the run ends ({numeral(first, 2)} to"
        f" {numeral(last, 2)}), and the loss hardly moves ({numeral(course.start, 4)} to"
        f" {numeral(course.end, 4)})",
        where=loss_place(recording),
        evidence={
            "first_rate": first,
            "last_rate": last,
            "usual_update_ratio": updates.usual,
            "steps": recording.info.steps,
            "loss_start": course.start,
            "loss_end": course.end,
            "threshold": TOO_SMALL,
        },
        why="A warm-up is for the first steps of a run: until it ends, nothing much is learnt.",
        advice="Shorten it to some hundred steps, or a tenth of the run; see whether the scheduler"
        " counts steps where epochs were meant, or the other way round. Of a trial run of a longer"
        " training it says nothing.",
        confidence=0.7,
    )


def _finding(
    recording: Recording, updates: Updates, course: Course, severity: Severity, how: str
) -> Finding:
    rate = largest_rate(recording)
    names = optimizers_named(recording)
    evidence: dict[str, Figure] = {
        "usual_update_ratio": updates.usual,
        "moved_in_all": updates.usual * recording.info.steps,
        "steps": recording.info.steps,
        "loss_start": course.start,
        "loss_end": course.end,
        "threshold": TOO_SMALL,
    }
    if rate is not None:
        evidence["learning_rate"] = rate
    change = raise_rate(rate, _aimed_at(rate, updates.usual, adaptive=_adaptive(recording)))
    return Finding(
        rule=RULE.name,
        severity=severity,
        title=(f"the learning rate of {rate:g} is too low" if rate else "the steps are too small")
        + f": a step changes the weights by {updates.usual:.1g} of their size, and {how}",
        where=loss_place(recording),
        evidence=evidence,
        why=f"In {recording.info.steps:,} steps the weights could move by at most"
        f" {updates.usual * recording.info.steps:.1g} of their size: the network is nearly the one"
        " it was at the start.",
        advice=change[0].upper()
        + change[1:]
        + (f" ({listed(names)})" if names else "")
        + "; a step should change a weight by about a thousandth of its size."
        + _also(recording),
        confidence=0.9 if severity == "error" else 0.7,
    )


def _also(recording: Recording) -> str:
    """What else makes steps longer, if the optimizer does not do it already."""
    if _adaptive(recording):
        return ""
    adam = "torch.optim.Adam finds their size by itself."
    if heaviest(recording):
        return f" {adam}"
    return f" With plain SGD, momentum=0.9 makes steps ten times as long, and {adam}"


def _aimed_at(rate: float | None, usual: float, *, adaptive: bool) -> float | None:
    """Return the power of ten that makes a usual step or half of one, not beyond what is common."""
    if rate is None or not rate > 0:
        return None
    wanted = 10 ** math.ceil(math.log10(rate * HEALTHY / usual / 2))
    return float(max(min(wanted, 1e-3 if adaptive else 1.0), 10 * rate))


def _explained_by(recording: Recording, cause: Finding, mine: Finding) -> bool:
    """Where no gradient arrives, the rate is not to blame."""
    del recording
    if "rate_in_the_middle" in mine.evidence:
        return False
    return cause.severity != "info" and cause.rule in {
        "bad-initial-scale",
        "deep-saturating-stack",
        "detached-graph",
        "saturated-units",
        "training-in-evaluation-mode",
        "vanishing-gradients",
        "zero-gradients",
    }


RULE = Rule(
    name="learning-rate-too-low",
    summary="steps so small that the weights stay where they began",
    check=check,
    explained_by=_explained_by,
)
