"""A quantity at every depth of the network, at some steps of the run. Needs no matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from halfwave.recording import Array, Parameter, Site

__all__ = ["by_depth", "chosen_steps", "parameters_by_depth", "samples_of"]

#: A sample stands for a step if the steps, counted from 1, are not further apart than this.
_NEAR: Final = 1.6


def samples_of(site: Site) -> Array:
    """The samples of a site with its very first one by itself, where it has been merged since."""
    rows, first = site.samples, site.initial
    if len(first) and len(rows) and rows["last_step"][0] > first["last_step"][0]:
        return np.concatenate([first[:1], rows])
    return rows


def chosen_steps(series: Iterable[Array], most: int = 6) -> list[int]:
    """Choose steps that were watched: the first, the last, and some spread by their logarithm.

    Parameters
    ----------
    series : iterable of structured arrays
        The samples of sites or parameters.
    most : int
        How many at most; at least 2.

    Examples
    --------
    >>> import numpy as np
    >>> from halfwave.recording import SITE_SAMPLE
    >>> rows = np.zeros(1000, SITE_SAMPLE)
    >>> rows["last_step"] = np.arange(1000)
    >>> chosen_steps([rows], 4)
    [0, 9, 99, 999]
    """
    seen = [np.asarray(rows["last_step"], np.int64) for rows in series if len(rows)]
    if not seen:
        return []
    steps = np.unique(np.concatenate(seen))
    steps = steps[steps >= 0]
    if not len(steps):
        return []
    wanted = np.geomspace(steps[0] + 1.0, steps[-1] + 1.0, max(most, 2))
    right = np.clip(np.searchsorted(steps + 1.0, wanted), 0, len(steps) - 1)
    left = np.maximum(right - 1, 0)
    nearer_left = np.abs(np.log(wanted / (steps[left] + 1.0))) < np.abs(
        np.log((steps[right] + 1.0) / wanted)
    )
    picked = np.where(nearer_left, steps[left], steps[right])
    return sorted({int(step) for step in picked})


def by_depth(
    sites: Sequence[Site], columns: Sequence[str], steps: Sequence[int]
) -> dict[str, Array]:
    """Columns of SITE_SAMPLE at every site, each float64 (steps, sites).

    NaN stands where nothing was sampled near that step.
    """
    return _stacked([samples_of(site) for site in sites], columns, steps)


def parameters_by_depth(
    parameters: Sequence[Parameter], columns: Sequence[str], steps: Sequence[int]
) -> dict[str, Array]:
    """Columns of PARAMETER_SAMPLE at every parameter, each float64 (steps, parameters)."""
    return _stacked([parameter.samples for parameter in parameters], columns, steps)


def _stacked(
    series: Sequence[Array], columns: Sequence[str], steps: Sequence[int]
) -> dict[str, Array]:
    found = {column: np.full((len(steps), len(series)), np.nan) for column in columns}
    wanted = np.log(np.asarray(steps, np.float64) + 1.0)
    for place, rows in enumerate(series):
        if not len(rows):
            continue
        at, near = _nearest(rows, wanted)
        for column, values in found.items():
            values[near, place] = rows[column][at[near]]
    return found


def _nearest(rows: Array, wanted: Array) -> tuple[Array, Array]:
    """For each step (its logarithm, counted from 1) the nearest row, and whether it is near."""
    first = np.log(np.maximum(rows["first_step"] + 1.0, 1.0))
    last = np.log(np.maximum(rows["last_step"] + 1.0, 1.0))
    # 0 inside a row; outside, the ratio of the steps
    after = wanted[:, None] - last[None, :]
    before = first[None, :] - wanted[:, None]
    distance = np.maximum(np.maximum(after, before), 0.0)
    at = distance.argmin(axis=1)
    return at, distance[np.arange(len(wanted)), at] <= np.log(_NEAR)
