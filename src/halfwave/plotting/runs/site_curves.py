"""The curves of the activations of a run, each where its site's inputs lie."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from halfwave.activations import UnknownActivationError, get
from halfwave.plotting.curves import sample
from halfwave.plotting.runs.ranges import input_range

if TYPE_CHECKING:
    from halfwave.recording import Site

__all__ = ["Curves"]

_POINTS: Final = 161
#: Different curves in one page.
_CURVES: Final = 400
_STEPS: Final = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)


class Curves:
    """Collects curves; sites with one activation and like ranges share theirs."""

    def __init__(self) -> None:
        #: As the page has them.
        self.found: list[dict[str, Any]] = []
        self._known: dict[object, int] = {}

    def of(self, site: Site) -> int:
        """Return which curve is the site's; -1 where there is none to draw."""
        start, end = input_range(site)
        low, high = -_round(-start), _round(end)
        key = (site.activation, repr(sorted(site.parameters.items())), low, high)
        if key not in self._known:
            curve = None
            if len(self.found) < _CURVES:
                curve = _curve(site.activation, dict(site.parameters), low, high)
            self._known[key] = -1 if curve is None else len(self.found)
            if curve is not None:
                self.found.append(curve)
        return self._known[key]


def _round(value: float) -> float:
    """The next round number that is not less."""
    power = 10.0 ** math.floor(math.log10(value))
    return next((step * power for step in _STEPS if step * power >= value), 10.0 * power)


def _curve(
    activation: str, parameters: dict[str, Any], low: float, high: float
) -> dict[str, Any] | None:
    try:
        record = get(activation)
        known = {alias for p in record.parameters for alias in (p.name, *p.aliases)}
        given = {name: value for name, value in parameters.items() if name in known}
        if record.mixes:
            return None  # its value depends on the other elements: there is no curve
        closed = record.closed_intervals(**given)
        with np.errstate(all="ignore"):
            drawn = sample(record, low, high, parameters=given, count=_POINTS)
            slope = sample(record, low, high, parameters=given, count=_POINTS, derivative=True)
    except (UnknownActivationError, TypeError, ValueError, ArithmeticError):
        return None  # a recording may hold any name and any parameter
    return {
        "name": record.name,
        "x": drawn.x.astype(np.float32),
        "y": drawn.y.astype(np.float32),
        "slope_x": slope.x.astype(np.float32),
        "slope_y": slope.y.astype(np.float32),
        # JSON has no infinity: what reaches beyond the picture ends there
        "closed": [[max(a, low), min(b, high)] for a, b in closed or () if a <= high and b >= low],
    }
