"""What is seen of a tensor that a network is given, puts out or should put out.

Of a large tensor some rows are looked at. They are copied, and counted when the
window closes: nothing waits for the device.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from halfwave.observe.around.examples import ExamplesWatch
from halfwave.recording import Values

if TYPE_CHECKING:
    from torch import Tensor

    from halfwave.recording import Array

__all__ = ["Features", "ValuesWatch", "rows_of"]

#: Elements that are copied of one call; calls that wait; different values that are counted.
_ELEMENTS: Final = 1 << 14
_WAITING: Final = 32
_DISTINCT: Final = 64
_FEATURES: Final = 4096


def rows_of(values: Tensor, class_dim: int | None, most: int = _ELEMENTS) -> Tensor:
    """Copy some rows of a tensor, shape (rows, classes): the classes come last.

    Parameters
    ----------
    values : Tensor
        Of any shape; one of one dimension has one class.
    class_dim : int or None
        The dimension of classes or features; None: each element is a row.
    """
    values = values.detach()
    if class_dim is None or values.dim() < 2:
        rows = values.reshape(-1, 1)
        return rows[:: -(-len(rows) // most)].clone()
    classes = max(values.shape[class_dim], 1)
    wanted = max(most // classes, 1)
    if class_dim != 0:
        inner = max(values.numel() // (values.shape[0] * classes), 1)
        # not all of them from the first examples
        values = values[:: max(-(-values.shape[0] * min(inner, 16) // wanted), 1)]
    rows = values.movedim(class_dim, -1).reshape(-1, classes)
    return rows[:: -(-len(rows) // wanted)].clone()


class ValuesWatch:
    """Everything seen of one tensor, call after call.

    Parameters
    ----------
    class_dim : int or None
        The dimension of classes or features.
    compares : bool
        Whether its examples are compared with each other.
    """

    def __init__(self, class_dim: int | None = None, *, compares: bool = False) -> None:
        self.class_dim = class_dim
        self._examples = ExamplesWatch() if compares else None
        self.shape: tuple[int, ...] = ()
        self.dtype = ""
        self.calls = self._constant = 0
        self._elements = self._nonfinite = 0.0
        self._low, self._high = math.inf, -math.inf
        self._total = self._square = 0.0
        self._finite = 0
        self._integral = True
        self._distinct: set[float] | None = set()
        self._row_low, self._row_high = math.inf, -math.inf
        self._waiting: list[tuple[int, Tensor]] = []

    def add(self, values: Tensor) -> None:
        """Look at one call's tensor."""
        if not self.calls:
            self.shape = tuple(values.shape)
            self.dtype = str(values.dtype).removeprefix("torch.")
        self.calls += 1
        if values.numel() and len(self._waiting) < _WAITING:
            dim = self.class_dim
            if dim is not None and not -values.dim() <= dim < values.dim():
                dim = None
            self._waiting.append((values.numel(), rows_of(values, dim)))
        self.compare(values)

    def compare(self, values: Tensor) -> None:
        """See how much the examples of one call differ; the rest has been seen often enough."""
        if self._examples is not None:
            self._examples.add(values)

    def absorb(self) -> list[Array]:
        """Count what waits, and return it."""
        if self._examples is not None:
            self._examples.absorb()
        waiting, self._waiting = self._waiting, []
        found = [_numbers(rows) for _, rows in waiting]
        for (elements, _), rows in zip(waiting, found, strict=True):
            self._count(elements, rows)
        return found

    def _count(self, elements: int, rows: Array) -> None:
        fine = np.isfinite(rows)
        finite = rows[fine]
        self._elements += elements
        self._nonfinite += elements * (1 - len(finite) / rows.size)
        if not len(finite):
            return
        low, high = float(finite.min()), float(finite.max())
        self._low, self._high = min(self._low, low), max(self._high, high)
        self._constant += low == high and elements > 1
        self._finite += len(finite)
        with np.errstate(over="ignore"):
            self._total += float(finite.sum())
            self._square += float((finite * finite).sum())
        self._integral &= bool((finite == np.rint(finite)).all())
        if self._distinct is not None:
            ordered = np.sort(finite)  # np.unique would import numpy.ma
            changes = np.flatnonzero(ordered[1:] != ordered[:-1])[:_DISTINCT]
            self._distinct.update(ordered[[0, *(changes + 1)]].tolist())
            if len(self._distinct) > _DISTINCT:
                self._distinct = None
        if rows.shape[1] > 1 and fine.all():
            sums = rows.sum(axis=1)
            self._row_low = min(self._row_low, float(sums.min()))
            self._row_high = max(self._row_high, float(sums.max()))

    def frozen(self) -> Values:
        """Return what was seen, as the recording holds it."""
        self.absorb()
        some = self._finite > 0
        mean = self._total / self._finite if some else math.nan
        spread = max(self._square / self._finite - mean * mean, 0.0) if some else math.nan
        rows = self._row_low <= self._row_high
        return Values(
            shape=self.shape,
            dtype=self.dtype,
            calls=self.calls,
            elements=self._elements,
            nonfinite=float(round(self._nonfinite)),
            low=self._low if some else math.nan,
            high=self._high if some else math.nan,
            mean=mean,
            std=math.sqrt(spread) if math.isfinite(spread) else math.nan,
            integral=some and self._integral,
            distinct=None if self._distinct is None else len(self._distinct),
            constant_calls=self._constant,
            row_sum_low=self._row_low if rows else math.nan,
            row_sum_high=self._row_high if rows else math.nan,
            **({} if self._examples is None else self._examples.figures()),
        )


class Features:
    """Mean, spread and range of each feature of a network's input."""

    def __init__(self) -> None:
        self._count = 0
        self._total: Array = np.zeros(0)
        self._square: Array = np.zeros(0)
        self.low: Array = np.zeros(0)
        self.high: Array = np.zeros(0)

    def add(self, rows: Array) -> None:
        """Count rows, shape (rows, features); non-finite elements count as 0."""
        features = rows.shape[1]
        if features > _FEATURES or not len(rows):
            return
        if not self._count:
            self._total, self._square = np.zeros(features), np.zeros(features)
            self.low, self.high = np.full(features, math.inf), np.full(features, -math.inf)
        if features != len(self._total):
            return
        rows = np.where(np.isfinite(rows), rows, 0.0)
        self._count += len(rows)
        with np.errstate(over="ignore"):
            self._total += rows.sum(axis=0)
            self._square += (rows * rows).sum(axis=0)
        self.low = np.minimum(self.low, rows.min(axis=0))
        self.high = np.maximum(self.high, rows.max(axis=0))

    @property
    def mean(self) -> Array:
        """Of each feature."""
        return self._total / max(self._count, 1)

    @property
    def std(self) -> Array:
        """Of each feature."""
        with np.errstate(invalid="ignore", over="ignore"):
            return np.sqrt(np.maximum(self._square / max(self._count, 1) - self.mean**2, 0.0))


def _numbers(rows: Tensor) -> Array:
    rows = rows.to(torch.float64) if not rows.is_complex() else rows.abs().to(torch.float64)
    return rows.cpu().numpy()
