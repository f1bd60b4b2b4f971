"""Text of several lines set beside other text, as a formula with cases needs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["Box", "beside", "braced", "columns"]


@dataclass(frozen=True)
class Box:
    """Lines of one length; ``base`` is the line that stands on the line of the text around."""

    lines: tuple[str, ...]
    base: int = 0

    @property
    def width(self) -> int:
        """Characters in a line."""
        return len(self.lines[0])

    @property
    def single(self) -> bool:
        """Whether this is a plain line of text."""
        return len(self.lines) == 1


_BRACES: Final = {1: "{", 2: "⎰⎱"}


def beside(parts: list[Box]) -> Box:
    """Set boxes side by side, their base lines in line."""
    above = max((box.base for box in parts), default=0)
    below = max((len(box.lines) - box.base for box in parts), default=1)
    rows = [""] * (above + below)
    for box in parts:
        first = above - box.base
        for row in range(len(rows)):
            inside = first <= row < first + len(box.lines)
            rows[row] += box.lines[row - first] if inside else " " * box.width
    return Box(tuple(rows), above)


def columns(cells: list[list[str]]) -> Box:
    """Set the rows of a table below each other, the columns in line."""
    count = max(len(row) for row in cells)
    filled = [row + [""] * (count - len(row)) for row in cells]
    widths = [max(len(row[column]) for row in filled) for column in range(count)]
    lines = [
        "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in filled
    ]
    return Box(tuple(lines), (len(lines) - 1) // 2)


def braced(box: Box) -> Box:
    """Put one tall brace in front."""
    rows = len(box.lines)
    if rows < 3:
        brace = _BRACES[rows]
    else:
        middle = box.base
        brace = "".join(
            "⎧" if row == 0 else "⎩" if row == rows - 1 else "⎨" if row == middle else "⎪"
            for row in range(rows)
        )
    return beside([Box(tuple(sign + " " for sign in brace), box.base), box])
