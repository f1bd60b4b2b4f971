"""The whole catalogue as a table for a terminal."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.text import Text

from halfwave.cards.signs import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from halfwave.activations import Activation

__all__ = ["print_listing"]


def print_listing(records: Iterable[Activation], console: Console) -> None:
    """Print one line a record, by family: name, range, continuity, summary.

    Parameters
    ----------
    records
        What to list, family by family.
    console
        Where to print; a summary is cut to its width.
    """
    found = list(records)
    families = list(dict.fromkeys(record.family for record in found))
    rows = sorted(found, key=lambda record: families.index(record.family))
    ascii_only = console.options.ascii_only
    names = max(len(record.name) for record in rows) + 2
    ranges = {record.name: _range(record) for record in rows}
    extent = max(len(text) for text in ranges.values()) + 2
    for family, members in groupby(rows, key=lambda record: record.family):
        _out(console, Text(family, "bold"))
        for record in members:
            line = Text(f"  {record.name}".ljust(names + 2), "cyan")
            line.append(_cut(ranges[record.name].ljust(extent), extent, ascii_only=ascii_only))
            line.append(_cut(record.summary, console.width - len(line), ascii_only=ascii_only))
            line.rstrip()
            _out(console, line)
    _out(console, Text(f"{len(rows)} activations; more of one: halfwave show NAME", "dim"))


def _range(record: Activation) -> str:
    extent = record.properties.range
    return "" if extent is None else str(extent).replace("inf", "∞").replace("-", "−")


def _cut(text: str, width: int, *, ascii_only: bool) -> str:
    text = plain(text) if ascii_only else text
    if len(text) <= width or width < 4:
        return text
    dots = "..." if ascii_only else "…"
    return text[: width - len(dots)].rstrip() + dots


def _out(console: Console, line: Text) -> None:
    console.print(line, soft_wrap=True, highlight=False, markup=False, emoji=False)
