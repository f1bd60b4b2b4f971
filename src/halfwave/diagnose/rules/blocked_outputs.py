"""``blocked-outputs``: the activation at the network's end is shut, and lets no gradient in.

Definition
    The last activation before a loss is 0 on a whole side (ReLU and its kin),
    often behind the final pooling, and it is shut on a large share of the
    outputs over the last watched steps, though targets there are not all 0.

Thresholds
    Error from `NEARLY_ALL` of the outputs on: what is left cannot move the
    weights. Warning from `HALF` on where the outputs are logits, or where
    targets go below 0, so that being shut is not the right answer.

Passed over
    Targets from 0 up that are often 0 themselves (counts, rectified signals):
    there being shut is right. Losses that no backward came from.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.endings import LOGITS, PROBABILITIES, REGRESSIONS, ending, site_at, trained
from halfwave.diagnose.finding import Finding, Severity
from halfwave.diagnose.operations import settles_below
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.repairs import end_place, lose
from halfwave.diagnose.symptoms import NO_GRADIENT, NOT_LEARNING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.diagnose.endings import Ending
    from halfwave.recording.facts import Objective
    from halfwave.recording.model import Recording, Site

__all__ = ["HALF", "NEARLY_ALL", "RULE"]

HALF = 0.5
NEARLY_ALL = 0.99


def check(recording: Recording) -> Iterator[Finding]:
    """One finding a loss."""
    for objective in trained(recording):
        end = ending(recording, objective)
        if end is None or not settles_below(end.activation):
            continue
        site = site_at(recording, end.activation)
        target = objective.target
        if site is None or site.role != "output" or target is None:
            continue
        shut = _shut(site)
        severity = _severity(objective, shut)
        if severity is not None:
            yield _finding(recording, objective, end, site, shut, severity)


def _shut(site: Site) -> float:
    """Share of the outputs that were shut, over the last fifth of what was watched."""
    values = site.samples["open"][np.isfinite(site.samples["open"])]
    if not len(values):
        return math.nan
    return 1.0 - float(values[-max(len(values) // 5, 1) :].mean())


def _severity(objective: Objective, shut: float) -> Severity | None:
    target = objective.target
    if target is None or not target.std > 0:
        return None
    numbers = objective.function in REGRESSIONS
    if not numbers and objective.function not in LOGITS | PROBABILITIES | {"nll_loss"}:
        return None
    if shut >= NEARLY_ALL and (not numbers or target.mean > 0.05 * target.std or target.low < 0):
        return "error"
    below = target.mean < target.std / 2 and target.low < -target.std / 2
    signed = below or not numbers
    return "warning" if shut >= HALF and signed else None


def _finding(  # noqa: PLR0917 - what was found, and where
    recording: Recording,
    objective: Objective,
    end: Ending,
    site: Site,
    shut: float,
    severity: Severity,
) -> Finding:
    pooled = " behind the final pooling" if any("pool" in name for name in end.before) else ""
    change = lose(recording, objective, end.activation)
    return Finding(
        rule=RULE.name,
        severity=severity,
        title=f"{end.activation} at the network's end{pooled} shuts {shut:.0%} of the outputs",
        sites=(site.path,),
        where=end_place(recording, objective, end.activation),
        evidence={
            "activation": end.activation,
            "shut": round(shut, 4),
            "target_low": objective.target.low if objective.target else math.nan,
            "target_high": objective.target.high if objective.target else math.nan,
            "threshold": NEARLY_ALL if severity == "error" else HALF,
        },
        why="A shut output is 0 and passes no gradient back: what is wrong with it is never put"
        " right.",
        advice=f"{change[0].upper()}{change[1:]}; where outputs must not be negative, use softplus,"
        " which never shuts.",
        confidence=0.9,
    )


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """No gradient comes in."""
    del recording
    return mine.severity == "error" and other.rule in NOT_LEARNING | NO_GRADIENT


RULE = Rule(
    name="blocked-outputs",
    summary="the activation at the network's end is shut, and lets no gradient in",
    check=check,
    explains=_explains,
)
