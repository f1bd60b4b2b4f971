"""Series of several ranks to one series: rows of the same steps become one row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from halfwave.recording.merging import RULES, merge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfwave.recording.model import Array

__all__ = ["Bins", "bins_of", "one_series", "pooled"]

#: Columns that are the last value of a row: of several ranks, their mean.
_LAST: Final = "last"


class Bins(NamedTuple):
    """Which rows of all ranks, put one after the other, go together."""

    order: Array  # rows in the order of time
    starts: Array  # where in that order each bin begins
    rank: Array  # of each row in that order: which series it came from


def bins_of(series: Sequence[Array]) -> Bins:
    """Put rows together that cover the same steps.

    A bin is opened by the row that begins first and takes in the rows whose
    middle lies in the steps that this one covers: bins never grow, so rows of
    ranks that watched different steps stay apart.

    Parameters
    ----------
    series : sequence of structured arrays
        One a rank, with ``first_step`` and ``last_step``.
    """
    first = np.concatenate([rows["first_step"] for rows in series])
    last = np.concatenate([rows["last_step"] for rows in series])
    ranks = np.repeat(np.arange(len(series)), [len(rows) for rows in series])
    order = np.lexsort((ranks, -last, first))
    middles = (first + last) / 2
    bins: list[list[int]] = []
    end = -1  # last step that the bin's first row covers
    for row in order.tolist():
        if bins and middles[row] <= end:
            bins[-1].append(row)
        else:
            bins.append([row])
            end = int(last[row])
    sizes = np.array([len(rows) for rows in bins], np.int64)
    together = np.array([row for rows in bins for row in rows], np.int64)
    starts = np.cumsum(sizes) - sizes
    return Bins(together, starts, ranks[together])


def pooled(series: Sequence[Array]) -> Array:
    """Merge the series of several ranks: every rank saw other inputs.

    Parameters
    ----------
    series : sequence of structured arrays
        One a rank, of one of the ``*_SAMPLE`` dtypes.

    Returns
    -------
    structured array
        In the order of time; a row where any rank has one.
    """
    filled = [rows for rows in series if len(rows)]
    if len(filled) < 2:
        return filled[0] if filled else series[0]
    dtype = filled[0].dtype
    wide = np.dtype([(n, "<f8" if dtype[n].kind == "f" else "<i8") for n in dtype.names or ()])
    bins = bins_of(filled)
    rows = np.concatenate(filled).astype(wide)[bins.order]
    merged = merge(rows, bins.starts, RULES[dtype])
    # within a bin the rows stand by where they begin, not by where they end
    merged["last_step"] = np.maximum.reduceat(rows["last_step"], bins.starts)
    if _LAST in (dtype.names or ()):
        sizes = np.diff(np.append(bins.starts, len(rows)))
        with np.errstate(invalid="ignore", over="ignore"):
            mean = np.add.reduceat(rows[_LAST], bins.starts) / sizes
        merged[_LAST] = np.where(sizes > 1, mean, rows[_LAST][bins.starts])
    with np.errstate(over="ignore"):
        return merged.astype(dtype)


def one_series(series: Sequence[Array]) -> Array:
    """Merge the series of something that is the same on every rank.

    Of rows that cover the same steps the lowest rank's is kept; steps that it
    did not watch are filled in from the others.
    """
    filled = [rows for rows in series if len(rows)]
    if len(filled) < 2:
        return filled[0] if filled else series[0]
    bins = bins_of(filled)
    ends = np.append(bins.starts[1:], len(bins.order))
    chosen: list[int] = []
    for start, end in zip(bins.starts.tolist(), ends.tolist(), strict=True):
        ranks = bins.rank[start:end]
        chosen += bins.order[start:end][ranks == ranks.min()].tolist()
    return np.concatenate(filled)[chosen]
