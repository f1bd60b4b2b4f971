"""The extremes of a function whose parameters leave no closed form for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .backends.numpy_ import NUMPY

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["highest", "lowest", "steepest"]

_POSITIVE: Final = np.concatenate([np.linspace(0.0, 60.0, 24_001), np.geomspace(61.0, 1e6, 500)])
_GRID: Final = np.concatenate([-_POSITIVE[:0:-1], _POSITIVE])
_ROUNDS: Final = 6


def highest(f: Callable[..., Any], parameters: Any) -> float:
    """Return the largest value of ``f(m, x, **parameters)`` that is reached for finite x.

    Parameters
    ----------
    f
        The ``f`` or ``df`` of a record.
    parameters
        A namespace with the parameters as numbers.

    Notes
    -----
    A grid is searched, then ever finer grids about the best point. A limit
    for x → ±∞ is found to the accuracy with which f comes near it at ±1e6.
    """
    points = _GRID
    best = -np.inf
    for _ in range(_ROUNDS):
        with np.errstate(all="ignore"):
            y = np.asarray(f(NUMPY, points, **vars(parameters)))
        at = int(np.nanargmax(y))
        best = max(best, float(y[at]))
        points = np.linspace(points[max(at - 1, 0)], points[min(at + 1, len(points) - 1)], 401)
    return best


def lowest(f: Callable[..., Any], parameters: Any) -> float:
    """Return the smallest value; see :func:`highest`."""

    def negative(m: Any, x: Any, **values: Any) -> Any:
        return -f(m, x, **values)

    return -highest(negative, parameters)


def steepest(df: Callable[..., Any], parameters: Any) -> float:
    """Return the largest absolute value; see :func:`highest`."""

    def absolute(m: Any, x: Any, **values: Any) -> Any:
        return m.abs(df(m, x, **values))

    return highest(absolute, parameters)
