"""How many units of a layer differ: two whose weights are the same up to scale do the same."""

from __future__ import annotations

from contextlib import nullcontext
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

if TYPE_CHECKING:
    from torch import Tensor

    from halfwave.recording import Array

__all__ = ["count_directions", "directions"]

_MOST: Final = 1 << 24
_ALIKE: Final = 1e-5


def directions(weight: Tensor, unit_axis: int) -> Tensor | None:
    """Return a fingerprint of each unit's direction, shape (units, 2), on the weight's device.

    None where the question makes no sense: a single unit, or a single input, from
    which there are two directions only.
    """
    if weight.dim() < 2 or weight.numel() > _MOST:
        return None
    rows = weight.detach().movedim(unit_axis, 0)
    rows = rows.reshape(len(rows), -1).float()
    units, inputs = rows.shape
    if units < 2 or inputs < 2:
        return None
    size = rows.norm(dim=1, keepdim=True)
    # the same vectors in every run, and no number drawn from the program's generators
    screen = torch.from_numpy(_screen(inputs)).to(rows.device)
    rows = rows / torch.where(size > 0, size, torch.ones_like(size))
    kind = rows.device.type
    may = torch.amp.is_autocast_available(kind)
    with torch.autocast(kind, enabled=False) if may else nullcontext():
        return rows @ screen  # the program's autocast would round it


def count_directions(fingerprints: Array) -> int | None:
    """Return how many different directions there are; None where some are not finite."""
    if not np.isfinite(fingerprints).all():
        return None
    order = np.lexsort(fingerprints.T)
    steps = np.abs(np.diff(fingerprints[order], axis=0)).max(axis=1)
    return 1 + int((steps > _ALIKE).sum())


@lru_cache(maxsize=64)
def _screen(inputs: int) -> Array:
    return np.random.default_rng(20).standard_normal((inputs, 2)).astype(np.float32)
