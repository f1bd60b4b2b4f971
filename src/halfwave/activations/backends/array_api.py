"""Any other array that follows the array API standard."""

# ruff: noqa: D102 - the methods are described in base.py
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .base import ELEMENTARY, Primitives
from .common import check_axis, evaluate, evaluate_derivative, evaluate_vjp, refuse_dtype

if TYPE_CHECKING:
    from halfwave.activations.record import Activation

__all__ = ["StandardPrimitives", "derivative", "value", "vjp"]


class StandardPrimitives(Primitives):
    """The functions of one array namespace, on arrays like ``x``."""

    def __init__(self, xp: Any, x: Any) -> None:
        self._xp = xp
        for name in ELEMENTARY:
            setattr(self, name, getattr(xp, "atan" if name == "arctan" else name))
        self._dtype = x.dtype
        self._device = x.device
        wide = x.dtype == xp.float64
        self.bits = 53 if wide else 24
        self.deep = 600.0 if wide else 70.0
        self.far = 1e90 if wide else 1e9
        self._veltkamp = 2.0**27 + 1.0 if wide else 2.0**12 + 1.0

    def _array(self, value: Any) -> Any:
        if not isinstance(value, (int, float)):
            return value
        return self._xp.asarray(value, dtype=self._dtype, device=self._device)

    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        return self._xp.where(condition, self._array(yes), self._array(no))

    def full_like(self, x: Any, value: float) -> Any:
        return self._xp.full_like(x, value)

    def minimum(self, x: Any, y: Any) -> Any:
        return self._xp.minimum(self._array(x), self._array(y))

    def maximum(self, x: Any, y: Any) -> Any:
        return self._xp.maximum(self._array(x), self._array(y))

    def split(self, x: Any) -> Any:
        shifted = self._veltkamp * x
        return shifted - (shifted - x)

    def sum(self, x: Any, axis: int) -> Any:
        return self._xp.sum(x, axis=axis, keepdims=True)

    def max(self, x: Any, axis: int) -> Any:
        if x.shape[axis] == 0:
            return self.sum(x, axis)  # nothing comes of it
        return self._xp.max(x, axis=axis, keepdims=True)

    def sort(self, x: Any, axis: int) -> Any:
        return self._xp.sort(x, axis=axis)

    def cumsum(self, x: Any, axis: int) -> Any:
        return self._xp.cumulative_sum(x, axis=axis)

    def concat(self, parts: list[Any], axis: int) -> Any:
        return self._xp.concat(parts, axis=axis)

    def reshape(self, x: Any, shape: tuple[int, ...]) -> Any:
        return self._xp.reshape(x, shape)

    def arange_like(self, x: Any, axis: int) -> Any:
        shape = [1] * x.ndim
        shape[axis] = x.shape[axis]
        count = self._xp.arange(1, x.shape[axis] + 1, dtype=self._dtype, device=self._device)
        return self._xp.reshape(count, tuple(shape))


def value(record: Activation, x: Any, parameters: dict[str, Any]) -> Any:
    """Return f(x)."""
    check_axis(record, x.shape, parameters)
    m, xp, dtype, (a,), p = _working(record, parameters, x)
    return xp.astype(evaluate(record, m, a, p), dtype)


def derivative(
    record: Activation, x: Any, at_kink: float | None, parameters: dict[str, Any]
) -> Any:
    """Return f′(x)."""
    m, xp, dtype, (a,), p = _working(record, parameters, x)
    return xp.astype(evaluate_derivative(record, m, a, at_kink, p), dtype)


def vjp(record: Activation, x: Any, g: Any, parameters: dict[str, Any]) -> Any:
    """Return ``g`` carried back through f at ``x``."""
    check_axis(record, x.shape, parameters)
    m, xp, dtype, (a, upstream), p = _working(record, parameters, x, g)
    return xp.astype(evaluate_vjp(record, m, a, upstream, p), dtype)


def _working(
    record: Activation, parameters: dict[str, Any], x: Any, *others: Any
) -> tuple[StandardPrimitives, Any, Any, tuple[Any, ...], dict[str, Any]]:
    """Primitives, namespace, result dtype, arrays and parameters; all in float64 inside."""
    xp = x.__array_namespace__()
    if xp.isdtype(x.dtype, "integral"):
        dtype = xp.float64
    elif xp.isdtype(x.dtype, "real floating"):
        dtype = x.dtype
    else:
        raise refuse_dtype(record, x.dtype)

    def wide(value: Any) -> Any:
        return xp.astype(value, xp.float64) if hasattr(value, "dtype") else value

    a = wide(x)
    p = {name: wide(value) for name, value in parameters.items()}
    return StandardPrimitives(xp, a), xp, dtype, (a, *(wide(o) for o in others)), p
