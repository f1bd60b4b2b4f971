"""``output-range-mismatch``: targets that the last activation can never give.

Definition
    The last activation before a loss that compares numbers (MSE, L1, Huber …)
    has bounds (the catalogue's), and targets lie beyond them: tanh against
    targets outside −1…1, sigmoid against targets outside 0…1, a softmax against
    rows that do not sum to 1. Also a recurrent layer whose own output is
    compared: that of an LSTM, a GRU or a tanh RNN lies in −1…1.

Thresholds
    Targets are beyond where they pass a bound by more than `MARGIN` of the
    activation's span: labels smoothed or measured with noise may pass it by a
    little. Error where a good part of them does: their mean ± `SPREAD` standard
    deviations passes the bound. Warning else: only the outermost are lost.

Passed over
    Activations with no upper bound (ReLU against negative targets is
    ``relu-before-loss``). Losses that no backward came from.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from halfwave.diagnose.endings import (
    REGRESSIONS,
    ending,
    gated_bounds,
    is_keras,
    looks_like_shares,
    objective_place,
    outputs_of,
    site_at,
    trained,
)
from halfwave.diagnose.finding import Finding, Severity
from halfwave.diagnose.numerals import numeral
from halfwave.diagnose.operations import SOFTMAXES, bounds_of, bounds_with
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.repairs import end_place, lose
from halfwave.diagnose.symptoms import NO_GRADIENT, NOT_LEARNING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.diagnose.endings import Ending
    from halfwave.recording.facts import Objective, Values
    from halfwave.recording.model import Recording

__all__ = ["MARGIN", "RULE", "SPREAD"]

MARGIN = 0.05
SPREAD = 1.5

_COMPARING = REGRESSIONS | {"hinge", "squared_hinge"}


def check(recording: Recording) -> Iterator[Finding]:
    """One finding a loss."""
    for objective in trained(recording):
        target = objective.target
        end = ending(recording, objective)
        if target is None or end is None or objective.function not in _COMPARING:
            continue
        if is_keras(objective) and "hinge" in objective.function and target.low == 0:
            target = replace(target, low=-1.0)  # Keras takes labels 0 and 1 for −1 and 1
        low, high, name = _bounds(recording, objective, end)
        if not math.isfinite(low) or not math.isfinite(high):
            continue
        room = MARGIN * (high - low)
        if target.low < low - room or target.high > high + room:
            yield _beyond(recording, objective, name, (low, high), target)
        elif _no_shares(objective, name, target):
            yield _shares(recording, objective, name, target)


def _bounds(recording: Recording, objective: Objective, end: Ending) -> tuple[float, float, str]:
    """Bounds of what the network can give, and the name of what sets them."""
    if end.activation:
        site = site_at(recording, end.activation)
        if site is not None and site.activation == end.activation and site.parameters:
            return *bounds_with(end.activation, site.parameters), end.activation
        return *bounds_of(end.activation), end.activation
    gated = gated_bounds(objective)
    if gated is not None:
        return *gated, "a product of gates (an LSTM's output)"
    source = end.source
    if end.plain and source is not None and source.kind == "recurrent":
        inside = [site for site in recording.sites if site.path == source.name]
        if not any(bounds_of(site.activation)[1] > 1 for site in inside):
            return -1.0, 1.0, "a recurrent layer"
    return -math.inf, math.inf, ""


def _no_shares(objective: Objective, name: str, target: Values) -> bool:
    """Whether a softmax is asked for rows that do not sum to 1."""
    several = (outputs_of(objective) or 1) > 1
    return (
        name in SOFTMAXES
        and several
        and math.isfinite(target.row_sum_low)
        and not looks_like_shares(target)
        and (abs(target.row_sum_low - 1) > MARGIN or abs(target.row_sum_high - 1) > MARGIN)
    )


def _beyond(
    recording: Recording,
    objective: Objective,
    name: str,
    bounds: tuple[float, float],
    target: Values,
) -> Finding:
    low, high = bounds
    many = (target.mean + SPREAD * target.std > high and target.high > high) or (
        target.mean - SPREAD * target.std < low and target.low < low
    )
    severity: Severity = "error" if many else "warning"
    last = name if name.startswith("a ") else f"{name}, the last activation,"
    change = (
        "put a linear layer behind it"
        + (" (Dense(1))" if is_keras(objective) else " (nn.Linear(hidden, outputs))")
        if name.startswith("a ")
        else lose(recording, objective, name)
    )
    scaled = f"or scale the targets to {low:g}…{high:g}, and the predictions back"
    return Finding(
        rule=RULE.name,
        severity=severity,
        title=f"{last} gives {low:g}…{high:g}, but targets range from {numeral(target.low, 4)} to"
        f" {numeral(target.high, 4)}",
        where=end_place(recording, objective, name) or objective_place(recording, objective),
        evidence={
            "activation": name,
            "function": objective.function,
            "low": low,
            "high": high,
            "target_low": target.low,
            "target_high": target.high,
            "target_mean": target.mean,
            "target_std": target.std,
            "threshold": MARGIN,
        },
        why="No weights can bring the output to these targets. Trying to, training drives the"
        " last layer into saturation, where its gradient vanishes.",
        advice=f"{change[0].upper()}{change[1:]}: a regression ends in a layer without activation;"
        f" {scaled}.",
    )


def _shares(recording: Recording, objective: Objective, name: str, target: Values) -> Finding:
    change = lose(recording, objective, name)
    return Finding(
        rule=RULE.name,
        severity="error",
        title=f"{name} gives rows that sum to 1, but those of the targets sum to"
        f" {numeral(target.row_sum_low)} … {numeral(target.row_sum_high)}",
        where=end_place(recording, objective, name),
        evidence={
            "activation": name,
            "function": objective.function,
            "target_row_sum_low": target.row_sum_low,
            "target_row_sum_high": target.row_sum_high,
            "threshold": MARGIN,
        },
        why="Outputs that share 1 among them cannot move one by one, and cannot all be right.",
        advice=f"{change[0].upper()}{change[1:]}: a regression ends in a layer without activation.",
    )


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """Saturation at the bound that is nearest, and a loss that stays up."""
    del recording, mine
    return other.rule in NOT_LEARNING | NO_GRADIENT | {
        "loss-output-mismatch",
        "mse-on-class-labels",
        "targets-not-normalised",
    }


RULE = Rule(
    name="output-range-mismatch",
    summary="targets that the last activation can never give",
    check=check,
    explains=_explains,
)
