"""One site of several ranks: totals add, series are pooled."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from halfwave.recording.model import HeatMap, Site, UnitStatistics

from .rows import bins_of, pooled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfwave.recording.model import Array

__all__ = ["merge_site", "merge_statistics"]

_SUMS: Final = (
    "inputs",
    "elements",
    "open_inputs",
    "open_elements",
    "zeros",
    "total",
    "total_abs",
    "total_square",
    "nonfinite",
    "grad_elements",
    "grad_square",
    "grad_zeros",
)


def merge_site(sites: Sequence[Site]) -> Site:
    """Merge what several ranks saw of one site, all of as many units.

    Histograms are those of the first; where it has none, of the next.
    """
    first = sites[0]
    if len(sites) == 1:
        return first
    return replace(
        first,
        calls=sum(site.calls for site in sites),
        inplace=any(site.inplace for site in sites),
        training=_phase(sites, [site.training for site in sites]),
        evaluation=_phase(sites, [site.evaluation for site in sites]),
        samples=pooled([site.samples for site in sites]),
        initial=pooled([site.initial for site in sites]),
        heat=_heat([site.heat for site in sites if site.heat is not None]),
        input_histograms=_first_filled([site.input_histograms for site in sites]),
        output_histograms=_first_filled([site.output_histograms for site in sites]),
    )


def _phase(
    sites: Sequence[Site], statistics: Sequence[UnitStatistics | None]
) -> UnitStatistics | None:
    both = [(s, site.samples) for site, s in zip(sites, statistics, strict=True) if s is not None]
    if not both:
        return None
    return merge_statistics([s for s, _ in both], [samples for _, samples in both])


def merge_statistics(
    statistics: Sequence[UnitStatistics], samples: Sequence[Array]
) -> UnitStatistics:
    """Add the totals of several ranks.

    Parameters
    ----------
    statistics : sequence of UnitStatistics
        One a rank, of as many units.
    samples : sequence of structured arrays
        The site's samples on those ranks: they tell how many inputs a rank saw
        after the step at which another saw a unit open.
    """
    if len(statistics) == 1:
        return statistics[0]

    def stacked(name: str) -> Array:
        return np.stack([getattr(s, name) for s in statistics])

    columns = {name: stacked(name).sum(axis=0) for name in _SUMS}
    first_open, last_open = stacked("first_open"), stacked("last_open")
    never = np.iinfo(np.int64).max
    earliest = np.where(first_open < 0, never, first_open).min(axis=0)
    latest = last_open.max(axis=0)
    return UnitStatistics(
        **columns,
        absmax=np.fmax.reduce(stacked("absmax"), axis=0),
        first_open=np.where(earliest == never, -1, earliest),
        last_open=latest,
        closed_run=_closed_run(stacked("closed_run"), last_open, latest, samples),
    )


def _closed_run(runs: Array, last_open: Array, latest: Array, samples: Sequence[Array]) -> Array:
    """Inputs seen since a unit was last open on any rank: at least so many.

    A rank that saw it open before another did has counted from then on; of its
    count, only what its samples show to lie after the later step is taken.
    """
    total = np.zeros_like(latest)
    for run, last, rows in zip(runs, last_open, samples, strict=True):
        if len(rows):
            # inputs in rows that begin after a step, for every step
            firsts = rows["first_step"]
            after = np.append(np.cumsum(rows["inputs"][::-1])[::-1], 0)
            later = after[np.searchsorted(firsts, latest, side="right")]
        else:
            later = np.zeros_like(latest)
        total += np.where((last == latest) | (latest < 0), run, np.minimum(run, later))
    return total


def _heat(maps: Sequence[HeatMap]) -> HeatMap | None:
    """Mean shares, each row of a rank counting alike."""
    if len(maps) < 2:
        return maps[0] if maps else None
    same = [heat for heat in maps if heat.share.shape[1] == maps[0].share.shape[1]]
    times = np.dtype([("first_step", "<i8"), ("last_step", "<i8")])
    series: list[Array] = []
    for heat in same:
        rows = np.zeros(len(heat.first_step), times)
        rows["first_step"], rows["last_step"] = heat.first_step, heat.last_step
        series.append(rows)
    bins, rows = bins_of(series), np.concatenate(series)
    rows = rows[bins.order]
    if not len(rows):
        return same[0]
    shares = np.concatenate([heat.share for heat in same]).astype(np.float64)[bins.order]
    sizes = np.diff(np.append(bins.starts, len(rows)))
    mean = np.add.reduceat(shares, bins.starts, axis=0) / sizes[:, None]
    return HeatMap(
        share=np.rint(mean).astype(np.uint8),
        first_step=rows["first_step"][bins.starts],
        last_step=np.maximum.reduceat(rows["last_step"], bins.starts),
        unit_group=same[0].unit_group,
    )


def _first_filled(histograms: Sequence[Array]) -> Array:
    return next((rows for rows in histograms if len(rows)), histograms[0])
