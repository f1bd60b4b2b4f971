"""``exploding-weights``: weights that grow far beyond what they began with.

Definition
    The norm of a weight at the end over that when it was first seen. Weights of
    a network that learns grow by a factor of 1 to 20; those that began near 0
    (an rms below 1e-3) by any factor, and are passed over.

Thresholds
    In half of the weights or more: thirty times, and at least 1.2 times over
    the last quarter of the run (it goes on), or a hundred times; and to a gain
    (rms · √fan_in, which initialisers draw as about 1) of ten or more: those of a
    small network that tells apart what lies close together reach seven. Beside a loss
    that ran away (a hundred times its size at the start, and at least 100,
    upwards or downwards; or below 0, five times as far as it began above it,
    and faster in each third of the run than in the one before), five times in
    three tenths of the weights. Warning;
    error where the loss became NaN, infinite, or did not fall. Info where the
    loss fell by three tenths or more. TheDeepChecker (Ben Braiek and Khomh,
    2023) watches for weights that grow from step to step in the same way.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.course import fell_well, hardly_fell, main_course
from halfwave.diagnose.curves import rate_at
from halfwave.diagnose.depth import site_of
from halfwave.diagnose.finding import Finding, Severity
from halfwave.diagnose.numerals import numeral
from halfwave.diagnose.places import count_of, listed, place
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.updates import first_norm, growth_of, lower_rate, weights_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording.model import Parameter, Recording

__all__ = [
    "AWAY",
    "BESIDE",
    "FALLEN",
    "FASTER",
    "GOES_ON",
    "GROWTH",
    "HUGE",
    "LARGE",
    "RULE",
    "SHARE",
    "SHARE_BESIDE",
]

GROWTH = 30.0
HUGE = 100.0
LARGE = 10.0
GOES_ON = 1.2
SHARE = 0.5
AWAY = 100.0
FALLEN = 5.0
FASTER = 1.2
BESIDE = 5.0
SHARE_BESIDE = 0.3

#: Root mean square of a weight that counts as having begun at 0.
_ZERO = 1e-3


def check(recording: Recording) -> Iterator[Finding]:
    """One finding at most."""
    weights = [p for p in weights_of(recording) if _rms(p) > _ZERO]
    away = _ran_away(recording)
    grown = [p for p in weights if _grew(p) or (away and growth_of(p) >= BESIDE)]
    if not grown or len(grown) < (SHARE_BESIDE if away else SHARE) * len(weights):
        return
    worst = max(grown, key=growth_of)
    factor = float(np.median([growth_of(p) for p in grown]))
    site = site_of(recording, worst.name)
    last = int(worst.samples["last_step"][-1])
    rate = rate_at(recording, last)
    names = [p.name for p in sorted(grown, key=lambda p: -growth_of(p))]
    change = lower_rate(rate)
    yield Finding(
        rule=RULE.name,
        severity=_severity(recording),
        title=f"{count_of(len(grown), 'weight')} of {len(weights)} grew {numeral(factor)}-fold"
        f" ({listed(names)})",
        sites=tuple(names),
        where=place(recording, site.file, site.line) if site else "",
        evidence={
            "growth": factor,
            "largest_growth": growth_of(worst),
            "grown": len(grown),
            "weights": len(weights),
            "threshold": GROWTH,
            **({} if rate is None else {"learning_rate": rate}),
        },
        why="Large weights drive the units into their flat parts and make the loss jump at the"
        " least change.",
        advice=f"{change[0].upper()}{change[1:]}, add weight_decay=1e-2 with torch.optim.AdamW, and"
        " see that the loss has a lowest value (the right sign, no term that rewards large"
        " outputs).",
        confidence=0.8,
    )


def _ran_away(recording: Recording) -> bool:
    """Whether a loss, of whatever sign, has left the size it began with far behind."""
    return _falls_without_end(recording) or any(
        loss.first is not None
        and loss.last is not None
        and abs(loss.last) >= AWAY * max(abs(loss.first), 1.0)
        for loss in recording.losses
    )


def _falls_without_end(recording: Recording) -> bool:
    """Whether the main loss went below 0 and falls faster and faster: it has no lowest value.

    A loss that may be negative (a likelihood, a reward) falls more slowly as it gets there.
    """
    found = main_course(recording)
    if found is None:
        return False
    course = found[1]
    if course.end > -FALLEN * max(abs(course.before), 1.0):
        return False
    third = len(course.values) // 3
    levels = [
        float(np.median(part))
        for part in (
            course.values[: third // 2 + 1],
            course.values[third : third + third // 2 + 1],
            course.values[2 * third : 2 * third + third // 2 + 1],
            course.values[-(third // 4) - 1 :],
        )
    ]
    falls = -np.diff(levels)
    return bool(falls[0] > 0 and falls[1] >= FASTER * falls[0] and falls[2] >= FASTER * falls[1])


def _sides(parameter: Parameter) -> tuple[int, int]:
    """Units that a weight joins; which are its inputs depends on the library."""
    return parameter.shape[0], math.prod(parameter.shape[1:])


def _rms(parameter: Parameter) -> float:
    return first_norm(parameter) / math.sqrt(max(math.prod(parameter.shape), 1))


def _grew(parameter: Parameter) -> bool:
    growth = growth_of(parameter)
    if not growth >= GROWTH:
        return False
    norms = parameter.samples["norm"].astype(np.float64)
    norms = norms[np.isfinite(norms)]
    if norms[-1] / math.sqrt(max(min(_sides(parameter)), 1)) < LARGE:
        return False  # a small start, and not a large end
    return growth >= HUGE or norms[-1] >= GOES_ON * norms[len(norms) * 3 // 4]


def _severity(recording: Recording) -> Severity:
    if any(loss.first_nonfinite is not None for loss in recording.losses):
        return "error"
    if fell_well(recording) and recording.losses[0].samples["min"].min() >= 0:
        return "info"
    found = main_course(recording)
    return "error" if found is not None and hardly_fell(found[1]) else "warning"


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """Large weights saturate units, and overflow."""
    del recording
    return mine.severity != "info" and other.rule in {"non-finite", "saturated-units"}


RULE = Rule(
    name="exploding-weights",
    summary="weights that grow far beyond what they began with",
    check=check,
    explains=_explains,
    hinders="error",
)
