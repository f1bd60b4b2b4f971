"""Pictures of recordings, and the figures that they are made of; matplotlib only when drawn."""

from __future__ import annotations

from halfwave.plotting.runs.catalogue import PLOTS, Plot, draw
from halfwave.plotting.runs.depth import by_depth, chosen_steps, parameters_by_depth, samples_of
from halfwave.plotting.runs.ranges import input_range
from halfwave.plotting.runs.site_curves import Curves

__all__ = [
    "PLOTS",
    "Curves",
    "Plot",
    "by_depth",
    "chosen_steps",
    "draw",
    "input_range",
    "parameters_by_depth",
    "samples_of",
]
