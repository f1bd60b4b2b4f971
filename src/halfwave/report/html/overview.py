"""What the page's table of sites and the charts of the whole network are drawn from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from halfwave.plotting.runs import by_depth, chosen_steps, parameters_by_depth, samples_of
from halfwave.report.html.pack import short
from halfwave.report.text import label_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from halfwave.recording import Array, Loss, Recording, Site
    from halfwave.report.summary import SiteSummary

__all__ = ["losses_of", "parameters_of", "rates_of", "sites_of"]

#: Points of the small charts in a row of the table.
SPARK: Final = 28
_STEPS: Final = 7
#: The charts of losses and learning rates have room for so many lines.
_LINES: Final = 6
#: Parameters shown by depth: the first ones of a network that has more.
_PARAMETERS: Final = 20_000
_TOP: Final = 255


def sites_of(
    sites: Sequence[Site],
    summaries: Sequence[SiteSummary],
    labels: Mapping[str, str],
    names: Sequence[str],
    ranks: Sequence[int],
) -> dict[str, object]:
    """Columns of the table of sites, and quantities by depth.

    Parameters
    ----------
    sites, summaries
        In forward order, one summary a site.
    labels
        Source file to the short name of it.
    names, ranks
        What a table calls each site; rank of the worst finding that means it: 0 for an error.
    """
    steps = chosen_steps((samples_of(site) for site in sites), _STEPS)
    return {
        "path": list(names),
        "role": [site.role for site in sites],
        "activation": [site.activation for site in sites],
        "where": [label_of(site.where, labels) for site in sites],
        "alarm": np.array(ranks, np.uint8),
        "units": _whole([site.units for site in sites]),
        "dead": _whole([figures.dead for figures in summaries]),
        "inputs": np.array([figures.inputs for figures in summaries], np.float64),
        "nonfinite": np.array([figures.nonfinite for figures in summaries], np.float64),
        **{
            name: _real([getattr(figures, name) for figures in summaries])
            for name in ("closed", "zeros", "mean", "std", "absmax", "grad_rms")
        },
        "spark_closed": _stack([_shares(site.samples) for site in sites], SPARK),
        "spark_grad": _stack([_logarithms(site.samples["grad_rms"]) for site in sites], SPARK),
        "spark_output": _stack([_shape(site) for site in sites], SPARK),
        "spark_zero": np.array([_zero_place(site) for site in sites], np.uint8),
        "depth": {
            "steps": steps,
            **{
                name: short(values)
                for name, values in by_depth(sites, ("grad_rms", "std", "zeros"), steps).items()
            },
        },
    }


def _whole(values: Sequence[int | None]) -> Array:
    return np.array([-1 if value is None else min(value, 2**31 - 1) for value in values], np.int32)


def _real(values: Sequence[float | None]) -> Array:
    with np.errstate(over="ignore"):
        return short(np.array([np.nan if value is None else value for value in values]))


def _stack(rows: Sequence[Array], width: int) -> Array:
    return np.stack(rows) if rows else np.zeros((0, width), np.uint8)


def _resampled(values: Array) -> Array:
    """Values at `SPARK` places evenly over a series, each the mean of what falls there."""
    if not len(values):
        return np.full(SPARK, np.nan)
    edges = np.linspace(0, len(values), SPARK + 1)
    starts = np.minimum(edges[:-1].astype(int), len(values) - 1)
    known = ~np.isnan(values)
    total = np.add.reduceat(np.where(known, values, 0.0), starts)
    count = np.add.reduceat(known.astype(float), starts)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 0, total / count, np.nan)


def _bytes(values: Array, low: float, high: float) -> Array:
    """From `low` to `high` as 1…255; 0 where a value is unknown."""
    scale = (high - low) or 1.0
    with np.errstate(invalid="ignore"):
        scaled = np.clip((values - low) / scale, 0.0, 1.0)
    return np.where(np.isnan(scaled), 0, 1 + np.rint(scaled * (_TOP - 1))).astype(np.uint8)


def _shares(samples: Array) -> Array:
    return _bytes(_resampled(1.0 - samples["open"].astype(np.float64)), 0.0, 1.0)


def _logarithms(values: Array) -> Array:
    """A positive quantity by its logarithm, over its own range but at least a decade of it."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log10(values.astype(np.float64))
    logs[~np.isfinite(logs)] = np.nan
    points = _resampled(logs)
    if np.isnan(points).all():
        return np.zeros(SPARK, np.uint8)
    low, high = float(np.nanmin(points)), float(np.nanmax(points))
    room = max(1.0 - (high - low), 0.0) / 2
    return _bytes(points, low - room, high + room)


def _shape(site: Site) -> Array:
    """The latest histogram of the outputs, exact zeros among them, by the root of the counts."""
    if not len(site.output_histograms):
        return np.zeros(SPARK, np.uint8)
    row = site.output_histograms[-1]
    counts = row["counts"].astype(np.float64)
    place = int(_zero_place(site))
    starts = np.linspace(0, len(counts), SPARK + 1)[:-1].astype(int)
    bars = np.add.reduceat(counts, starts)
    if place < SPARK:
        bars[place] += float(row["zeros"])
    highest = bars.max()
    return _bytes(np.sqrt(bars), 0.0, float(np.sqrt(highest))) if highest > 0 else bars.astype("u1")


def _zero_place(site: Site) -> int:
    """The bar in which 0 lies; 255 where it is beyond the bins."""
    if not len(site.output_histograms):
        return _TOP
    low, high = (float(site.output_histograms[-1][name]) for name in ("low", "high"))
    if not np.isfinite(low) or not np.isfinite(high):
        return 0 if site.output_histograms[-1]["zeros"] else _TOP
    if 0 < low < (high - low) / 8:
        low = 0.0  # what a rectifier lets through begins at it
    if not low <= 0.0 <= high or high <= low:
        return _TOP
    return min(int(-low / (high - low) * SPARK), SPARK - 1)


def losses_of(recording: Recording, labels: Mapping[str, str]) -> list[dict[str, object]]:
    """The series of the losses that have most values."""
    return [_loss(loss, labels) for loss in recording.losses[:_LINES]]


def _loss(loss: Loss, labels: Mapping[str, str]) -> dict[str, object]:
    rows = loss.samples
    return {
        "name": label_of(f"{loss.file}:{loss.line}", labels),
        "first_step": rows["first_step"].astype(np.float64),
        "last_step": rows["last_step"].astype(np.float64),
        **{name: rows[name].astype(np.float64) for name in ("mean", "min", "max")},
        "nonfinite": rows["nonfinite"].astype(np.float64),
    }


def rates_of(recording: Recording) -> list[dict[str, object]]:
    """The series of the learning rates of the first parameter groups."""
    return [
        {
            "name": f"{rate.optimizer}, group {rate.group}",
            "first_step": rate.samples["first_step"].astype(np.float64),
            "last_step": rate.samples["last_step"].astype(np.float64),
            "last": rate.samples["last"].astype(np.float64),
        }
        for rate in recording.rates[:_LINES]
    ]


def parameters_of(recording: Recording) -> dict[str, Any]:
    """The parameters that are trained, and how far each step moved them."""
    trained = [
        parameter
        for parameter in recording.parameters
        if len(parameter.samples) and not np.isnan(parameter.samples["update_ratio"]).all()
    ][:_PARAMETERS]
    steps = chosen_steps((parameter.samples for parameter in trained), _STEPS)
    return {
        "path": [parameter.name for parameter in trained],
        "steps": steps,
        "update_ratio": short(
            parameters_by_depth(trained, ["update_ratio"], steps)["update_ratio"]
        ),
    }
