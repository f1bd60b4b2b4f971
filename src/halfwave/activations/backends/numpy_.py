"""NumPy arrays and Python numbers, computed in float64."""

# ruff: noqa: D102 - the methods are described in base.py
from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .base import Primitives
from .common import check_axis, evaluate, evaluate_derivative, evaluate_vjp, refuse_dtype

if TYPE_CHECKING:
    from halfwave.activations.record import Activation

__all__ = ["NUMPY", "NumpyPrimitives", "derivative", "value", "value_into", "vjp"]

_VELTKAMP: Final = 2.0**27 + 1.0


class NumpyPrimitives(Primitives, namespace=np):
    """NumPy's own functions; the caller converts to float64 and back."""

    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        return np.where(condition, yes, no)

    def minimum(self, x: Any, y: Any) -> Any:
        return np.minimum(x, y)

    def maximum(self, x: Any, y: Any) -> Any:
        return np.maximum(x, y)

    def full_like(self, x: Any, value: float) -> Any:
        return np.full(np.shape(x), value)

    def split(self, x: Any) -> Any:
        shifted = _VELTKAMP * x
        return shifted - (shifted - x)

    def sum(self, x: Any, axis: int) -> Any:
        return np.sum(x, axis=axis, keepdims=True)

    def max(self, x: Any, axis: int) -> Any:
        if x.shape[axis] == 0:
            return self.sum(x, axis)  # nothing comes of it
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


NUMPY: Final = NumpyPrimitives()


def value(record: Activation, x: Any, parameters: dict[str, Any]) -> Any:
    """Return f(x) for a Python number, a NumPy scalar or array."""
    a = _working(record, x)
    check_axis(record, a.shape, parameters)
    with np.errstate(all="ignore"):
        return _like(x, evaluate(record, NUMPY, a, _arrays(parameters)))


def value_into(record: Activation, x: Any, out: Any, parameters: dict[str, Any]) -> Any:
    """Return f(x) written to the array ``out``, which is returned."""
    if not isinstance(out, np.ndarray):
        raise TypeError(f"{record.name}: out must be a NumPy array, not {type(out).__name__}")
    y = np.asarray(value(record, x, parameters))
    if y.shape != out.shape:
        raise ValueError(f"{record.name}: out has shape {out.shape}, the result {y.shape}")
    if not np.can_cast(y.dtype, out.dtype, "same_kind"):
        raise TypeError(f"{record.name}: out is of {out.dtype}, which cannot hold {y.dtype}")
    np.copyto(out, y, casting="same_kind")
    return out


def derivative(
    record: Activation, x: Any, at_kink: float | None, parameters: dict[str, Any]
) -> Any:
    """Return f′(x) for a Python number, a NumPy scalar or array."""
    a = _working(record, x)
    with np.errstate(all="ignore"):
        return _like(x, evaluate_derivative(record, NUMPY, a, at_kink, _arrays(parameters)))


def vjp(record: Activation, x: Any, g: Any, parameters: dict[str, Any]) -> Any:
    """Return ``g`` carried back through f at ``x``."""
    a = _working(record, x)
    check_axis(record, a.shape, parameters)
    with np.errstate(all="ignore"):
        upstream = _working(record, g)
        return _like(x, evaluate_vjp(record, NUMPY, a, upstream, _arrays(parameters)))


def _working(record: Activation, x: Any) -> Any:
    """The input as a float64 array."""
    if isinstance(x, bool):
        raise TypeError(f"{record.name} takes a real number, not the truth value {x!r}")
    if isinstance(x, (int, float)):
        try:
            return np.asarray(float(x))
        except OverflowError:
            raise ValueError(
                f"{record.name}: x is an integer of {int(x).bit_length()} bits, beyond the"
                " largest float"
            ) from None
    # naming np.ma imports it, which takes as long as everything else of a first call
    if "numpy.ma" in sys.modules and isinstance(x, np.ma.MaskedArray):
        raise TypeError(f"{record.name} would lose the mask of x: use x.filled(…) or x.data")
    a = np.asarray(x)
    if a.dtype.kind not in "fiu" or a.dtype.itemsize > 8:
        raise refuse_dtype(record, a.dtype)
    with np.errstate(all="ignore"):  # a signalling nan is nobody's business
        return a.astype(np.float64, copy=False)


def _like(x: Any, y: Any) -> Any:
    """The result in the kind of the input: float, NumPy scalar or array, and its dtype."""
    if isinstance(x, np.generic):  # np.float64 is a float too, so this comes first
        return _round(y, x.dtype)[()]
    if isinstance(x, (int, float)):
        return float(y)
    return _round(np.asarray(y), x.dtype)


def _round(y: Any, dtype: Any) -> Any:
    """Rounded to ``dtype``; float16 by way of float32, as the frameworks do."""
    if dtype.kind != "f":
        return y
    if dtype.itemsize == 2:
        y = y.astype(np.float32)
    return y.astype(dtype, copy=False)


def _arrays(parameters: dict[str, Any]) -> dict[str, Any]:
    """Parameters that are arrays, in float64."""
    return {
        name: np.asarray(value, dtype=np.float64) if hasattr(value, "dtype") else value
        for name, value in parameters.items()
    }
