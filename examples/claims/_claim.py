"""What a claim is, what comes of it, and what an experiment is given to work with."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ._style import drawing

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping
    from pathlib import Path

__all__ = ["Claim", "Run", "Table", "Verdict"]


@dataclass(frozen=True)
class Table:
    """A table of the page; cells are Markdown, or numbers that are written as they are."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""

    def __post_init__(self) -> None:
        wrong = [row for row in self.rows if len(row) != len(self.headers)]
        if wrong:
            raise ValueError(f"{len(self.headers)} headers, but a row has {len(wrong[0])}: {wrong}")

    def markdown(self) -> str:
        """Return it as GitHub shows it: the caption above, numbers to the right."""
        right = [
            all(_is_number(row[column]) for row in self.rows) for column in range(len(self.headers))
        ]
        lines = [
            _row(self.headers),
            _row("---:" if to_the_right else "---" for to_the_right in right),
            *(_row(row) for row in self.rows),
        ]
        return "\n".join([f"*{self.caption}*", "", *lines] if self.caption else lines)


@dataclass(frozen=True)
class Verdict:
    """What was measured, and what follows from it for the claim.

    Parameters
    ----------
    holds
        Decided in the claim's file by comparing what was measured with a threshold.
    decides
        The one result on which that was decided, in a few words with its figures.
    text
        The explanation, in Markdown. A line ``[[name.svg]]`` is the place of a figure and
        ``[[table 1]]`` that of a table; those without a place follow at the end.
    on
        What it depends on, to be read after "depends on"; shown with that verdict alone.
    tables, figures
        The tables, and the names of the files drawn, as `Run.figure` was given them.
    numbers
        The key figures, unrounded: what the text says has to agree with them.
    """

    holds: Literal["holds", "depends", "does not hold"]
    decides: str
    text: str
    on: str = ""
    tables: tuple[Table, ...] = ()
    figures: tuple[str, ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True)
class Claim:
    """One sentence that is said of ReLU, and the experiment that looks into it."""

    name: str  # on the command line; the file has the same name, with underscores
    number: int  # its place on the page
    said: str  # the sentence, as articles have it
    measure: Callable[[Run], Verdict]


@dataclass
class Run:
    """What an experiment is given: how much to do, where to draw, how to tell of its progress."""

    folder: Path  # of the figures
    quick: bool = False
    tell: Callable[[str], None] = lambda _text: None
    alternatives: dict[str, str] = field(default_factory=dict[str, str])  # file -> words for it

    def seeds(self, full: int, quick: int) -> range:
        """Return the seeds to repeat the experiment with: so many in full, so many if quick."""
        return range(quick if self.quick else full)

    def progress(self, text: str) -> None:
        """Say what is being done."""
        self.tell(text)

    def table(
        self, headers: Iterable[object], rows: Iterable[Iterable[object]], caption: str = ""
    ) -> Table:
        """Make a table of anything that can be written."""
        written = tuple(tuple(str(cell) for cell in row) for row in rows)
        return Table(tuple(str(header) for header in headers), written, caption)

    @contextmanager
    def figure(self, name: str, alt: str = "", **subplots: Any) -> Generator[tuple[Any, Any]]:
        """Give a figure and its axes, and keep what was drawn when the block ends.

        Parameters
        ----------
        name
            Of the file: ``dead-units`` is short for ``dead-units.svg``; ``.png`` for pictures.
        alt
            What there is to be seen, for those who can't see it.
        **subplots
            For `matplotlib.figure.Figure.subplots`, and ``figsize`` in inches.

        Yields
        ------
        figure, axes
            One Axes, or an array of them where ``nrows`` or ``ncols`` was given.
        """
        file = name if name.endswith((".svg", ".png")) else f"{name}.svg"
        self.folder.mkdir(parents=True, exist_ok=True)
        with drawing(self.folder / file, **subplots) as drawn:
            yield drawn
        self.alternatives[file] = alt or name


def _row(cells: Iterable[str]) -> str:
    # a bar would end the cell, a line break the table
    written = (cell.replace("|", "\\|").replace("\n", " ") for cell in cells)
    return f"| {' | '.join(written)} |"


def _is_number(cell: str) -> bool:
    plain = cell.strip(" *`~≈<>≤≥±").replace("−", "-")
    return bool(plain) and (plain[0].isdigit() or (plain[0] == "-" and len(plain) > 1))
