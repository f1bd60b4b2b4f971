"""How much of a gradient is noise: some of its elements, followed over the steps."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from halfwave.recording import Array

__all__ = ["Noise"]

_FEWEST: Final = 8


class Noise:
    """Mean and spread over the steps of some elements of one gradient."""

    def __init__(self) -> None:
        self._steps = 0
        self._mean: Array = np.zeros(0)
        self._square: Array = np.zeros(0)  # sum of squared distances from the mean

    def add(self, elements: Array) -> None:
        """Take one step's elements; steps with elements that are not finite are left out."""
        if not np.isfinite(elements).all():
            return
        if not self._steps:
            self._mean, self._square = np.zeros(len(elements)), np.zeros(len(elements))
        if len(elements) != len(self._mean):
            return
        self._steps += 1
        with np.errstate(over="ignore", invalid="ignore"):
            away = elements - self._mean
            self._mean += away / self._steps
            self._square += away * (elements - self._mean)

    @property
    def ratio(self) -> float:
        """Standard deviation over the steps, as a multiple of the mean's size.

        Both are root mean squares over the elements; the part of the mean that
        noise alone would leave in so many steps is taken off. Infinite where
        nothing is left; NaN below eight steps, or for a gradient of zeros.
        """
        if self._steps < _FEWEST:
            return math.nan
        with np.errstate(over="ignore", invalid="ignore"):
            variance = float((self._square / (self._steps - 1)).mean())
            signal = float((self._mean**2).mean()) - variance / self._steps
        if variance == 0:
            return math.nan if signal == 0 else 0.0
        return math.sqrt(variance / signal) if signal > 0 else math.inf
