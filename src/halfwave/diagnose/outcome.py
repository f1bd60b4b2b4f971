"""How well a run did what it was for: a fault that costs nothing is a mild one."""

from __future__ import annotations

import math
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.curves import main_loss
from halfwave.diagnose.endings import outputs_of, trained
from halfwave.diagnose.guessing import guess_of, is_the_loss

if TYPE_CHECKING:
    from halfwave.recording.facts import Objective
    from halfwave.recording.model import Array, Recording

__all__ = [
    "END",
    "FEWEST_CALLS",
    "FEWEST_STEPS",
    "broke_down",
    "end_of_the_same",
    "explained",
    "success",
]

#: Steps below which a run is too short to say how well it did …
FEWEST_STEPS = 20
#: … and losses seen of one objective, on watched steps, up to this share of the run.
FEWEST_CALLS = 5
END = 0.5
#: Two figures of one loss differ by rounding alone.
_SAME = 1e-4


def success(recording: Recording) -> float | None:
    """How much of what could be learnt was learnt, at the end; None where that is unknown.

    Of labels, the accuracy above chance, over the most there could be. Of
    numbers, the share of the targets' variance that is explained. Of anything
    else the fall of the loss, as a share of its start, or of what guessing costs, where that
    is less. 0: nothing. 1: all.
    Below 0: worse than nothing.
    """
    if broke_down(recording):
        return -math.inf
    if recording.info.steps < FEWEST_STEPS or recording.info.environment:
        return None  # too short, or a reward is what counts
    for objective in trained(recording):
        found = explained(recording, objective)
        if found is not None:
            return found
    return _fall(recording)


def broke_down(recording: Recording) -> bool:
    """Whether a loss became NaN or infinite for good."""
    return any(
        loss.first_nonfinite is not None and loss.last is not None and not math.isfinite(loss.last)
        for loss in recording.losses[:1]
    )


def explained(recording: Recording, objective: Objective) -> float | None:
    """What one objective's own figures say of its success, as in `success`."""
    rows = objective.training
    if int(rows["count"].sum()) < FEWEST_CALLS:
        return None
    to_the_end = int(rows["last_step"].max()) >= END * recording.info.steps
    accuracy = _end(rows["accuracy"])
    if math.isfinite(accuracy):
        if not to_the_end:
            return None  # the run may have done better since
        classes = max(outputs_of(objective) or 2, 2)
        return (accuracy - 1 / classes) / (1 - 1 / classes)
    target = objective.target
    if objective.function != "mse_loss" or target is None or not target.std > 0:
        return None
    error = _end(rows["mean"]) if to_the_end else end_of_the_same(recording, objective)
    if objective.parameters.get("reduction") == "sum":  # recorded as the sum over one example
        error /= max(prod(objective.output.shape[1:]), 1) if objective.output else 1
    return 1 - error / target.std**2 if math.isfinite(error) else None


def end_of_the_same(recording: Recording, objective: Objective) -> float:
    """What an objective came to, where the main loss is that and nothing else; NaN elsewhere.

    Of a loss every step is known, of an objective the watched ones alone.
    """
    loss, rows = main_loss(recording), objective.training
    if not len(rows) or loss is None or loss.first is None or loss.first_nonfinite is not None:
        return math.nan
    if not len(loss.samples) or rows["first_step"][0] > loss.samples["last_step"][0]:
        return math.nan  # the first values of the two are not of one step
    if not math.isclose(loss.first, float(rows["mean"][0]), rel_tol=_SAME):
        return math.nan  # a penalty besides, a sum, a scaled loss
    return _end(loss.samples["mean"])


def _end(values: Array) -> float:
    """Median of the last fifth of the finite values."""
    finite = values[np.isfinite(values)]
    return float(np.median(finite[-max(len(finite) // 5, 1) :])) if len(finite) else math.nan


def _fall(recording: Recording) -> float | None:
    loss = main_loss(recording)
    if loss is None or int(loss.samples["count"].sum()) < FEWEST_STEPS:
        return None
    values = loss.samples["mean"][np.isfinite(loss.samples["mean"])]
    if not len(values):
        return None
    start = loss.first if loss.first is not None and math.isfinite(loss.first) else values[0]
    objective = next(iter(trained(recording)), None)
    guess = None if objective is None or not is_the_loss(loss, objective) else guess_of(objective)
    if guess is not None and guess > 0:  # to come down to there is to have learnt nothing
        start = min(start, guess)
    end = _end(values)
    if not start > 0 or end < 0:
        return None  # a loss without a floor at 0: no share to speak of
    return float(1 - end / start)
