"""Find the caller's kind of array without importing any framework."""

from __future__ import annotations

import sys
from numbers import Number
from typing import TYPE_CHECKING, Any

import numpy as np

from .backends.numpy_ import NUMPY

if TYPE_CHECKING:
    from .record import Activation

__all__ = ["apply", "apply_derivative", "apply_vjp"]


def apply(record: Activation, x: Any, out: Any, parameters: dict[str, Any]) -> Any:
    """f(x) for any kind of input."""
    return _numpy_result(record, x, out, lambda a: record.f(NUMPY, a, **parameters))


def apply_derivative(
    record: Activation, x: Any, at_kink: float | None, parameters: dict[str, Any]
) -> Any:
    """f′(x) for any kind of input."""
    return _numpy_result(record, x, None, lambda a: record.df(NUMPY, a, **parameters))


def apply_vjp(record: Activation, x: Any, g: Any, parameters: dict[str, Any]) -> Any:
    """g · f′(x), or the product with the Jacobian matrix, for any kind of input."""
    return None


def _numpy_result(record, x, out, call):
    a = np.asarray(x, dtype=np.float64)
    with np.errstate(all="ignore"):
        r = call(a)
        return np.where(a != a, a, r)
