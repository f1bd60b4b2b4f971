"""``blocked-outputs``: outputs are set to 0 at the network's end, and let no gradient in.

Definition
    The last activation before a loss is 0 on a whole side (ReLU and its kin),
    often behind the final pooling, and it is shut on a large share of the
    outputs over the last watched steps, though targets there are not all 0. Or
    dropout stands between the last layer and the loss: it takes answers away
    and makes those that are left 1/(1 − rate) times as large.

Thresholds
    Error from `NEARLY_ALL` of the outputs on: what is left cannot move the
    weights. Warning from `HALF` on where the outputs are logits, or where
    targets go below 0, so that being shut is not the right answer. Dropout of
    `HALF` or more: warning, unless the run did well (`DID_WELL`); info for less.

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
from halfwave.diagnose.modes import live
from halfwave.diagnose.numerals import numeral
from halfwave.diagnose.operations import settles_below
from halfwave.diagnose.outcome import success
from halfwave.diagnose.places import place
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.repairs import end_place, lose
from halfwave.diagnose.symptoms import NO_GRADIENT, NOT_LEARNING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.diagnose.endings import Ending
    from halfwave.recording.facts import Objective, Switch
    from halfwave.recording.model import Recording, Site

__all__ = ["DID_WELL", "HALF", "NEARLY_ALL", "RULE"]

HALF = 0.5
NEARLY_ALL = 0.99
DID_WELL = 0.8


def check(recording: Recording) -> Iterator[Finding]:
    """One finding a loss."""
    for objective in trained(recording):
        end = ending(recording, objective)
        if end is not None and _drops(objective, end) and (drop := _last_dropout(recording)):
            yield _dropped(recording, objective, drop)
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


def _drops(objective: Objective, end: Ending) -> bool:
    """Whether dropout falls on the outputs: behind the last layer on every way to the loss."""
    judged = LOGITS | PROBABILITIES | REGRESSIONS | {"nll_loss"}
    operations = (*end.before, *end.after)
    return (
        objective.function in judged
        and end.source is not None
        and any("dropout" in name for name in operations)
    )


def _last_dropout(recording: Recording) -> Switch | None:
    on = [s for s in live(recording) if s.kind == "dropout" and s.training_on and s.rate > 0]
    return max(on, key=lambda switch: switch.id, default=None)


def _dropped(recording: Recording, objective: Objective, drop: Switch) -> Finding:
    learnt = success(recording)
    well = learnt is not None and learnt >= DID_WELL
    times = f"{numeral(1 / (1 - drop.rate))} times as large" if drop.rate < 1 else "none"
    return Finding(
        rule=RULE.name,
        severity="warning" if drop.rate >= HALF and not well else "info",
        title=f"dropout stands between the last layer and the loss: it sets {drop.rate:.0%} of the"
        f" outputs to 0 and makes the rest {times}",
        sites=(drop.name,),
        where=place(recording, drop.file, drop.line) if drop.file else "",
        evidence={
            "activation": "dropout",
            "rate": drop.rate,
            "function": objective.function,
            **(
                {} if learnt is None or not math.isfinite(learnt) else {"success": round(learnt, 4)}
            ),
            "threshold": HALF,
        },
        why="Dropout is there to make a layer rely on no single unit of the layer before. On the"
        " outputs it takes the answer itself away: no gradient reaches what was dropped, and what"
        " is left is blown up, so that the loss says more of the draw than of the network.",
        advice="Move the dropout in front of the last layer, where it falls on hidden units, and"
        f" give it a rate of 0.1 … 0.5 (it is {drop.rate:g} now).",
        confidence=0.9,
    )


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
        site_ids=(site.id,),
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
    if "rate" in mine.evidence:
        return mine.severity != "info" and other.rule in NOT_LEARNING
    return mine.severity == "error" and other.rule in NOT_LEARNING | NO_GRADIENT


RULE = Rule(
    name="blocked-outputs",
    summary="outputs are set to 0 at the network's end, and let no gradient in",
    check=check,
    explains=_explains,
)
