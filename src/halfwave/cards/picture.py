"""A function and its derivative as a small SVG file, with no library but NumPy."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Final

import numpy as np

from halfwave.cards.words import number
from halfwave.plotting.curves import Curve, sample, slices

if TYPE_CHECKING:
    from halfwave.activations import Activation

__all__ = ["svg"]

_WIDTH, _HEIGHT = 320, 220  # of one of the two panels
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 30, 28
_ENDS: Final = (-5.0, 5.0)
_COLOURS: Final = ("#0072B2", "#D55E00")
_DASHES: Final = ("", "7 4", "2 3")
_CLOSE: Final = 0.12  # of a pixel
_STYLE: Final = (
    "text{font:12px system-ui,sans-serif;fill:#444}.t{font-weight:600}"
    ".c{fill:none;stroke-width:2;stroke-linejoin:round}.z{stroke:#999;stroke-width:1}"
    ".b{fill:none;stroke:#ddd}"
)


def svg(record: Activation) -> str:
    """Return the text of an SVG file: the function at the left, its derivative at the right."""
    panels = [_panel(record, slope) for slope in (False, True)]
    title = escape(f"{record.name} and its derivative for x from -5 to 5")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * _WIDTH}"'
        f' height="{_HEIGHT}" viewBox="0 0 {2 * _WIDTH} {_HEIGHT}"'
        f' role="img"><title>{title}</title><style>{_STYLE}</style>\n'
        '<rect width="100%" height="100%" fill="#fff"/>\n'
        f'{panels[0]}<g transform="translate({_WIDTH})">\n{panels[1]}</g></svg>\n'
    )


def _panel(record: Activation, slope: bool) -> str:  # noqa: FBT001 - private
    curves = [
        sample(record, *_ENDS, derivative=slope, others=others or 0.0, count=161)
        for others in slices(record, {})
    ]
    frame = _Frame(curves)
    colour = _COLOURS[slope]
    title = ("f′(x)" if slope else "f(x)") + (", first output" if record.mixes else "")
    parts = [
        f'<text class="t" x="{_LEFT}" y="18" style="fill:{colour}">{title}</text>',
        (
            f'<rect class="b" x="{_LEFT}" y="{_TOP}" width="{_WIDTH - _LEFT - _RIGHT}"'
            f' height="{_HEIGHT - _TOP - _BOTTOM}"/>'
        ),
        *frame.axes(),
    ]
    for curve, dash in zip(curves, _DASHES, strict=False):
        broken = f' stroke-dasharray="{dash}"' if dash else ""
        parts.append(f'<path class="c" stroke="{colour}"{broken} d="{frame.path(curve)}"/>')
        parts.extend(
            f'<circle cx="{frame.x(mark.x):.1f}" cy="{frame.y(mark.y):.1f}" r="3.2"'
            f' stroke="{colour}" stroke-width="1.5" fill="{colour if mark.filled else "#fff"}"/>'
            for mark in sorted(curve.marks, key=lambda mark: mark.filled)
        )
    return "\n".join(parts) + "\n"


class _Frame:
    """The places of numbers in a panel."""

    def __init__(self, curves: list[Curve]) -> None:
        values = np.concatenate(
            [curve.y[np.isfinite(curve.y)] for curve in curves]
            + [np.array([mark.y for mark in curve.marks]) for curve in curves]
            + [np.zeros(1)]
        )
        low, high = float(values.min()), float(values.max())
        room = 0.06 * (high - low) or 1.0
        self.low, self.high = low - room, high + room
        self.ticks = sorted({low, 0.0, high})

    def x(self, value: float) -> float:
        share = (value - _ENDS[0]) / (_ENDS[1] - _ENDS[0])
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        share = (self.high - value) / (self.high - self.low)
        return _TOP + share * (_HEIGHT - _TOP - _BOTTOM)

    def axes(self) -> list[str]:
        zero_x, zero_y = self.x(0.0), self.y(0.0)
        lines = [
            (
                f'<line class="z" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{zero_y:.1f}"'
                f' y2="{zero_y:.1f}"/>'
            ),
            (
                f'<line class="z" x1="{zero_x:.1f}" x2="{zero_x:.1f}" y1="{_TOP}"'
                f' y2="{_HEIGHT - _BOTTOM}"/>'
            ),
        ]
        drawn: list[float] = []
        for tick in sorted(self.ticks, key=abs):
            place = self.y(tick)
            if all(abs(place - other) > 13 for other in drawn):
                drawn.append(place)
                lines.append(
                    f'<text x="{_LEFT - 6}" y="{place + 4:.1f}" text-anchor="end">'
                    f"{number(tick, 3)}</text>"
                )
        lines += [
            f'<text x="{self.x(tick):.1f}" y="{_HEIGHT - 10}" text-anchor="middle">'
            f"{number(tick, 3)}</text>"
            for tick in (_ENDS[0], 0.0, _ENDS[1])
        ]
        return lines

    def path(self, curve: Curve) -> str:
        """The curve as moves and lines; points on a straight line are left out."""
        pieces: list[list[tuple[float, float]]] = [[]]
        for x, y in zip(curve.x.tolist(), curve.y.tolist(), strict=True):
            if math.isfinite(y):
                pieces[-1].append((self.x(x), self.y(y)))
            else:
                pieces.append([])
        words: list[str] = []
        for piece in filter(None, pieces):
            words += [
                f"{'L' if index else 'M'}{x:.1f} {y:.1f}"
                for index, (x, y) in enumerate(_thinned(piece))
            ]
        return "".join(words)


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The points that matter: the line through them passes all others closely."""
    kept = {0, len(points) - 1}
    open_ends = [(0, len(points) - 1)]
    while open_ends:
        start, end = open_ends.pop()
        distances = [
            (_distance(points[start], points[index], points[end]), index)
            for index in range(start + 1, end)
        ]
        far, index = max(distances, default=(0.0, 0))
        if far > _CLOSE:
            kept.add(index)
            open_ends += [(start, index), (index, end)]
    return [points[index] for index in sorted(kept)]


def _distance(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    """How far ``b`` is from the line through ``a`` and ``c``."""
    length = math.hypot(c[0] - a[0], c[1] - a[1]) or 1.0
    return abs((c[0] - a[0]) * (b[1] - a[1]) - (c[1] - a[1]) * (b[0] - a[0])) / length
