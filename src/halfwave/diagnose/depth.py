"""How the gradient changes with depth: one figure a layer, in the order of the forward pass."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.memory import remembered
from halfwave.diagnose.updates import median_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfwave.recording.model import Array, Recording, Site

__all__ = ["FEWEST_LAYERS", "Layer", "Profile", "layers_of", "profile", "site_of"]

#: With fewer layers there is no trend over depth to speak of.
FEWEST_LAYERS = 4


@dataclass(frozen=True, slots=True)
class Layer:
    """One weight, or one site in a program whose parameters were not seen."""

    name: str
    gradient: float  # median over the run of the gradient's norm
    update_ratio: float  # median of ‖Δw‖/‖w‖; NaN where not measured


@dataclass(frozen=True, slots=True)
class Profile:
    """Gradients from the last layer back to the first.

    Parameters
    ----------
    ratio : float
        Gradient of the first layers over that of the last ones (medians of a
        quarter of the layers each, so that one odd layer decides nothing).
    rate : float
        Median factor from a layer to the one before it.
    trend : float
        What ``rate`` alone makes of the whole depth. Where `ratio` is far from
        1 and this is not, one place is to blame, not depth.
    """

    ratio: float
    rate: float
    trend: float


@remembered
def layers_of(recording: Recording) -> list[Layer]:
    """Weights that had a gradient, in the order of the forward pass; else hidden sites.

    Only matrices and kernels count: biases and norms' scales live on another
    scale. Frozen ones, whose gradient was never there, are left out.
    """
    layers = [
        Layer(p.name, gradient, median_of(p.samples["update_ratio"]))
        for p in sorted(recording.parameters, key=lambda p: p.order)
        if len(p.shape) >= 2 and not math.isnan(gradient := median_of(p.samples["grad_norm"]))
    ]
    if len(layers) >= FEWEST_LAYERS:
        return layers
    sites = [site for site in recording.sites if site.role == "hidden" and site.training]
    return [
        Layer(site.path, gradient, math.nan)
        for site in sorted(sites, key=lambda s: s.order)
        if not math.isnan(gradient := median_of(_site_gradient(site.samples)))
    ]


def profile(layers: Sequence[Layer]) -> Profile | None:
    """Fit gradients over depth; None for too few layers, or where one is exactly zero."""
    gradients = np.array([layer.gradient for layer in layers])
    if len(gradients) < FEWEST_LAYERS or not (gradients > 0).all():
        return None
    logs = np.log10(gradients)
    quarter = max(len(logs) // 4, 1)
    fall = float(np.median(logs[:quarter]) - np.median(logs[-quarter:]))
    rate = float(np.median(logs[:-1] - logs[1:]))
    return Profile(_power(fall), _power(rate), _power(rate * (len(logs) - 1)))


def site_of(recording: Recording, layer: str) -> Site | None:
    """The site that a layer feeds, or the site of that path."""
    owner = layer.rpartition(".")[0]
    for site in recording.sites:
        if site.path == layer or (site.producer is not None and site.producer in {owner, layer}):
            return site
    return None


def _site_gradient(samples: Array) -> Array:
    """Norm of the gradient of one input: rms alone would depend on a map's size."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return samples["grad_rms"] * np.sqrt(samples["elements"] / samples["inputs"])


def _power(exponent: float) -> float:
    return 10.0 ** max(min(exponent, 300.0), -300.0)
