"""One site in full, as its part of the page is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from halfwave.diagnose.units import dead_units_of
from halfwave.recording import SITE_SAMPLE
from halfwave.recording.merging import RULES, merge
from halfwave.report.html.pack import short

if TYPE_CHECKING:
    from halfwave.recording import Array, HeatMap, Site
    from halfwave.report.html.levels import Level

__all__ = ["site_in_full"]

# in the order in which static/site.js takes them apart
_SERIES: Final = ("open", "zeros", "std", "absmax", "grad_rms")
_PLACES: Final = ("low", "high", "minimum", "maximum")
_BESIDE: Final = ("step", "below", "above", "zeros", "nonfinite")


def _stack(rows: Array, names: tuple[str, ...], dtype: type[np.generic]) -> Array:
    if not len(rows):
        return np.zeros((len(names), 0), dtype)
    return np.stack([rows[name].astype(dtype) for name in names])


def site_in_full(site: Site, whole: Site, level: Level, curve: int) -> dict[str, Any]:
    """What the page shows of a site when it is opened.

    Parameters
    ----------
    site, whole
        The site, and what stands for all that share its units.
    level
        How much of it.
    curve
        Which of the page's curves is its activation's; -1 for none.
    """
    rows = _merged(site.samples, level.samples)
    return {
        "call": site.call,
        "function": site.function,
        "producer": site.producer,
        "shape": list(site.shape),
        "dtype": site.dtype,
        "calls": site.calls,
        "inplace": site.inplace,
        "judged": site.judged,
        "parameters": {name: str(value) for name, value in site.parameters.items()},
        "curve": curve,
        # few arrays, each of several series: naming every one would take more room than it does
        "steps": _stack(rows, ("first_step", "last_step"), np.int32),
        "series": short(_stack(rows, _SERIES, np.float32)),
        "heat": None if site.heat is None else _heat(site, site.heat, level),
        "dead": _dead(whole, level.dead),
        "inputs": _histograms(site.input_histograms, level.histograms),
        "outputs": _histograms(site.output_histograms, level.histograms),
    }


def _merged(rows: Array, most: int) -> Array:
    if len(rows) <= most:
        return rows
    starts = np.linspace(0, len(rows), most, endpoint=False).astype(int)
    return merge(rows, starts, RULES[SITE_SAMPLE])


def _heat(site: Site, heat: HeatMap, level: Level) -> dict[str, Any]:
    """The heat map with one row a group of units, and when each was last open."""
    times, groups = heat.share.shape
    if not times or not groups:
        return {"share": np.zeros((0, 0), np.uint8)}
    by_time = np.linspace(0, times, min(times, level.times), endpoint=False).astype(int)
    by_group = np.linspace(0, groups, min(groups, level.groups), endpoint=False).astype(int)
    share = heat.share.astype(np.float64)
    share = np.add.reduceat(np.add.reduceat(share, by_time, axis=0), by_group, axis=1)
    cells: Array = np.outer(
        np.diff(np.append(by_time, times)), np.diff(np.append(by_group, groups))
    )
    share /= cells
    ends = np.append(by_time[1:], times) - 1
    first_unit = by_group * heat.unit_group
    return {
        "share": np.rint(share.T).astype(np.uint8),  # a row a group, as it is drawn
        "steps": np.stack([heat.first_step[by_time], heat.last_step[ends]]).astype(np.int32),
        "units": np.stack([first_unit, _last_open(site, first_unit)]).astype(np.int32),
    }


def _last_open(site: Site, first_unit: Array) -> Array:
    statistics = site.statistics
    if statistics is None or len(statistics.last_open) <= first_unit[-1]:
        return np.full(len(first_unit), -1, np.int32)
    return np.maximum.reduceat(statistics.last_open, first_unit).astype(np.int32)


def _dead(whole: Site, most: int) -> dict[str, Any]:
    """The dead units, those that died first before the others."""
    units = dead_units_of(whole)
    statistics = whole.statistics
    if statistics is None or not len(units):
        return {"count": 0}
    last = statistics.last_open[units]
    order = np.argsort(last, kind="stable")[:most]
    chosen = units[order]
    seen = np.maximum(statistics.inputs[chosen], 1)
    return {
        "count": len(units),
        "units": np.stack(
            [chosen, last[order], statistics.first_open[chosen], statistics.closed_run[chosen]]
        ).astype(np.int32),
        "open_share": short(statistics.open_inputs[chosen] / seen),
    }


def _histograms(rows: Array, most: int) -> dict[str, Any]:
    if len(rows) > most:
        kept = np.unique(np.linspace(0, len(rows) - 1, most).round().astype(int))
        rows = rows[kept]
    return {
        "places": short(_stack(rows, _PLACES, np.float32)),
        "beside": _stack(rows, _BESIDE, np.uint32),
        "counts": rows["counts"],
    }
