"""How far training moves the weights: a step at a time, and over the whole run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from halfwave.diagnose.memory import remembered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfwave.recording.model import Array, Parameter, Recording

__all__ = [
    "HARDLY_MOVED",
    "NOTHING",
    "TOO_SMALL",
    "Drift",
    "Updates",
    "drift_of",
    "first_norm",
    "gradient_sizes",
    "growth_of",
    "lower_rate",
    "median_of",
    "raise_rate",
    "stayed",
    "updates_among",
    "updates_of",
    "weights_of",
]

#: Share of its size by which a usual step changes a weight, below which it is too little.
TOO_SMALL: Final = 2e-4
#: Root mean square of a gradient that no optimizer makes anything of: a millionth of Adam's eps.
NOTHING: Final = 1e-14
#: Share of its size that all steps together could have moved a weight: below, none learnt.
HARDLY_MOVED: Final = 0.01


@dataclass(frozen=True, slots=True)
class Updates:
    """Median over the weights of ‖Δw‖/‖w‖, one value a watched step.

    Parameters
    ----------
    steps : ndarray of int64
    ratios : ndarray of float64
    weights : int
        How many weights it is the median of.
    """

    steps: Array
    ratios: Array
    weights: int

    @property
    def largest(self) -> float:
        """Of any watched step; NaN if none was measured."""
        return float(self.ratios.max()) if len(self.ratios) else math.nan

    @property
    def usual(self) -> float:
        """The median over the run; NaN if none was measured."""
        return float(np.median(self.ratios)) if len(self.ratios) else math.nan


@dataclass(frozen=True, slots=True)
class Drift:
    """How far the weights went in steps that were not watched, seen from those that were.

    Parameters
    ----------
    ratio : float
        Change of ‖w‖ a step, at the least, over ‖w‖ where the steps began: the
        median over the weights. A step changes a weight by as much or by more.
    growth : float
        Of the weight in the middle, from the first of these steps to the last.
    first_step, last_step : int
        Watched steps between which that was.
    """

    ratio: float
    growth: float
    first_step: int
    last_step: int


@remembered
def weights_of(recording: Recording) -> list[Parameter]:
    """Matrices and kernels that were watched; biases and norms' scales live on another scale."""
    return [p for p in recording.parameters if len(p.shape) >= 2 and len(p.samples) > 0]


def gradient_sizes(parameter: Parameter) -> Array:
    """Root mean square of each gradient that was seen."""
    norms = parameter.samples["grad_norm"]
    return norms[np.isfinite(norms)].astype(np.float64) / math.sqrt(
        max(math.prod(parameter.shape), 1)
    )


@remembered
def _with_a_size(recording: Recording) -> list[Parameter]:
    """Return those weights that did not begin at 0 (LoRA's B): a step is no share of nothing."""
    weights = weights_of(recording)
    return [weight for weight in weights if first_norm(weight) != 0] or weights


@remembered
def updates_of(recording: Recording) -> Updates:
    """How far the weights moved in each watched step."""
    return updates_among(_with_a_size(recording))


def updates_among(weights: Sequence[Parameter]) -> Updates:
    """How far these weights moved in each watched step."""
    rows = [weight.samples[np.isfinite(weight.samples["update_ratio"])] for weight in weights]
    measured = [part for part in rows if len(part)]
    if not measured:
        return Updates(np.zeros(0, np.int64), np.zeros(0), 0)
    at = np.concatenate([part["first_step"] for part in measured])
    ratios = np.concatenate([part["update_ratio"] for part in measured]).astype(np.float64)
    order = np.lexsort((ratios, at))
    at, ratios = at[order], ratios[order]
    steps, begins, counts = np.unique(at, return_index=True, return_counts=True)
    # ascending within each step, so its median is its middle, or the mean of the middle two
    medians = (ratios[begins + (counts - 1) // 2] + ratios[begins + counts // 2]) / 2
    return Updates(steps, medians, len(measured))


@remembered
def drift_of(recording: Recording) -> Drift | None:
    """The fastest that the weights went between two watched steps; None where none was seen."""
    found: list[Drift] = []
    for weight in _with_a_size(recording):
        rows = weight.samples[np.isfinite(weight.samples["norm"])]
        norms, at = rows["norm"].astype(np.float64), rows["last_step"]
        steps = np.diff(at)
        known = np.flatnonzero((steps > 0) & (norms[:-1] > 0))
        if not len(known):
            continue
        ratios = np.abs(np.diff(norms))[known] / (steps[known] * norms[known])
        most = int(np.argmax(ratios))
        row = int(known[most])
        growth = float(norms[row + 1] / norms[row])
        found.append(Drift(float(ratios[most]), growth, int(at[row]), int(at[row + 1])))
    found.sort(key=lambda drift: drift.ratio)
    # the lower of the middle two: half of the weights went as far or further
    return found[(len(found) - 1) // 2] if found else None


def first_norm(parameter: Parameter) -> float:
    """‖w‖ when it was first seen; NaN where unknown."""
    if math.isfinite(parameter.first_norm):
        return parameter.first_norm
    norms = parameter.samples["norm"]
    return float(norms[0]) if len(norms) and np.isfinite(norms[0]) else math.nan


def growth_of(parameter: Parameter) -> float:
    """‖w‖ at the end over ‖w‖ at the start; NaN where it began at 0 or is unknown."""
    start = first_norm(parameter)
    norms = parameter.samples["norm"].astype(np.float64)
    finite = norms[np.isfinite(norms)]
    return float(finite[-1]) / start if len(finite) and start > 0 else math.nan


def stayed(parameter: Parameter) -> bool:
    """Whether a parameter never changed, as far as two watched steps or more can tell."""
    rows = parameter.samples
    if len(rows) < 2:
        return False
    if bool((rows["update_ratio"] > 0).any()):
        return False
    norms = rows["norm"][np.isfinite(rows["norm"])]
    if len(norms) < 2:
        return False
    # a step that turns a weight keeps its length; so many digits it does not keep
    return bool((norms == norms[0]).all())


def median_of(values: Array) -> float:
    """Median of the finite values; NaN if there is none."""
    finite = values[np.isfinite(values)].astype(np.float64)
    return float(np.median(finite)) if len(finite) else math.nan


def lower_rate(rate: float | None, by: float = 10.0) -> str:
    """``"lower the learning rate from 3 to 0.3"``."""
    if rate is None or not rate > 0:
        return "lower the learning rate to a tenth"
    return f"lower the learning rate from {rate:g} to {rate / by:.1g}"


def raise_rate(rate: float | None, to: float | None = None) -> str:
    """``"raise the learning rate from 1e-07 to 0.001"``."""
    if rate is None or not rate > 0:
        return "raise the learning rate tenfold"
    return f"raise the learning rate from {rate:g} to {10 * rate if to is None else to:.1g}"
