"""What several ranks saw of layers, losses, optimizers and switches."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from halfwave.recording.facts import Link, Values

from .rows import pooled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from halfwave.recording.facts import Layer, Objective, Optimizer, Switch
    from halfwave.recording.model import Array, Loss

__all__ = [
    "merge_layer",
    "merge_loss",
    "merge_objective",
    "merge_optimizer",
    "merge_switch",
    "merge_values",
    "relinked",
]


def merge_values(values: Sequence[Values | None]) -> Values | None:
    """Merge what was seen of one tensor; ranges widen, means are weighted by elements."""
    seen = [each for each in values if each is not None]
    if len(seen) < 2:
        return seen[0] if seen else None
    finite = [each for each in seen if not math.isnan(each.mean)]
    weights = [max(each.elements - each.nonfinite, 0.0) for each in finite]
    mean, std = _pool([v.mean for v in finite], [v.std for v in finite], weights)
    counts = [each.distinct for each in seen]
    known = [count for count in counts if count is not None]
    return replace(
        seen[0],
        calls=sum(each.calls for each in seen),
        elements=sum(each.elements for each in seen),
        nonfinite=sum(each.nonfinite for each in seen),
        low=_least([each.low for each in seen]),
        high=-_least([-each.high for each in seen]),
        mean=mean,
        std=std,
        integral=all(each.integral for each in seen),
        # at least so many: the values themselves are not kept
        distinct=max(known) if len(known) == len(counts) else None,
        constant_calls=sum(each.constant_calls for each in seen),
        row_sum_low=_least([each.row_sum_low for each in seen]),
        row_sum_high=-_least([-each.row_sum_high for each in seen]),
    )


def _least(values: Sequence[float]) -> float:
    return min((value for value in values if not math.isnan(value)), default=math.nan)


def _pool(
    means: Sequence[float], stds: Sequence[float], weights: Sequence[float]
) -> tuple[float, float]:
    total = sum(weights)
    if total <= 0:
        return math.nan, math.nan
    mean = sum(w * m for w, m in zip(weights, means, strict=True)) / total
    spread = sum(
        w * (s * s + (m - mean) ** 2) for w, m, s in zip(weights, means, stds, strict=True)
    )
    return mean, math.sqrt(spread / total)


def merge_layer(layers: Sequence[Layer]) -> Layer:
    """Merge what several ranks saw of one layer; every rank's first call counts alike."""
    first = layers[0]
    if len(layers) == 1:
        return first
    scales = {
        name: _root_mean([getattr(layer, name) for layer in layers])
        for name in ("rms_in", "rms_out", "std_in", "std_out")
    }
    return replace(
        first,
        links=tuple(dict.fromkeys(link for layer in layers for link in layer.links)),
        reached=any(layer.reached for layer in layers),
        calls=sum(layer.calls for layer in layers),
        input=merge_values([layer.input for layer in layers]),
        **scales,
        **_features(layers),
    )


def _root_mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return math.sqrt(sum(v * v for v in known) / len(known)) if known else math.nan


def _features(layers: Sequence[Layer]) -> dict[str, Array]:
    features = len(layers[0].feature_mean)
    same = [layer for layer in layers if len(layer.feature_mean) == features]
    means = np.stack([layer.feature_mean for layer in same])
    stds = np.stack([layer.feature_std for layer in same])
    with np.errstate(invalid="ignore", over="ignore"):
        mean = means.mean(axis=0)
        std = np.sqrt((stds**2 + (means - mean) ** 2).mean(axis=0))
    return {
        "feature_mean": mean,
        "feature_std": std,
        "feature_low": np.min([layer.feature_low for layer in same], axis=0),
        "feature_high": np.max([layer.feature_high for layer in same], axis=0),
    }


def relinked(links: Sequence[Link], numbers: Mapping[int, int]) -> tuple[Link, ...]:
    """Return links whose layers go by other numbers."""
    return tuple(
        link
        if link.source is None
        else Link(numbers.get(link.source, link.source), link.operations)
        for link in links
    )


def merge_objective(objectives: Sequence[Objective]) -> Objective:
    """Merge what several ranks saw of one loss function's call."""
    first = objectives[0]
    if len(objectives) == 1:
        return first
    return replace(
        first,
        output=merge_values([each.output for each in objectives]),
        target=merge_values([each.target for each in objectives]),
        links=tuple(dict.fromkeys(link for each in objectives for link in each.links)),
        differentiable=any(each.differentiable for each in objectives),
        reached=any(each.reached for each in objectives),
        unit_mapped=all(each.unit_mapped for each in objectives),
        training=pooled([each.training for each in objectives]),
        evaluation=pooled([each.evaluation for each in objectives]),
    )


def merge_loss(losses: Sequence[Loss]) -> Loss:
    """Merge the losses of one line; the first and the last are means over the ranks."""
    first = losses[0]
    if len(losses) == 1:
        return first
    bad = [loss.first_nonfinite for loss in losses if loss.first_nonfinite is not None]
    return replace(
        first,
        samples=pooled([loss.samples for loss in losses]),
        first=_mean([loss.first for loss in losses]),
        last=_mean([loss.last for loss in losses]),
        first_nonfinite=min(bad, default=None),
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def merge_optimizer(optimizers: Sequence[Optimizer]) -> Optimizer:
    """Merge what several ranks saw of one optimizer: each took the same steps."""
    return replace(
        optimizers[0],
        parameters=max(each.parameters for each in optimizers),
        steps=max(each.steps for each in optimizers),
        checked=sum(each.checked for each in optimizers),
        stale=sum(each.stale for each in optimizers),
        scaled=max(each.scaled for each in optimizers),
    )


def merge_switch(switches: Sequence[Switch]) -> Switch:
    """Merge what several ranks saw of one batch norm or dropout."""
    fewest = [each.fewest for each in switches if each.fewest is not None]
    return replace(
        switches[0],
        training_on=sum(each.training_on for each in switches),
        training_off=sum(each.training_off for each in switches),
        evaluation_on=sum(each.evaluation_on for each in switches),
        evaluation_off=sum(each.evaluation_off for each in switches),
        fewest=min(fewest, default=None),
        last_on_step=max(each.last_on_step for each in switches),
        last_off_step=max(each.last_off_step for each in switches),
        evaluation_steps=max(each.evaluation_steps for each in switches),
    )
