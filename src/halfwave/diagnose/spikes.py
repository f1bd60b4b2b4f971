"""What happened around one step: whether the loss or the gradient shot up there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.curves import rate_at
from halfwave.diagnose.updates import weights_of

if TYPE_CHECKING:
    from halfwave.diagnose.finding import Figure
    from halfwave.recording.model import Array, Recording

__all__ = ["SPIKE", "spike_at"]

#: A value this many times the usual one before it is a spike.
SPIKE = 3.0

#: Rows of a series after the step that still belong to it.
_AFTER = 3
#: So many weights, spread over the network, tell what gradients did.
_WEIGHTS = 16


def spike_at(recording: Recording, step: int) -> dict[str, Figure]:
    """Figures of a step: its learning rate, and the loss' and the gradients' jump there.

    Returns
    -------
    dict
        ``learning_rate``, ``loss_before``, ``loss_peak``, ``gradient_growth``
        as far as they are known; the last three only where there was a spike.
    """
    figures: dict[str, Figure] = {}
    rate = rate_at(recording, step)
    if rate is not None:
        figures["learning_rate"] = rate
    for loss in recording.losses[:1]:
        before, peak = _jump(loss.samples, "mean", "max", step)
        if peak >= SPIKE * before > 0:
            figures["loss_before"], figures["loss_peak"] = before, peak
    weights = weights_of(recording)
    some = weights[:: max(len(weights) // _WEIGHTS, 1)]
    jumps = [_jump(p.samples, "grad_norm", "grad_norm", step) for p in some]
    growths = [peak / before for before, peak in jumps if before > 0]
    if growths and (growth := float(np.median(growths))) >= SPIKE:
        figures["gradient_growth"] = growth
    return figures


def _jump(rows: Array, usual: str, top: str, step: int) -> tuple[float, float]:
    """Median of the rows before a step, and the highest in it and just after; NaN if unknown."""
    split = int(np.searchsorted(rows["first_step"], step))
    before = rows[usual][:split].astype(np.float64)
    after = rows[top][max(split - 1, 0) : split + _AFTER].astype(np.float64)
    before, after = before[np.isfinite(before)], after[np.isfinite(after)]
    if not len(before) or not len(after):
        return math.nan, math.nan
    return float(np.median(before)), float(after.max())
