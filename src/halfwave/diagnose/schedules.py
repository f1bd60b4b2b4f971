"""What a schedule made of the learning rate over the run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from halfwave.recording.model import LearningRate, Recording

__all__ = ["Faded", "faded"]

#: A rate that is highest later than this share of the run was warmed up first.
_EARLY = 0.1


@dataclass(frozen=True, slots=True)
class Faded:
    """A learning rate that has become next to nothing.

    Parameters
    ----------
    top, later : float
        Its highest value, and the one in the middle of the run.
    step : int
        Last step with a rate above the bound.
    share : float
        Share of the run that came after.
    """

    top: float
    later: float
    step: int
    share: float


def faded(recording: Recording, below: float) -> Faded | None:
    """Say when every rate of the run fell below that share of its top for good; None if not."""
    found = [_one(rate, below) for rate in recording.rates]
    if not found or any(each is None for each in found):
        return None
    return max((each for each in found if each is not None), key=lambda each: each.step)


def _one(rate: LearningRate, below: float) -> Faded | None:
    rows = rate.samples[np.isfinite(rate.samples["max"])]
    if len(rows) < 2:
        return None
    top, steps = float(rows["max"].max()), int(rows["last_step"][-1]) + 1
    reached = int(rows["first_step"][rows["max"] >= top][0])
    high = np.flatnonzero(rows["max"] >= below * top)
    if not top > 0 or reached > _EARLY * steps or high[-1] + 1 >= len(rows):
        return None
    step = int(rows["last_step"][high[-1]])
    middle = rows["last"][np.searchsorted(rows["last_step"], steps // 2)]
    return Faded(top, float(middle), step, 1 - (step + 1) / steps)
