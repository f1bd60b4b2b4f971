"""A curve drawn with the characters of a terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from halfwave.cards.words import number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from halfwave.plotting.curves import Curve

__all__ = ["panel"]

#: The dots of a braille character: bit by row and column.
_BITS: Final = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_THIRDS: Final = "'-_"  # what ASCII has for a dot high, in the middle, and low in a cell
_GUTTER: Final = 7  # cells left of the picture, for the numbers of the y axis


def panel(
    curves: list[Curve],
    low: float,
    high: float,
    *,
    width: int,
    height: int,
    ascii_only: bool = False,
) -> list[str]:
    """Draw curves in a box of characters, with labelled axes.

    Parameters
    ----------
    curves
        What to draw.
    low, high
        The ends of the x axis.
    width, height
        Characters in a line, numbers of the y axis included; lines, less
        the one with the numbers of the x axis.
    ascii_only
        Use no other signs than those of ASCII.
    """
    columns = width - _GUTTER - 1
    bottom, top = _heights(curves)
    across, down = (1, 3) if ascii_only else (2, 4)
    dots = np.zeros((height * down, columns * across), dtype=bool)
    for curve in curves:
        _trace(dots, curve, (low, high), (bottom, top))
    zero_row = _cell(top, bottom, 0.0, height)
    zero_column = _cell(low, high, 0.0, columns)
    labels = {0: top, height - 1: bottom}
    if zero_row is not None and zero_row not in {0, 1, height - 2, height - 1}:
        labels[zero_row] = 0.0
    lines: list[str] = []
    for row in range(height):
        label = number(labels[row], 3) if row in labels else ""
        text = "".join(
            _sign(
                dots[row * down : (row + 1) * down, column * across : (column + 1) * across],
                on_row=row == zero_row,
                on_column=column == zero_column,
                ascii_only=ascii_only,
            )
            for column in range(columns)
        )
        tick = ("+" if label else "|") if ascii_only else ("┤" if label else "│")
        lines.append(f"{label:>{_GUTTER}}{tick}{text}")
    lines.append(_foot(low, high, zero_column, columns))
    return lines


def _heights(curves: list[Curve]) -> tuple[float, float]:
    """The ends of the y axis."""
    finite = [curve.y[np.isfinite(curve.y)] for curve in curves]
    marks = [mark.y for curve in curves for mark in curve.marks]
    values = np.concatenate([*finite, np.array(marks, dtype=np.float64)])
    if not values.size:
        return -1.0, 1.0
    bottom, top = float(values.min()), float(values.max())
    if top - bottom < 1e-9 * max(abs(top), abs(bottom), 1e-9):  # a constant
        return min(bottom - 1.0, 0.0), max(top + 1.0, 0.0)
    # 0 belongs to the picture when it is not far away
    reach = 0.35 * (top - bottom)
    bottom = 0.0 if 0.0 < bottom < reach else bottom
    top = 0.0 if -reach < top < 0.0 else top
    return bottom, top


def _trace(
    dots: NDArray[np.bool_],
    curve: Curve,
    across: tuple[float, float],
    up: tuple[float, float],
) -> None:
    """Set the dots that a curve goes through, with no line across a break."""
    rows, columns = dots.shape
    with np.errstate(all="ignore"):
        place = (curve.x - across[0]) / (across[1] - across[0]) * (columns - 1)
        level = (up[1] - curve.y) / (up[1] - up[0]) * (rows - 1)
    before: tuple[int, int] | None = None
    for x, y in zip(place.tolist(), level.tolist(), strict=True):
        if not math.isfinite(y):
            before = None
            continue
        column, row = min(max(round(x), 0), columns - 1), min(max(round(y), 0), rows - 1)
        if before is not None and abs(row - before[1]) > 1:
            step = 1 if row > before[1] else -1
            half = (row + before[1]) // 2
            for between in range(before[1] + step, row, step):
                near = before[0] if (between - half) * step <= 0 else column
                dots[between, near] = True
        dots[row, column] = True
        before = column, row
    for mark in curve.marks:
        if mark.filled and math.isfinite(mark.y):
            column = round((mark.x - across[0]) / (across[1] - across[0]) * (columns - 1))
            row = round((up[1] - mark.y) / (up[1] - up[0]) * (rows - 1))
            dots[row, column] = True


def _sign(dots: NDArray[np.bool_], *, on_row: bool, on_column: bool, ascii_only: bool) -> str:
    """One character: the curve where it is, else the axes, else nothing."""
    if not dots.any():
        if on_row and on_column:
            return "+" if ascii_only else "┼"
        if on_row:
            return "." if ascii_only else "┄"
        if on_column:
            return "|" if ascii_only else "┊"
        return " "
    if ascii_only:
        rows = np.flatnonzero(dots[:, 0])
        return _THIRDS[int(rows[0])] if len(rows) == 1 else "|"
    code = sum(
        bit
        for row, bits in enumerate(_BITS)
        for column, bit in enumerate(bits)
        if dots[row, column]
    )
    return chr(0x2800 + code)


def _cell(start: float, end: float, value: float, count: int) -> int | None:
    """The cell of a value on an axis of ``count`` cells; None beyond its ends."""
    share = (value - start) / (end - start)
    return min(int(share * count), count - 1) if 0.0 <= share <= 1.0 else None


def _foot(low: float, high: float, zero: int | None, columns: int) -> str:
    left, right = number(low, 3), number(high, 3)
    line = left.ljust(columns - len(right)) + right
    if zero is not None and len(left) + 1 < zero < columns - len(right) - 2:
        line = f"{line[:zero]}0{line[zero + 1 :]}"
    return " " * (_GUTTER + 1) + line
