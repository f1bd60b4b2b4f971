"""Layers whose outputs grow, and are squashed by a tanh or sigmoid each time."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from halfwave.activations import get
from halfwave.diagnose.chains import steps
from halfwave.diagnose.families import closes_on_both_sides
from halfwave.diagnose.scales import ways

if TYPE_CHECKING:
    from halfwave.recording.model import Layer, Recording

__all__ = ["FEWEST_SQUASHED", "squashed"]

#: Hidden layers behind a squashing activation from which their common factor says something.
FEWEST_SQUASHED = 3


def squashed(recording: Recording) -> tuple[float, str, list[Layer]] | None:
    """Return the gain of a way's squashed layers over what they need, and the activation.

    A tanh keeps what it passes on within bounds, so a way through many of them
    does not grow, however large its weights are: the units saturate instead.
    The gain is the median over the hidden layers that such an activation feeds
    of the standard deviation that they give over the one that they get. What
    keeps a signal as it is undoes the activation's slope at 0: 1 for tanh, 4
    for sigmoid.
    """
    through = {
        (step.source.id, step.target.id): name
        for step in steps(recording)
        for name in step.operations
        if closes_on_both_sides(name)
    }
    worst: tuple[float, str, list[Layer]] | None = None
    for way in ways(recording):
        gains: list[float] = []
        names: list[str] = []
        layers: list[Layer] = []
        for source, layer in pairwise(way[:-1]):
            name = through.get((source.id, layer.id), "")
            if name and layer.std_in > 0 and math.isfinite(layer.std_out):
                gains.append(layer.std_out / layer.std_in * _slope(name))
                names.append(name)
                layers.append(layer)
        if len(gains) >= FEWEST_SQUASHED:
            gain = float(np.median(gains))
            if worst is None or gain > worst[0]:
                worst = gain, max(set(names), key=names.count), layers
    return worst


def _slope(activation: str) -> float:
    """Slope at 0."""
    return float(get(activation).derivative(np.zeros(1))[0])
