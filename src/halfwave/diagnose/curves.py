"""Questions about values over time: a loss before and after, a learning rate at a step."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.places import place
from halfwave.diagnose.trainings import of_one_training

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfwave.recording.model import Array, Loss, Recording

__all__ = [
    "largest_rate",
    "loss_got_worse",
    "loss_place",
    "main_loss",
    "noise_of",
    "peak_of",
    "rate_at",
]

#: The main loss must make up this share of all backward calls: in a GAN the
#: losses work against each other, and neither has to fall.
_MAIN_SHARE = 0.9


def main_loss(recording: Recording) -> Loss | None:
    """The loss that the run is about; None where no loss is.

    There may be several of equal rank, or a reward is what counts: the better a
    policy, the longer its episodes and the larger its returns, and the losses
    that are made of these grow with them. Of several trainings one after the other, that of one.
    """
    if not recording.losses or recording.info.environment:
        return None
    counts = [int(loss.samples["count"].sum()) for loss in recording.losses]
    if counts[0] == 0 or counts[0] < _MAIN_SHARE * sum(counts):
        return None
    return of_one_training(recording, recording.losses[0])


def noise_of(values: Array) -> float:
    """Standard deviation of the noise in a series, from its steps, so that a trend does not count.

    The median of the steps' sizes: a few jumps do not count either.
    """
    if len(values) < 2:
        return math.nan
    return float(1.4826 * np.median(np.abs(np.diff(values))) / math.sqrt(2))


def loss_got_worse(recording: Recording, step: int) -> bool:
    """Whether the loss was clearly higher from ``step`` on than before, or non-finite.

    False where no loss covers both sides.
    """
    for loss in recording.losses[:1]:
        rows = loss.samples
        before = rows["mean"][rows["last_step"] < step]
        later = rows[rows["last_step"] >= step]
        if bool((later["nonfinite"] > 0).any()):
            return True
        before = before[np.isfinite(before)]
        after = later["mean"][np.isfinite(later["mean"])]
        if len(before) == 0 or len(after) == 0:
            continue
        was, now = float(np.median(before)), float(np.median(after))
        noise = noise_of(before)
        # one of either sign (a policy gradient's) that comes back to 0 is none the worse for it
        margin = max((0.5 if was >= 0 else 1.5) * abs(was), 3 * noise if noise >= 0 else 0.0)
        if now > was + margin:
            return True
    return False


def rate_at(recording: Recording, step: int) -> float | None:
    """Largest learning rate of any parameter group at a step."""
    # a scheduled rate has hundreds of rows a group, and every finding asks
    tops = [
        rows["max"][(rows["first_step"] <= step) & (step <= rows["last_step"])]
        for rows in (rate.samples for rate in recording.rates)
    ]
    return _largest(tops)


def largest_rate(recording: Recording) -> float | None:
    """Largest learning rate of the whole run."""
    return _largest([rate.samples["max"] for rate in recording.rates])


def _largest(parts: Sequence[Array]) -> float | None:
    values = np.concatenate([np.zeros(0), *parts])
    values = values[np.isfinite(values)]
    return float(values.max()) if len(values) else None


def peak_of(loss: Loss) -> float:
    """The highest finite value of a loss; NaN if there was none."""
    tops = loss.samples["max"][np.isfinite(loss.samples["max"])]
    return float(tops.max()) if len(tops) else math.nan


def loss_place(recording: Recording) -> str:
    """Line that calls ``backward`` most, or that computes the loss; ``""`` where none was seen."""
    for seen in (*recording.losses[:1], *recording.objectives[:1]):
        if seen.file:
            return place(recording, seen.file, seen.line)
    return ""
