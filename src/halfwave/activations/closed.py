"""Where an activation is closed: the inputs whose slope lets next to nothing through."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

    from .properties import Intervals

__all__ = ["CLOSED_SHARE", "closed_intervals"]

#: An input is closed where |f′| is at most this share of the largest |f′|.
CLOSED_SHARE: Final = 1e-3

_Floats = npt.NDArray[np.float64]
_POSITIVE: Final = np.concatenate(
    [np.geomspace(1e-12, 1e-3, 100), np.linspace(2e-3, 60.0, 6000), np.geomspace(61, 1e300, 600)]
)


def closed_intervals(
    derivative: Callable[[_Floats], _Floats], largest: float, kinks: tuple[float, ...]
) -> Intervals:
    """Find the intervals on which ``|f′| <= CLOSED_SHARE * largest``.

    An interval inside which f′ changes its sign is left out: it holds an
    extremum that a unit passes, not a region where it is shut.

    Parameters
    ----------
    derivative
        f′ on a float64 array.
    largest
        The largest |f′|; with ``inf`` only f′ = 0 counts as closed.
    kinks
        Points where f′ jumps, so that an edge there is found exactly.
    """
    edges = [
        y for at in kinks for y in (math.nextafter(at, -math.inf), at, math.nextafter(at, math.inf))
    ]
    points = np.sort(np.concatenate([-_POSITIVE, [0.0], _POSITIVE, edges]))
    # np.unique would import numpy.ma, which takes as long as all the rest
    points = points[np.append(True, points[1:] != points[:-1])]
    bound = 0.0 if math.isinf(largest) else CLOSED_SHARE * largest

    def shut(x: _Floats) -> npt.NDArray[np.bool_]:
        return np.abs(derivative(x)) <= bound

    slope = derivative(points)
    closed = np.abs(slope) <= bound
    found: list[tuple[float, float]] = []
    starts = np.flatnonzero(closed & ~np.concatenate([[False], closed[:-1]]))
    ends = np.flatnonzero(closed & ~np.concatenate([closed[1:], [False]]))
    for first, last in zip(starts.tolist(), ends.tolist(), strict=True):
        signs = np.sign(slope[max(first - 1, 0) : last + 2])
        if signs.min() < 0 < signs.max():
            continue
        low = -math.inf if first == 0 else _edge(shut, points[first], points[first - 1])
        high = math.inf if last == len(points) - 1 else _edge(shut, points[last], points[last + 1])
        if low < high:
            found.append((low, high))
    return tuple(found)


def _edge(shut: Callable[[_Floats], Any], inside: Any, outside: Any) -> float:
    """The last closed number between a closed and an open one, by bisection."""
    inner, outer = float(inside), float(outside)
    for _ in range(200):
        middle = 0.5 * (inner + outer)
        if middle in {inner, outer}:
            break
        if bool(shut(np.array([middle]))[0]):
            inner = middle
        else:
            outer = middle
    return inner
