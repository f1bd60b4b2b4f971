"""One parameter of several ranks: a copy on each, or a shard on each."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from halfwave.recording.model import PARAMETER_SAMPLE

from .rows import one_series

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfwave.recording.model import Array, Parameter

__all__ = ["merge_parameter"]


def merge_parameter(parameters: Sequence[Parameter]) -> Parameter:
    """Merge what several ranks saw of one parameter.

    Copies are taken to be the same on every rank: the figures are the lowest
    rank's, with those of steps that only others watched. The squares of the
    norms of shards add.
    """
    first = parameters[0]
    if len(parameters) == 1:
        return first
    merged = replace(
        first,
        trainable=any(each.trainable for each in parameters),
        used=any(each.used for each in parameters),
        optimizer=next((p.optimizer for p in parameters if p.optimizer is not None), None),
    )
    shards = [each for each in parameters if each.local_shape is not None]
    if not shards:
        return replace(merged, samples=one_series([each.samples for each in parameters]))
    return replace(
        merged,
        samples=_joined(shards),
        first_norm=_root_sum([each.first_norm for each in shards]),
        noise=_mean([each.noise for each in shards]),
        distinct_rows=None,  # rows that lie on different ranks were not compared
        first_distinct_rows=None,
        local_shape=None,
    )


def _joined(shards: Sequence[Parameter]) -> Array:
    """Give the rows of the whole parameter, at the steps of the shard that has most of them.

    Where a rank did not watch a step, its nearest row stands in.
    """
    filled = [shard for shard in shards if len(shard.samples)]
    if not filled:
        return np.zeros(0, PARAMETER_SAMPLE)
    base = max(filled, key=lambda shard: len(shard.samples)).samples
    rows = np.stack([_nearest(shard.samples, base) for shard in filled])
    sizes = np.array([math.prod(s.local_shape or s.shape) for s in filled], np.float64)[:, None]
    joined = base.copy()
    with np.errstate(all="ignore"):
        norms = rows["norm"].astype(np.float64)
        joined["norm"] = np.sqrt((norms**2).sum(axis=0))
        joined["grad_norm"] = np.sqrt((rows["grad_norm"].astype(np.float64) ** 2).sum(axis=0))
        moved = rows["update_ratio"] * norms
        known = ~np.isnan(moved)
        # a shard whose move was not measured is left out on both sides
        whole = np.where(known, norms**2, 0.0).sum(axis=0)
        ratio = np.sqrt(np.where(known, moved**2, 0.0).sum(axis=0) / whole)
        joined["update_ratio"] = np.where(known.any(axis=0), ratio, np.nan)
        joined["grad_zeros"] = (rows["grad_zeros"] * sizes).sum(axis=0) / sizes.sum()
    joined["nonfinite"] = rows["nonfinite"].sum(axis=0)
    return joined


def _nearest(rows: Array, base: Array) -> Array:
    """The rows that lie nearest in time to those of another series."""
    middles = (rows["first_step"] + rows["last_step"]) / 2
    wanted = (base["first_step"] + base["last_step"]) / 2
    right = np.clip(np.searchsorted(middles, wanted), 0, len(rows) - 1)
    left = np.maximum(right - 1, 0)
    nearer_left = np.abs(middles[left] - wanted) < np.abs(middles[right] - wanted)
    return rows[np.where(nearer_left, left, right)]


def _root_sum(norms: Sequence[float]) -> float:
    return math.sqrt(sum(norm * norm for norm in norms))


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan
