"""Learning curves of several seeds as one line with a band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from halfwave.experiments.job import Result

__all__ = ["Band", "band_of"]

_Floats = npt.NDArray[np.float64]
_POINTS: Final = 160


@dataclass(frozen=True, slots=True)
class Band:
    """The mean over the seeds, and one standard deviation to either side."""

    steps: _Floats
    mean: _Floats
    low: _Floats
    high: _Floats
    seeds: int


def band_of(results: Iterable[Result], curve: str, column: int = 1) -> Band | None:
    """Put the curves of several runs on common steps; None where there are none.

    Parameters
    ----------
    results
        Runs of one activation.
    curve
        ``"training_curve"`` or ``"evaluation_curve"``.
    column
        1: the loss; 2: the share of labels met.
    """
    curves: list[tuple[_Floats, _Floats]] = []
    for result in results:
        rows = np.array([[_number(v) for v in row] for row in result.measured.get(curve, ())])
        if len(rows) and np.isfinite(rows[:, column]).any():
            good = np.isfinite(rows[:, column])
            curves.append((rows[good, 0], rows[good, column]))
    if not curves:
        return None
    # what is not shared by all is not shown: a run that broke off would bend the mean
    first, last = max(x[0] for x, _ in curves), min(x[-1] for x, _ in curves)
    longest = max(len(x) for x, _ in curves)
    steps = np.linspace(first, max(first, last), max(2, min(_POINTS, longest)))
    values = np.stack([np.interp(steps, x, y) for x, y in curves])
    mean = values.mean(0)
    sd = values.std(0, ddof=1) if len(values) > 1 else np.zeros_like(mean)
    return Band(steps, mean, mean - sd, mean + sd, len(values))


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)
