"""A figure over the steps of a run, kept in bounded space."""

from __future__ import annotations

import math
from typing import Any, Final

__all__ = ["Curve"]

_MOST: Final = 512
#: Of a run, so much counts as its end.
_END: Final = 0.05


class Curve:
    """Sums of a figure in rows of neighbouring steps; merged two by two when they get many.

    A row is [first step, last step, weight, weighted sum, labels met, labels].
    """

    def __init__(self) -> None:
        self.rows: list[list[float]] = []
        self._span = 1  # values a row
        self._taken = 0

    def add(self, step: int, value: float, weight: float, met: float, labels: float) -> None:
        """Add one value."""
        row = [step, step, weight, value * weight, met, labels]
        if self.rows and self._taken < self._span:
            self._merge(self.rows[-1], row)
            self._taken += 1
            return
        if len(self.rows) >= _MOST:
            self._halve()
        self.rows.append(row)
        self._taken = 1

    @staticmethod
    def _merge(into: list[float], row: list[float]) -> None:
        into[1] = row[1]
        for at in range(2, 6):
            into[at] += row[at]

    def _halve(self) -> None:
        for left, right in zip(self.rows[::2], self.rows[1::2], strict=False):
            self._merge(left, right)
        self.rows = self.rows[::2]
        self._span *= 2

    def means(self) -> list[tuple[float, float, float]]:
        """Return (step, mean of the figure, share of labels met) of every row."""
        return [
            ((first + last) / 2, total / weight if weight else math.nan, _share(met, labels))
            for first, last, weight, total, met, labels in self.rows
        ]

    def summary(self, *, passes: bool) -> dict[str, Any]:
        """Return the final and the best value, of the figure and of the share of labels.

        Parameters
        ----------
        passes
            Every row is a pass of its own: the last one is final. Otherwise the
            last twentieth of the rows is, and the best is the best such stretch.
        """
        width = 1 if passes else max(1, math.ceil(len(self.rows) * _END))
        stretches = [
            _total(self.rows[start : start + width])
            for start in range(max(len(self.rows) - width + 1, 1))
        ]
        values = [value for value, _ in stretches]
        shares = [share for _, share in stretches if not math.isnan(share)]
        return {
            "loss": values[-1],
            "best_loss": min((v for v in values if math.isfinite(v)), default=math.nan),
            "accuracy": stretches[-1][1],
            "best_accuracy": max(shares, default=math.nan),
        }


def _total(rows: list[list[float]]) -> tuple[float, float]:
    weight, total, met, labels = (sum(row[at] for row in rows) for at in range(2, 6))
    return (total / weight if weight else math.nan), _share(met, labels)


def _share(met: float, labels: float) -> float:
    return met / labels if labels else math.nan
