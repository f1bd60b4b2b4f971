"""Several trainings in one run, one after the other: folds, a search, a function that trains."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from halfwave.recording.model import Loss, Recording

__all__ = ["of_one_training", "trainings"]


def trainings(recording: Recording) -> list[tuple[int, int]]:
    """First and last step of each training of a model of its own; empty if there is but one.

    They are told by their optimizers: made at one line, one after the other, for more parameters
    than any of them holds. (A model whose optimizer is made anew for every epoch has one training.)
    """
    steps = {
        rate.optimizer: (int(rate.samples["first_step"][0]), int(rate.samples["last_step"][-1]))
        for rate in recording.rates
        if len(rate.samples)
    }
    of_lines: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for optimizer in recording.optimizers:
        if optimizer.name in steps and optimizer.file:
            of_lines.setdefault((optimizer.file, optimizer.line), []).append(steps[optimizer.name])
    found = sorted(max(of_lines.values(), key=len, default=[]))
    if len(found) < 2:
        return []
    held = sum(parameter.optimizer is not None for parameter in recording.parameters)
    most = max((optimizer.parameters for optimizer in recording.optimizers), default=0)
    overlap = any(after[0] <= before[1] for before, after in pairwise(found))
    return [] if held <= most or overlap else found


def of_one_training(recording: Recording, loss: Loss) -> Loss:
    """Return a loss as it was in the longest training, in the last of several such."""
    found = trainings(recording)
    if not found:
        return loss
    first, last = max(found, key=lambda each: (each[1] - each[0], each[0]))
    rows = loss.samples
    rows = rows[(rows["first_step"] >= first) & (rows["last_step"] <= last)]
    if not len(rows):
        return loss
    broke = loss.first_nonfinite
    return replace(
        loss,
        samples=rows,
        first=float(rows["mean"][0]),
        last=float(rows["mean"][-1]),
        first_nonfinite=broke if broke is not None and first <= broke <= last else None,
    )
