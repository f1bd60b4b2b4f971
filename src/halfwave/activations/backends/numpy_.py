"""Primitives on NumPy arrays, always in float64."""

from __future__ import annotations

from typing import Any

import numpy as np

from .base import Primitives

__all__ = ["NUMPY", "NumpyPrimitives"]

_VELTKAMP = 2.0**27 + 1.0


class NumpyPrimitives(Primitives):
    """NumPy's own functions; the caller converts to float64 and back."""

    exp = staticmethod(np.exp)
    expm1 = staticmethod(np.expm1)
    log = staticmethod(np.log)
    log1p = staticmethod(np.log1p)
    sqrt = staticmethod(np.sqrt)
    abs = staticmethod(np.abs)
    tanh = staticmethod(np.tanh)
    sin = staticmethod(np.sin)
    cos = staticmethod(np.cos)
    arctan = staticmethod(np.arctan)
    minimum = staticmethod(np.minimum)
    maximum = staticmethod(np.maximum)
    where = staticmethod(np.where)

    def full_like(self, x: Any, value: float) -> Any:
        return np.full(np.shape(x), value)

    def split(self, x: Any) -> Any:
        shifted = _VELTKAMP * x
        return shifted - (shifted - x)

    def sum(self, x: Any, axis: int) -> Any:
        return np.sum(x, axis=axis, keepdims=True)

    def max(self, x: Any, axis: int) -> Any:
        return np.max(x, axis=axis, keepdims=True)

    def sort(self, x: Any, axis: int) -> Any:
        return np.sort(x, axis=axis)

    def cumsum(self, x: Any, axis: int) -> Any:
        return np.cumsum(x, axis=axis)

    def concat(self, parts: list[Any], axis: int) -> Any:
        return np.concatenate(parts, axis=axis)

    def reshape(self, x: Any, shape: tuple[int, ...]) -> Any:
        return np.reshape(x, shape)

    def arange_like(self, x: Any, axis: int) -> Any:
        shape = [1] * x.ndim
        shape[axis] = x.shape[axis]
        return np.arange(1.0, x.shape[axis] + 1.0).reshape(shape)


NUMPY = NumpyPrimitives()
