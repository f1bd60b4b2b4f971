"""A series of samples that never outgrows its bound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .merging import RULES, merge

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .model import Array

__all__ = ["Series"]

#: Samples that are kept as they came before they are merged in one go.
_BATCH: Final = 256


class Series:
    """Samples of a run of any length in at most ``capacity`` rows.

    When the rows are full, neighbours are merged two by two and from then on
    twice as many samples make one row, so all full rows cover equally many
    samples; only the last may cover fewer.

    Parameters
    ----------
    dtype : numpy.dtype
        One of the ``*_SAMPLE`` dtypes; it decides how columns are merged.
    capacity : int
        The most rows there ever are; at least 2.

    Examples
    --------
    >>> from halfwave.recording import RATE_SAMPLE, Series
    >>> series = Series(RATE_SAMPLE, 4)
    >>> for step in range(6):
    ...     series.append((step, step, 0.1 * step, 0.1 * step, 0.1 * step))
    >>> series.interval
    2
    >>> series.rows["first_step"].tolist()
    [0, 2, 4]
    """

    def __init__(self, dtype: np.dtype[np.void], capacity: int) -> None:
        if dtype not in RULES:
            raise ValueError(f"no rule says how to merge {dtype}; take one of the *_SAMPLE dtypes")
        if capacity < 2:
            raise ValueError(f"a series needs a capacity of at least 2, not {capacity}")
        self.dtype = dtype
        self.capacity = capacity
        self._interval = 1
        self._rules = RULES[dtype]
        # sums in double precision: a row may be merged thousands of times
        self._wide = np.dtype([(name, _wider(dtype[name])) for name in dtype.names or ()])
        self._blank: dict[str, Any] = {
            name: np.nan if dtype[name].kind == "f" else 0 for name in dtype.names or ()
        }
        self._full = np.zeros(0, self._wide)
        self._partial = np.zeros(0, self._wide)  # one row, or none
        self._partial_samples = 0
        self._batch: list[tuple[Any, ...]] = []

    def append(self, row: Iterable[Any] | None = None, /, **columns: Any) -> None:
        """Add one sample.

        Parameters
        ----------
        row : iterable, optional
            The values in the order of the columns.
        **columns
            Or the values by name; what is not named is NaN, or 0 in a column
            of integers.
        """
        if row is None:
            if not columns.keys() <= self._blank.keys():
                raise ValueError(f"no such column: {sorted(columns.keys() - self._blank.keys())}")
            values = tuple((self._blank | columns).values())
        else:
            values = tuple(row)
            if columns or len(values) != len(self._blank):
                raise ValueError(f"a row has {len(self._blank)} values: {', '.join(self._blank)}")
        self._batch.append(values)
        if len(self._batch) >= _BATCH:
            self._merge_batch()

    @property
    def interval(self) -> int:
        """Samples that one full row covers."""
        self._merge_batch()
        return self._interval

    @property
    def rows(self) -> Array:
        """All samples so far, merged; a new array of the series' dtype."""
        self._merge_batch()
        with np.errstate(over="ignore"):
            return _joined(self._full, self._partial).astype(self.dtype)

    def __len__(self) -> int:
        self._merge_batch()
        return len(self._full) + len(self._partial)

    def _merge_batch(self) -> None:
        if not self._batch:
            return
        fresh = np.array(self._batch, self._wide)
        self._batch.clear()
        rows = _joined(self._partial, fresh)
        samples = np.ones(len(rows), np.int64)
        if self._partial_samples:
            samples[0] = self._partial_samples
        self._take(rows, samples)
        while len(self._full) >= self.capacity:
            self._interval *= 2
            rows = _joined(self._full, self._partial)
            samples = np.full(len(rows), self._interval // 2)
            samples[len(self._full) :] = self._partial_samples
            self._full = self._full[:0]
            self._take(rows, samples)

    def _take(self, rows: Array, samples: Array) -> None:
        """Merge rows of so many samples each; what does not fill a row stays partial."""
        before = np.cumsum(samples) - samples
        owner = before // self._interval
        starts = np.flatnonzero(np.diff(owner, prepend=-1))
        merged = merge(rows, starts, self._rules)
        left = int(samples.sum()) % self._interval
        cut = len(merged) - (left > 0)
        self._full = _joined(self._full, merged[:cut])
        self._partial = merged[cut:]
        self._partial_samples = left


def _joined(first: Array, second: Array) -> Array:
    """Return rows of one dtype together; `numpy.concatenate` asks every field for its type."""
    rows = np.empty(len(first) + len(second), first.dtype)
    rows[: len(first)], rows[len(first) :] = first, second
    return rows


def _wider(dtype: np.dtype[Any]) -> str:
    return "<f8" if dtype.kind == "f" else "<i8"
