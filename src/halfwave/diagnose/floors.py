"""The least a loss can come to, where that is not 0: targets that are shares have an entropy."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from halfwave.diagnose.curves import main_loss
from halfwave.diagnose.endings import trained

if TYPE_CHECKING:
    from halfwave.recording.facts import Objective, Values
    from halfwave.recording.model import Recording

__all__ = ["floor_of"]

_BINARY = frozenset({"binary_cross_entropy", "binary_cross_entropy_with_logits"})


def floor_of(recording: Recording) -> float:
    """Return what the main loss would be for perfect answers, as far as it is known; else 0.

    A binary cross entropy with targets between 0 and 1 (the grey values of an
    image) costs their entropy even where every output equals its target. The
    entropy is that of the targets' mean, less what their spread takes away.
    """
    loss, objectives = main_loss(recording), list(trained(recording))
    if loss is None or loss.first is None or len(objectives) != 1:
        return 0.0
    share = _share(objectives[0])
    return share * loss.first if math.isfinite(loss.first) and loss.first > 0 else 0.0


def _share(objective: Objective) -> float:
    """The floor, as a share of what the objective gave at first."""
    target, rows = objective.target, objective.training
    if objective.function not in _BINARY or target is None or not len(rows):
        return 0.0
    if target.integral or not (target.low >= 0 and target.high <= 1):
        return 0.0
    first = float(rows["mean"][0])
    summed = objective.parameters.get("reduction") == "sum"
    elements = math.prod(target.shape[1:]) if summed else 1  # recorded as the sum over one example
    found = elements * _entropy(target) / first if first > 0 else math.nan
    return found if 0 < found < 1 else 0.0


def _entropy(target: Values) -> float:
    mean = target.mean
    if not 0 < mean < 1:
        return 0.0
    whole = -mean * math.log(mean) - (1 - mean) * math.log(1 - mean)
    return max(whole - target.std**2 / (2 * mean * (1 - mean)), 0.0)
