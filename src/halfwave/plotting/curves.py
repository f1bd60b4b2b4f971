"""The points of a curve to be drawn: honest at kinks, jumps and poles. Needs no matplotlib."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from halfwave.activations import Activation

__all__ = ["Curve", "Mark", "group_size", "sample", "slices"]

_COUNT: Final = 801
#: Beyond this many times the median height a value counts as part of a pole.
_POLE: Final = 1e6
#: Two one-sided values this close (relative to the curve's height) are no step.
_SAME: Final = 1e-9
#: An activation that mixes elements is drawn for its other elements at these values.
_OTHERS: Final = (-1.0, 0.0, 1.0)
#: A rise between two samples of more than this part of the height may be a step.
_STEP: Final = 0.04
_SIZES: Final = (2, 3, 4, 6, 8, 12, 16)


@dataclass(frozen=True)
class Mark:
    """A point at a step: ``filled`` where the curve has this value, else a limit only."""

    x: float
    y: float
    filled: bool


@dataclass(frozen=True)
class Curve:
    """Points to be joined by a line that is broken wherever ``y`` is nan."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    marks: tuple[Mark, ...] = ()


def sample(
    record: Activation,
    low: float,
    high: float,
    *,
    derivative: bool = False,
    parameters: dict[str, Any] | None = None,
    others: float = 0.0,
    count: int = _COUNT,
) -> Curve:
    """Sample a record, or its derivative, between two inputs.

    Parameters
    ----------
    record
        What to sample. Of one that mixes the elements of an axis, the first
        output is taken as a function of the first input.
    low, high
        The ends, both included.
    derivative
        Sample the derivative.
    parameters
        The record's parameters.
    others
        For an activation that mixes elements: what the other inputs are.
    count
        About how many points.
    """
    given = parameters or {}
    steps = _places(record, low, high, given, derivative=derivative)
    even = np.linspace(low, high, count)
    if record.mixes:  # its steps depend on the other elements, so no record can list them
        steps = _found(lambda a: _values(record, a, given, others, derivative=derivative), even)
    x = _merged(even, np.array(steps, dtype=np.float64))
    # a step that was found, not stated, is known only as well as its activation rounds
    away = 1e-9 * (high - low) if record.mixes else 0.0
    sides = [
        min(max(math.nextafter(at + sign * away, sign * math.inf), low), high)
        for at in steps
        for sign in (-1.0, 1.0)
    ]
    x = _merged(x, np.array(sides, dtype=np.float64))
    y = _values(record, x, given, others, derivative=derivative)
    with np.errstate(all="ignore"):
        # the middle one; numpy.median imports much that nothing else here needs
        heights = np.sort(np.abs(y[np.isfinite(y)]))
        height = float(heights[len(heights) // 2]) if len(heights) else 0.0
        y = np.where(np.abs(y) > _POLE * max(1.0, height), np.nan, y)
    return _broken(x, y, steps)


def slices(record: Activation, parameters: dict[str, Any]) -> tuple[float | None, ...]:
    """What to hold the other elements at: (None,) for a record that has none.

    Where they make no difference to the first output, 0 alone is given.
    """
    if not record.mixes:
        return (None,)
    x = np.linspace(-3.0, 3.0, 13)
    drawn = [_values(record, x, parameters, c, derivative=False) for c in _OTHERS]
    same = all(np.array_equal(drawn[0], other, equal_nan=True) for other in drawn[1:])
    return (0.0,) if same else _OTHERS


def group_size(record: Activation, parameters: dict[str, Any]) -> int:
    """Return how many elements the smallest input has that a mixing record takes.

    Raises
    ------
    ValueError
        If it takes none of the sizes tried.
    """
    problem = ""
    for size in _SIZES:
        try:
            record(np.zeros((1, size)), **parameters)
        except (ValueError, IndexError) as error:
            problem = str(error)
        else:
            return size
    raise ValueError(f"{record.name} cannot be drawn: {problem}")


def _places(
    record: Activation, low: float, high: float, given: dict[str, Any], *, derivative: bool
) -> list[float]:
    """Where the curve may step: at the jumps, and for the derivative at every kink."""
    kinks = record.kinks_at(**given)
    return sorted({k.at for k in kinks if low <= k.at <= high and (k.jump or derivative)})


def _merged(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Both in order, each number once (as numpy.union1d, which imports much more)."""
    both = np.sort(np.concatenate([a, b]))
    return both[np.concatenate([[True], np.diff(both) > 0])]


def _found(
    f: Callable[[NDArray[np.float64]], NDArray[np.float64]], x: NDArray[np.float64]
) -> list[float]:
    """Look for steps between samples: differences that stay when the interval is halved."""
    y = f(x)
    height = float(np.ptp(y[np.isfinite(y)])) if np.isfinite(y).any() else 0.0
    steps: list[float] = []
    for i in np.flatnonzero(np.abs(np.diff(y)) > _STEP * max(height, 1e-300)):
        left, right = float(x[i]), float(x[i + 1])
        ends = f(np.array([left, right]))
        for _ in range(70):
            middle = 0.5 * (left + right)
            value = f(np.array([middle]))
            if abs(value[0] - ends[0]) >= abs(ends[1] - value[0]):
                right, ends = middle, np.array([ends[0], value[0]])
            else:
                left, ends = middle, np.array([value[0], ends[1]])
        if abs(ends[1] - ends[0]) > 0.5 * abs(y[i + 1] - y[i]):
            # the place of the step is where both neighbours are on different sides
            steps.append(right if right != 0 and abs(right) > 1e-15 else 0.0)
    return sorted(set(steps))


def _values(
    record: Activation,
    x: NDArray[np.float64],
    given: dict[str, Any],
    others: float,
    *,
    derivative: bool,
) -> NDArray[np.float64]:
    if not record.mixes:
        return np.asarray(
            record.derivative(x, **given) if derivative else record(x, **given), dtype=np.float64
        )
    batch = np.full((len(x), group_size(record, given)), others)
    batch[:, 0] = x
    y = np.asarray(record(batch, **given), dtype=np.float64)
    if not derivative:
        return y.reshape(len(x), -1)[:, 0]
    pick = np.zeros_like(y).reshape(len(x), -1)
    pick[:, 0] = 1.0
    back = np.asarray(record.vjp(batch, pick.reshape(y.shape), **given), dtype=np.float64)
    return back[:, 0]


def _broken(x: NDArray[np.float64], y: NDArray[np.float64], steps: list[float]) -> Curve:
    """Cut the curve at its steps; mark what is returned there, and the limits that are not."""
    finite = np.abs(y[np.isfinite(y)])
    same = _SAME * max(float(finite.max()), 1e-300) if finite.size else 0.0
    marks: list[Mark] = []
    drawn = y.copy()
    gaps: list[int] = []
    for at in steps:
        i = int(np.searchsorted(x, at))
        sides = [j for j in (i - 1, i + 1) if 0 <= j < len(x)]
        if all(abs(y[j] - y[i]) <= same for j in sides):
            continue
        # the value at the step is a point of its own unless one side runs into it
        joined = [j for j in sides if abs(y[j] - y[i]) <= same]
        marks.append(Mark(at, float(y[i]), filled=True))
        marks.extend(
            Mark(at, float(y[j]), filled=False)
            for j in sides
            if j not in joined and math.isfinite(y[j])
        )
        if not joined:
            drawn[i] = np.nan
        gaps.extend(max(i, j) for j in sides if j not in joined)
    x = np.insert(x, gaps, x[gaps]) if gaps else x
    drawn = np.insert(drawn, gaps, np.nan) if gaps else drawn
    return Curve(x, drawn, tuple(marks))
