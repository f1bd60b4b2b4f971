"""Where a report is written: a console, its width, and the signs it can show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from halfwave.report.text import shorten, visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

__all__ = ["Paper"]

#: Wider lines than this are tiring to read; tables may use what there is.
_PROSE = 110
#: With less room than this beside its label, prose goes below it.
_NARROWEST = 24
_SMALL_INDENT = 4


class Paper:
    """A console that prints other people's text as text.

    Nothing given to it is read as markup, an emoji code or an escape
    sequence, and on a terminal that knows only ASCII our own signs get a
    spelling that it can show.

    Parameters
    ----------
    console
        Where to print.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self.ascii_only = console.options.ascii_only
        self.width = console.width

    def clean(self, text: str) -> str:
        """Return ``text`` as it may safely be printed here."""
        return visible(text, ascii_only=self.ascii_only)

    def shorten(self, text: str, width: int) -> str:
        """Return ``text``, cleaned, in at most ``width`` cells."""
        return shorten(self.clean(text), width, dots=self.clean("…"))

    def text(self, *parts: str | tuple[str, str]) -> Text:
        """Put pieces together, each a string or (string, style)."""
        line = Text()
        for part in parts:
            words, style = (part, "") if isinstance(part, str) else part
            line.append(self.clean(words), style)
        return line

    def print(self, line: Text | None = None) -> None:
        """Print one line as it stands; the terminal wraps it, if anything does."""
        # soft_wrap: the words of a line stay in one piece for copy and paste
        self._console.print(Text() if line is None else line, soft_wrap=True, highlight=False)

    def wrap(self, line: Text, *, indent: int = 0, first: Text | None = None) -> None:
        """Print prose within the width, every line after the first indented.

        Parameters
        ----------
        line
            What to print.
        indent
            Cells in front of every line.
        first
            What stands in these cells on the first line.
        """
        lead = Text() if first is None else first
        if self.width - indent < _NARROWEST and indent > _SMALL_INDENT:
            indent = _SMALL_INDENT
            self.print(lead)
            lead = Text()
        lead = lead + Text(" " * max(indent - cell_len(lead.plain), 0))
        room = max(min(self.width, _PROSE) - indent, 1)
        for row in line.wrap(self._console, room):
            row.rstrip()
            self.print(lead + row)
            lead = Text(" " * indent)

    def join(self, items: Iterable[str], *, most: int) -> str:
        """List at most ``most`` items and say how many more there are."""
        names = list(items)
        shown = ", ".join(names[:most])
        return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"
