"""Which inputs of a site a picture of its activation shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from halfwave.recording import Array, Site

__all__ = ["input_range"]

#: A picture shows all inputs but this share at either end, and at least −3 … 3.
_TAIL: Final = 0.01
_LEAST: Final = 3.0
_MOST: Final = 1e4


def input_range(site: Site) -> tuple[float, float]:
    """From where to where the inputs lay at any of the recorded steps.

    Returns
    -------
    low, high : float
        Low is −3 at most, high is 3 at least; a few inputs that lie far off
        are left out, or all others would stand in one place.
    """
    low, high = -_LEAST, _LEAST
    for row in site.input_histograms:
        start, end = _middle(row)
        low, high = min(low, start), max(high, end)
    return max(low, -_MOST), min(high, _MOST)


def _middle(row: Array) -> tuple[float, float]:
    low, high = float(row["low"]), float(row["high"])
    counts = row["counts"].astype(np.float64)
    total = counts.sum() + float(row["below"]) + float(row["above"]) + float(row["zeros"])
    if not (np.isfinite(low) and np.isfinite(high) and low < high and total > 0):
        return 0.0, 0.0
    edges = np.linspace(low / 2, high / 2, len(counts) + 1) * 2
    before = float(row["below"]) + np.append(0.0, np.cumsum(counts))
    after = float(row["above"]) + np.append(np.cumsum(counts[::-1])[::-1], 0.0)
    # exact zeros are in no bin: they are inside wherever 0 is
    kept_low = edges[max(int(np.searchsorted(before, _TAIL * total, side="right")) - 1, 0)]
    last = int(np.searchsorted(-after, -_TAIL * total, side="left"))
    kept_high = edges[min(last, len(edges) - 1)]
    return float(kept_low), float(kept_high)
