"""The open share of every unit over time, at bounded resolution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .model import HeatMap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .model import Array

__all__ = ["HeatSeries"]


class HeatSeries:
    """Build a `HeatMap` of at most ``capacity`` × ``max_groups`` cells.

    Parameters
    ----------
    units : int
        Units of the site.
    capacity : int, default 64
        The most rows (times); at least 2. When they are full, neighbours are
        merged and from then on twice as many samples make one row.
    max_groups : int, default 512
        The most columns; a site with more units has neighbours put together.

    Examples
    --------
    >>> import numpy as np
    >>> from halfwave.recording import HeatSeries
    >>> series = HeatSeries(units=3)
    >>> series.append(0, np.array([0.0, 0.5, 1.0]))
    >>> series.map.share.tolist()
    [[0, 128, 255]]
    """

    def __init__(self, units: int, capacity: int = 64, max_groups: int = 512) -> None:
        if units < 1 or capacity < 2 or max_groups < 1:
            raise ValueError(
                "a heat map needs units and max_groups of at least 1 and a capacity of at least 2, "
                f"not {units}, {max_groups} and {capacity}"
            )
        self.units = units
        self.capacity = capacity
        #: Samples that one full row covers.
        self.interval = 1
        self._group = -(-units // max_groups)
        self._starts = np.arange(0, units, self._group)
        self._sizes = np.diff(np.append(self._starts, units))
        self._shares = np.zeros((capacity, len(self._starts)))
        self._first = np.zeros(capacity, np.int64)
        self._last = np.zeros(capacity, np.int64)
        self._samples = np.zeros(capacity, np.int64)
        self._rows = 0

    def append(self, step: int, open_share: Array) -> None:
        """Add one sample: the share (0…1) of inputs on which each unit was open.

        Raises
        ------
        ValueError
            ``open_share`` is not of shape (units,).
        """
        self.extend([step], np.asarray(open_share, np.float64)[None])

    def extend(self, steps: Sequence[int] | Array, open_shares: Array) -> None:
        """Add several samples, shape (steps, units), oldest first.

        Raises
        ------
        ValueError
            ``open_shares`` is not of that shape.
        """
        values = np.asarray(open_shares, np.float64)
        if values.shape != (len(steps), self.units):
            shape = values.shape[1:] if len(steps) == 1 else values.shape
            raise ValueError(f"shares of shape {shape} for {self.units} units")
        values = np.fmin(np.fmax(values, 0.0), 1.0)  # NaN becomes 0
        done = 0
        while done < len(values):
            row = self._row(int(steps[done]))
            more = values[done : done + self.interval - int(self._samples[row])]
            done += len(more)
            self._samples[row] += len(more)
            total = more.sum(axis=0)  # over time first: what is left to be grouped is one row
            if self._group > 1:
                total = np.add.reduceat(total, self._starts) / self._sizes
            self._shares[row] += (total - len(more) * self._shares[row]) / self._samples[row]
            self._last[row] = steps[done - 1]

    def _row(self, step: int) -> int:
        """Return the row that has room for a sample, a fresh one from `step` on if need be."""
        if self._rows and self._samples[self._rows - 1] < self.interval:
            return self._rows - 1
        if self._rows == self.capacity:
            self._halve()
            if self._samples[self._rows - 1] < self.interval:
                return self._rows - 1
        row = self._rows
        self._rows += 1
        self._shares[row] = 0.0
        self._samples[row] = 0
        self._first[row] = step
        return row

    @property
    def map(self) -> HeatMap:
        """What has been seen so far; new arrays."""
        shown = slice(self._rows)
        return HeatMap(
            share=np.rint(self._shares[shown] * 255).astype(np.uint8),
            first_step=self._first[shown].copy(),
            last_step=self._last[shown].copy(),
            unit_group=self._group,
        )

    def _halve(self) -> None:
        """Merge rows two by two; an odd last one stays and is filled up later."""
        self.interval *= 2
        starts = np.arange(0, self._rows, 2)
        ends = np.minimum(starts + 1, self._rows - 1)
        samples = np.add.reduceat(self._samples[: self._rows], starts)
        weighted = self._shares[: self._rows] * self._samples[: self._rows, None]
        kept = len(starts)
        self._shares[:kept] = np.add.reduceat(weighted, starts) / samples[:, None]
        self._first[:kept] = self._first[starts]
        self._last[:kept] = self._last[ends]
        self._samples[:kept] = samples
        self._rows = kept
