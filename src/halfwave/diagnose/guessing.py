"""What a loss comes to where the answer is the same whatever the input is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from halfwave.recording.facts import Objective, Values
    from halfwave.recording.model import Loss, Recording

__all__ = ["guess_for", "guess_of", "is_the_loss"]

#: By how much two figures of one loss may differ: several batches of a step, a small penalty.
_SAME = 0.1


def guess_of(objective: Objective) -> float | None:
    """What the best constant answer costs; None where unknown.

    Of classes that are equally frequent; of fewer it is less.
    """
    output, target = objective.output, objective.target
    if output is None or target is None or objective.parameters.get("reduction", "mean") != "mean":
        return None
    name = objective.function
    if name in {
        "cross_entropy",
        "nll_loss",
        "categorical_cross_entropy",
        "sparse_categorical_cross_entropy",
    }:
        classes = output.shape[1] if len(output.shape) > 1 else 0
        if "categorical" in name and output.shape:
            classes = output.shape[-1]
        return math.log(classes) if classes >= 2 else None
    if name.startswith("binary_cross_entropy"):
        ones = target.mean
        if not 0 < ones < 1:
            return None
        return -ones * math.log(ones) - (1 - ones) * math.log(1 - ones)
    if name == "mse_loss" and target.std > 0 and target.distinct != 1:
        return target.std**2
    return _absolute(target) if name == "l1_loss" else None


def is_the_loss(loss: Loss, objective: Objective) -> bool:
    """Whether the loss is the objective's value, and not a sum or a multiple; so if unknown."""
    rows = objective.training
    if not len(rows) or loss.first is None or not len(loss.samples):
        return True
    rows = rows[rows["first_step"] >= loss.samples["first_step"][0]]  # of a training of its own
    if not len(rows) or rows["first_step"][0] > loss.samples["last_step"][0]:
        return True  # the first values of the two are not of one step
    return math.isclose(loss.first, float(rows["mean"][0]), rel_tol=_SAME)


def guess_for(recording: Recording, loss: Loss) -> float | None:
    """What a guess costs of a loss that is the first objective's value and nothing else."""
    objective = next(iter(recording.objectives), None)
    if objective is None or not is_the_loss(loss, objective):
        return None
    return guess_of(objective)


def _absolute(target: Values) -> float | None:
    """Mean distance from the median, where there are two targets; of more it is not known."""
    span = target.high - target.low
    if target.distinct != 2 or not span > 0:
        return None
    upper = (target.mean - target.low) / span
    return span * min(upper, 1 - upper)
