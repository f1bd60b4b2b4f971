"""A comparison in words: what can be concluded from it, and what cannot."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from halfwave.report.text import number

if TYPE_CHECKING:
    from halfwave.experiments.comparison import Arm, Comparison, Metric
    from halfwave.experiments.paired import Difference

__all__ = ["conclusion", "interval", "verdict_of"]


def verdict_of(arm: Arm, metric: Metric) -> str:
    """Return one word or two: better, worse, tie, or why there is none."""
    if not arm.results:
        return "failed" if arm.failed else "not run"
    if arm.diverged:
        return f"diverged in {len(arm.diverged)} of {len(arm.results)}"
    difference = arm.differences.get(metric.name)
    if difference is None or math.isnan(difference.sd):
        return "one seed" if difference is not None else "no pair"
    if not difference.claimed:
        return "tie"
    return "better" if (difference.mean > 0) == metric.larger else "worse"


def interval(difference: Difference) -> str:
    """Write a difference with its interval: ``−0.12 [−0.2, −0.04]``."""
    mean = _signed(difference.mean)
    if math.isnan(difference.low):
        return mean
    return f"{mean} [{_signed(difference.low)}, {_signed(difference.high)}]"


def conclusion(comparison: Comparison) -> str:
    """Say in words what the runs show and what they do not."""
    metric = comparison.primary
    if metric is None or not comparison.baseline.results:
        return _nothing(comparison)
    own = f"{comparison.own} (the script's own)"
    words: list[str] = []
    if comparison.baseline.diverged:
        words.append(
            f"The script's own {verdict_of(comparison.baseline, metric)} runs; these seeds are "
            "left out of the differences."
        )
    if len(comparison.baseline.results) == 1:
        words.append(
            f"One seed shows nothing: which of these differences in {metric.name} are luck cannot "
            "be told. Take --seeds 5 or more."
        )
        return " ".join(words)
    groups: dict[str, list[Arm]] = {}
    for arm in comparison.arms:
        groups.setdefault(verdict_of(arm, metric), []).append(arm)
    for verdict in ("better", "worse"):
        words += [_claim(arm, metric, verdict, own) for arm in groups.get(verdict, ())]
    if ties := groups.get("tie", []):
        words.append(_ties(ties, metric, own))
    for verdict, arms in groups.items():
        if verdict not in {"better", "worse", "tie"}:
            names = _listed([arm.label for arm in arms])
            words.append(f"Nothing can be said of {names}: {verdict}.")
    if comparison.factors != (1.0,):
        words.append(
            "Each was judged at its own best learning-rate factor, chosen without the seed judged."
        )
    return " ".join(words)


def _claim(arm: Arm, metric: Metric, verdict: str, own: str) -> str:
    difference = arm.differences[metric.name]
    return f"{arm.label} is {verdict} than {own} in {metric.name}: {interval(difference)}."


def _ties(ties: list[Arm], metric: Metric, own: str) -> str:
    pairs = sorted({arm.differences[metric.name].n for arm in ties})
    seeds = f"{pairs[0]}" if len(pairs) == 1 else f"{pairs[0]} to {pairs[-1]}"
    reach = max(
        max(abs(arm.differences[metric.name].low), abs(arm.differences[metric.name].high))
        for arm in ties
    )
    text = (
        f"{_listed([*(arm.label for arm in ties), own])} are tied: {seeds} seeds show no "
        f"difference in {metric.name}, which does not prove that there is none; one of more than "
        f"{number(reach)} is ruled out."
    )
    needed = [
        f"{arm.label} about {count}"
        for arm in ties
        if (count := arm.differences[metric.name].needed) is not None
    ]
    if needed:
        text += (
            f" If the differences seen are true, it takes to show them: {', '.join(needed)} seeds."
        )
    return text


def _nothing(comparison: Comparison) -> str:
    if comparison.baseline.failed:
        error = next(iter(comparison.baseline.failed))
        return f"Nothing can be concluded: the script's own runs failed ({error})."
    if comparison.primary is None and comparison.baseline.results:
        return "Nothing can be concluded: no run showed a loss or a metric (see --metric)."
    return "Nothing can be concluded yet: no run of the script's own has ended."


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _signed(value: float) -> str:
    if value == 0:
        return "0"
    return f"{'+' if value > 0 else '−'}{number(abs(value), 2)}"
