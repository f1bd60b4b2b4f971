"""The card of one activation, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from halfwave.cards import words
from halfwave.cards.canvas import panel
from halfwave.cards.formula import render
from halfwave.cards.signs import plain
from halfwave.plotting.curves import sample, slices

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from halfwave.activations import Activation

__all__ = ["print_card"]

_PROSE: Final = 100  # wider lines are tiring to read
_LABEL: Final = 18
_PICTURE: Final = (-5.0, 5.0)
_ROWS: Final = 11


def print_card(record: Activation, console: Console, *, latex: bool = False) -> None:
    """Print what is known of a record.

    Parameters
    ----------
    record
        The activation.
    console
        Where to print; its width and encoding are kept to.
    latex
        Give the formulas as LaTeX in place of readable text.
    """
    _Card(record, console, latex=latex).print()


class _Card:
    def __init__(self, record: Activation, console: Console, *, latex: bool) -> None:
        self.record = record
        self.console = console
        self.latex = latex
        self.ascii = console.options.ascii_only
        self.width = max(min(console.width, _PROSE), 24)

    def print(self) -> None:
        record = self.record
        self.line(Text(record.name, "bold"), self.names())
        self.wrap(record.summary)
        self.heading("")
        self.formula("f(x) = ", record.formula)
        self.formula("f′(x) = ", record.derivative_formula)
        self.picture()
        self.table("Parameters", words.parameters(record))
        self.table("Properties", words.properties(record))
        self.table("Kinks", words.kinks(record))
        self.prose("Use", record.use)
        self.prose("What goes wrong", record.pitfalls)
        elsewhere = record.names_elsewhere
        self.table(
            "Elsewhere",
            ((title, elsewhere[key]) for key, title in words.LIBRARIES.items() if key in elsewhere),
        )
        if record.papers:
            self.heading("Papers")
            for paper in record.papers:
                self.wrap(str(paper), indent=4, hang=2)

    # -- parts ---------------------------------------------------------------------

    def names(self) -> Text:
        aliases = self.record.aliases
        return Text(f"  also {', '.join(aliases)}" if aliases else "", "dim")

    def formula(self, lead: str, latex: str) -> None:
        if self.latex:
            self.out(Text(f"  {lead}{latex}"))
            return
        for number, box in enumerate(render(latex)):
            # what follows the first part explains its letters
            start = lead if number == 0 and not _names_itself(box.lines[box.base]) else ""
            for row, line in enumerate(box.lines):
                prefix = start if row == box.base else " " * len(start)
                text = self.sign(f"{prefix}{line}".rstrip())
                indent = 2 if number == 0 else 4
                if len(text) + indent <= self.width:
                    self.out(Text(" " * indent + text))
                else:
                    self.wrap(text, indent=indent + 4, hang=4)

    def picture(self) -> None:
        record = self.record
        curves = {
            slope: [
                sample(record, *_PICTURE, derivative=slope, others=others or 0.0, count=241)
                for others in slices(record, {})
            ]
            for slope in (False, True)
        }
        both = self.width >= 64
        gap = 2
        width = (self.width - 2 - gap) // 2 if both else self.width - 2
        drawn = [
            panel(curves[slope], *_PICTURE, width=width, height=_ROWS, ascii_only=self.ascii)
            for slope in (False, True)
        ]
        titles = ["f(x)", "f′(x)"]
        if record.mixes:
            titles = ["first output", "its derivative"]
        styles = ["cyan", "magenta"]
        self.out(Text())
        groups = [[0, 1]] if both else [[0], [1]]
        for group in groups:
            head = Text("  ")
            for index in group:
                title = self.sign(titles[index])[: width - 8].center(width - 8)
                head.append((" " * 8 + title).ljust(width + gap), styles[index])
            head.rstrip()
            self.out(head)
            for row in range(_ROWS + 1):
                line = Text("  ")
                for index in group:
                    text = self.sign(drawn[index][row])
                    line.append(text.ljust(width + gap), styles[index])
                line.rstrip()
                self.out(line)
        if record.mixes and len(curves[False]) > 1:
            self.wrap("By the first input x, with the other inputs at −1, 0 and 1.", indent=2)

    def table(self, title: str, rows: Iterable[tuple[str, str]]) -> None:
        rows = list(rows)
        if not rows:
            return
        self.heading(title)
        label_width = max(_LABEL, *(len(self.sign(label)) + 2 for label, _ in rows))
        for label, text in rows:
            first = Text(f"  {self.sign(label)}".ljust(label_width + 2), "cyan")
            longest = max(map(len, self.sign(text).split()), default=0)
            if len(first) + longest > self.width:  # no room beside it
                self.out(first)
                self.wrap(text, indent=4)
            else:
                self.wrap(text, indent=len(first), first=first)

    def prose(self, title: str, text: str) -> None:
        if text:
            self.heading(title)
            self.wrap(text, indent=2)

    # -- lines ---------------------------------------------------------------------

    def heading(self, title: str) -> None:
        self.out(Text())
        if title:
            self.out(Text(title, "bold"))

    def wrap(self, text: str, *, indent: int = 0, hang: int = 0, first: Text | None = None) -> None:
        """Print prose within the width; ``hang`` moves the first line out."""
        lead = first if first is not None else Text(" " * (indent - hang))
        words_left = self.sign(text).split()
        line = ""
        for word in words_left:
            if line and len(lead) + len(line) + 1 + len(word) > self.width:
                self.out(lead + Text(line))
                lead, line = Text(" " * indent), word
            else:
                line = f"{line} {word}" if line else word
        if line:
            self.out(lead + Text(line))

    def line(self, *parts: Text) -> None:
        """Print parts of one line, the last one below when there is no room."""
        whole = Text().join(parts)
        if len(whole) <= self.width:
            self.out(Text(self.sign(whole.plain), spans=whole.spans))
        else:
            self.out(parts[0])
            self.wrap(parts[-1].plain.strip(), indent=2)

    def out(self, line: Text) -> None:
        # soft_wrap: what is wider than the terminal stays in one piece for copy and paste
        self.console.print(line, soft_wrap=True, highlight=False, markup=False, emoji=False)

    def sign(self, text: str) -> str:
        return plain(text) if self.ascii else text


def _names_itself(line: str) -> bool:
    """Whether a formula starts with its own left side, as σ(x) = … or ∂s/∂x = … does."""
    head, equals, _ = line.partition(" = ")
    return bool(equals) and ("∂" in head or line.count(" = ") > 1)
