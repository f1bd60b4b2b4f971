"""Charts as SVG, drawn by hand: lines with bands need no library and no script."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
from markupsafe import Markup, escape

from halfwave.report.text import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfwave.experiments.learning import Band

__all__ = ["chart"]

_WIDTH, _HEIGHT = 680.0, 320.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 64.0, 12.0, 12.0, 40.0
_COLOURS: Final = 6


def chart(bands: Sequence[tuple[str, Band]], title: str, *, log: bool = False) -> Markup:
    """Draw lines with bands, with a legend.

    Parameters
    ----------
    bands
        (name, band) of every line.
    title
        Read out by a screen reader.
    log
        A logarithmic axis, where all values are above 0.
    """
    low = min(float(np.min(band.mean)) for _, band in bands)
    log = log and low > 0
    edges = [v for _, b in bands for v in (*_bounds(b, log=log),)]
    bottom, top = min(edges), max(edges)
    if bottom == top:
        bottom, top = bottom - 0.5, top + 0.5
    first = min(float(band.steps[0]) for _, band in bands)
    last = max(float(band.steps[-1]) for _, band in bands)
    plane = _Plane(first, last if last > first else first + 1, bottom, top, log=log)
    parts = [_axes(plane)]
    for at, (_, band) in enumerate(bands):
        colour = at % _COLOURS + 1
        if band.seeds > 1:
            parts.append(f'<path class="band c{colour}" d="{plane.area(band)}"/>')
        dash = ' stroke-dasharray="6 4"' if at >= _COLOURS else ""
        parts.append(f'<path class="curve c{colour}"{dash} d="{plane.line(band)}"/>')
    legend = "".join(
        f'<li><svg viewBox="0 0 20 8" aria-hidden="true"><path class="curve c{at % _COLOURS + 1}"'
        f' d="M0 4h20"/></svg>{escape(name)}</li>'
        for at, (name, _) in enumerate(bands)
    )
    return Markup(  # noqa: S704 - numbers of ours, and names that are escaped
        f'<svg class="learning" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" role="img" '
        f'aria-label="{escape(title)}">{"".join(parts)}</svg><ul class="legend">{legend}</ul>'
    )


def _bounds(band: Band, *, log: bool) -> list[float]:
    floor = float(np.min(band.mean)) / 3 if log else -math.inf
    low = np.maximum(band.low, floor)
    return [float(np.min(low)), float(np.max(band.high))]


class _Plane:
    """From figures to places in the picture."""

    def __init__(self, first: float, last: float, bottom: float, top: float, *, log: bool) -> None:
        self.first, self.last, self.bottom, self.top, self.log = first, last, bottom, top, log

    def x(self, step: float) -> float:
        return _LEFT + (step - self.first) / (self.last - self.first) * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        low, high = self.bottom, self.top
        if self.log:
            low, high, value = math.log(low), math.log(high), math.log(max(value, self.bottom))
        share = (min(max(value, low), high) - low) / (high - low)
        return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)

    def points(self, steps: Sequence[float], values: Sequence[float]) -> str:
        pairs = zip(steps, values, strict=True)
        return " ".join(f"{self.x(step):.1f} {self.y(value):.1f}" for step, value in pairs)

    def line(self, band: Band) -> str:
        return f"M{self.points(band.steps.tolist(), band.mean.tolist())}"

    def area(self, band: Band) -> str:
        there = self.points(band.steps.tolist(), band.high.tolist())
        back = self.points(band.steps[::-1].tolist(), band.low[::-1].tolist())
        return f"M{there} {back}Z"


def _axes(plane: _Plane) -> str:
    rows: list[str] = []
    for value in _ticks(plane.bottom, plane.top, log=plane.log):
        y = plane.y(value)
        rows.append(f'<path class="grid" d="M{_LEFT:g} {y:.1f}H{_WIDTH - _RIGHT:g}"/>')
        rows.append(
            f'<text x="{_LEFT - 8:g}" y="{y + 4:.1f}" text-anchor="end">{number(value)}</text>'
        )
    for step in _ticks(plane.first, plane.last, log=False):
        x, y = plane.x(step), _HEIGHT - _BOTTOM + 18
        rows.append(f'<text x="{x:.1f}" y="{y:g}" text-anchor="middle">{step:,.0f}</text>')
    rows.append(f'<text x="{_WIDTH / 2:g}" y="{_HEIGHT - 4:g}" text-anchor="middle">step</text>')
    return "".join(rows)


def _ticks(low: float, high: float, *, log: bool) -> list[float]:
    """Return a handful of round numbers between two."""
    if log and high / low > 8:
        exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        tens = [m * 10.0**e for e in exponents for m in (1, 3)]
        return [value for value in tens if low <= value <= high]
    raw = (high - low) / 5
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(m * size for m in (1, 2, 5, 10) if m * size >= raw)
    start = math.ceil(low / step)
    return [i * step for i in range(start, math.floor(high / step) + 1)]
