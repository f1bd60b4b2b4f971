"""What one run is judged by, of its recording: plain figures, worked out where it ran."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from halfwave.diagnose import dead_units_of, diagnose
from halfwave.recording import UnitStatistics

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfwave.recording import Recording, Site

__all__ = ["of_losses", "of_network", "sites_of"]


def of_network(recording: Recording) -> dict[str, Any]:
    """Return dead and closed share, zeros, reach of the gradient, and the findings."""
    hidden = [site for site in recording.sites if site.role == "hidden" and site.training]
    units = sum(site.units or 0 for site in hidden if site.judged)
    dead = sum(len(dead_units_of(site)) for site in hidden if site.judged and site.units)
    findings = [f for f in diagnose(recording) if not f.cause]
    return {
        "dead": dead / units if units else math.nan,
        "closed": _share([site for site in hidden if site.judged], _closed),
        "zeros": _share(hidden, _zeros),
        "reach": _reach(hidden),
        "findings": [
            {"rule": f.rule, "severity": f.severity, "title": f.title, "where": f.where}
            for f in findings
        ],
        "unobserved": [item.what for item in recording.unobserved],
    }


def _closed(statistics: UnitStatistics) -> Any:
    return statistics.elements - statistics.open_elements


def _zeros(statistics: UnitStatistics) -> Any:
    return statistics.zeros


def _share(sites: list[Site], part: Callable[[UnitStatistics], Any]) -> float:
    """A share of the sites' elements: every site counts alike, however wide it is."""
    shares = [
        float(np.sum(part(s.training)) / total)
        for s in sites
        if isinstance(s.training, UnitStatistics) and (total := np.sum(s.training.elements)) > 0
    ]
    return float(np.mean(shares)) if shares else math.nan


def _reach(hidden: list[Site]) -> float:
    """The gradient's rms at the first site over that at the last: 1 is even, 0 vanished."""
    known = [
        (site.order, rms)
        for site in hidden
        if (rms := _rms(site.training)) is not None and math.isfinite(rms)
    ]
    if len(known) < 2:
        return math.nan
    (_, first), (_, last) = min(known), max(known)
    return first / last if last > 0 else math.nan


def _rms(statistics: UnitStatistics | None) -> float | None:
    if statistics is None:
        return None
    count = float(np.sum(statistics.grad_elements))
    return math.sqrt(float(np.sum(statistics.grad_square)) / count) if count else None


def of_losses(recording: Recording) -> dict[str, Any]:
    """Return the loss of a program that computes it by hand, from what backward was called on."""
    for loss in recording.losses:
        rows = loss.samples
        total = int(rows["count"].sum()) if len(rows) else 0
        if not total:
            continue
        means = np.where(rows["nonfinite"] > 0, np.nan, rows["mean"])
        width = max(1, math.ceil(len(rows) * 0.05))
        kernel = np.ones(width) / width
        smooth = np.convolve(means, kernel, mode="valid") if len(means) >= width else means
        finite = smooth[np.isfinite(smooth)]
        steps = (rows["first_step"] + rows["last_step"]) / 2
        return {
            "training": {
                "loss": float(np.mean(means[-width:])),
                "best_loss": float(finite.min()) if len(finite) else math.nan,
                "accuracy": math.nan,
                "best_accuracy": math.nan,
                "function": "backward",
                "line": f"{loss.file}:{loss.line}",
            },
            "training_curve": [
                (float(step), float(mean), math.nan)
                for step, mean in zip(steps, means, strict=True)
            ],
        }
    return {}


def sites_of(recording: Recording) -> list[dict[str, Any]]:
    """Return the sites as a later run is told of them, and as a swap is checked by."""
    return [
        {
            "id": site.id,
            "path": site.path,
            "file": site.file,
            "line": site.line,
            "source": site.source,
            "activation": site.activation,
            "parameters": dict(site.parameters),
            "call": site.call,
            "role": site.role,
            "units": site.units,
            "trained": site.training is not None,
        }
        for site in recording.sites
    ]
