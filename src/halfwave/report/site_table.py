"""The table of sites, in the order of the forward pass, at any width."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from rich.cells import cell_len
from rich.text import Text

from halfwave.diagnose.places import row_name
from halfwave.diagnose.shared import wholes
from halfwave.report.meant import ranks_of
from halfwave.report.summary import SiteSummary, summarise
from halfwave.report.text import count, label_of, number, percent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from halfwave.diagnose import Finding
    from halfwave.recording.model import Recording, Site
    from halfwave.report.paper import Paper

__all__ = ["print_sites"]

#: More sites than this and the unremarkable ones in the middle are left out.
_MANY: Final = 40
#: … but so many are always shown at either end of the network.
_ENDS: Final = 4
#: The two columns that can be shortened get no narrower than this.
_NARROWEST: Final = 11

#: Style of a site by the rank of the worst finding that means it; an info gives none.
_ALARMS: Final = {0: "red", 1: "yellow"}

_DIGITS: Final = 3
_TIGHT_DIGITS: Final = 2

#: Cell of a row: what it says, and its style ("" for none).
_Cell = tuple[str, str]


class _Row(NamedTuple):
    site: Site
    name: str
    figures: SiteSummary
    source: str
    alarm: str  # style of the worst finding that means the site


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    cell: Callable[[_Row, int], _Cell]  # the row, and digits to a figure
    tight: str = ""  # the title where room is scarce
    left: bool = False
    flexible: bool = False  # may be shortened in the middle
    #: columns are left out in this order where the terminal is too narrow; 0: never
    give_up: int = 0

    def heading(self, *, tight: bool) -> str:
        return (self.tight or self.title) if tight else self.title


@dataclass(frozen=True, slots=True)
class _Layout:
    columns: tuple[_Column, ...]
    widths: tuple[int, ...]
    tight: bool

    @property
    def gap(self) -> str:
        return " " if self.tight else "  "

    @property
    def digits(self) -> int:
        return _TIGHT_DIGITS if self.tight else _DIGITS

    def row(self, cells: Sequence[_Cell]) -> Text:
        """Put cells side by side, each padded to its column."""
        line = Text()
        for column, width, (words, style) in zip(self.columns, self.widths, cells, strict=True):
            blank = " " * max(width - cell_len(words), 0)
            line.append(words + blank if column.left else blank + words, style)
            line.append(self.gap)
        line.rstrip()
        return line


def _path(row: _Row, _: int) -> _Cell:
    role = "" if row.site.role == "hidden" else f" ({row.site.role})"
    return row.name + role, row.alarm


def _dead(row: _Row, _: int) -> _Cell:
    style = (row.alarm or "bold") if row.figures.dead else ""
    return count(row.figures.dead), style


def _spread(row: _Row, digits: int) -> _Cell:
    figures = row.figures
    if figures.nonfinite:
        return f"{count(figures.nonfinite)} NaN/inf", row.alarm or "bold"
    if figures.mean is None:
        return number(None), ""
    sign = "±" if digits == _TIGHT_DIGITS else " ± "
    return f"{number(figures.mean, digits)}{sign}{number(figures.std, digits)}", ""


_COLUMNS: Final = (
    _Column("module", _path, left=True, flexible=True),
    _Column("source", lambda row, _: (row.source, "dim"), left=True, flexible=True, give_up=5),
    _Column("activation", lambda row, _: (row.site.activation, ""), "act", left=True, give_up=4),
    _Column("units", lambda row, _: (count(row.site.units), ""), give_up=2),
    _Column("dead", _dead),
    _Column("closed", lambda row, _: (percent(row.figures.closed), "")),
    _Column("zeros", lambda row, _: (percent(row.figures.zeros), ""), give_up=1),
    _Column("mean ± sd", _spread, "mean±sd", give_up=3),
    _Column(
        "grad rms",
        lambda row, digits: (number(row.figures.grad_rms, digits), ""),
        "grad",
    ),
)


def print_sites(
    paper: Paper,
    recording: Recording,
    findings: Sequence[Finding],
    *,
    labels: Mapping[str, str],
    all_sites: bool = False,
) -> None:
    """Print the table of sites.

    Parameters
    ----------
    paper
        Where to print.
    recording
        Its sites are in forward order.
    findings
        What was found: a site that one means has its colour.
    labels
        Source file to the short name of it.
    all_sites
        Print every site, however many there are.
    """
    sites = recording.sites
    ranks = ranks_of(sites, findings)
    rows = [
        _Row(
            site,
            row_name(recording, site),
            summarise(site, whole),
            label_of(site.where, labels),
            _ALARMS.get(rank, ""),
        )
        for site, whole, rank in zip(sites, wholes(sites), ranks, strict=True)
    ]
    shown = rows if all_sites or len(rows) <= _MANY else _remarkable(rows)
    layout = _fit(paper, shown)
    titles = [paper.clean(column.heading(tight=layout.tight)) for column in layout.columns]
    paper.print(layout.row([(title, "bold") for title in titles]))
    for row in shown:
        cells = [column.cell(row, layout.digits) for column in layout.columns]
        # a path is told from its neighbours by its ends, so the middle goes
        fitted = [
            (paper.shorten(words, width), style)
            for (words, style), width in zip(cells, layout.widths, strict=True)
        ]
        paper.print(layout.row(fitted))
    hidden = len(rows) - len(shown)
    if hidden:
        remarkable = sum(_is_remarkable(row) for row in rows)
        told = sum(_is_remarkable(row) for row in shown)
        kind = "none remarkable" if told == remarkable else f"{remarkable - told:,} remarkable"
        more = (
            f"… {hidden:,} more sites, {kind}; all by halfwave report --all-sites, or in the JSON"
        )
        paper.print(paper.text((more, "dim")))
    left_out = [column.title for column in _COLUMNS if column not in layout.columns]
    if left_out:
        note = f"too narrow here for {', '.join(left_out)}; --json has all"
        paper.wrap(paper.text((note, "dim")))


def _is_remarkable(row: _Row) -> bool:
    return bool(row.alarm or row.figures.dead or row.figures.nonfinite)


def _remarkable(rows: Sequence[_Row]) -> list[_Row]:
    """Pick both ends of the network and, of the rest, what deserves a look."""
    middle = range(_ENDS, len(rows) - _ENDS)
    alarmed = [place for place in middle if rows[place].alarm]
    others = [place for place in middle if _is_remarkable(rows[place]) and not rows[place].alarm]
    chosen = {*range(_ENDS), *range(len(rows) - _ENDS, len(rows))}
    chosen.update((alarmed + others)[: _MANY - 2 * _ENDS])
    return [rows[place] for place in sorted(chosen)]


def _fit(paper: Paper, rows: Sequence[_Row]) -> _Layout:
    """Choose columns and their widths so that a row takes one line."""
    columns = list(_COLUMNS)
    layout = _natural(paper, rows, columns, tight=False)
    if _missing(paper, layout) <= 0:
        return layout
    layout = _squeeze(paper, _natural(paper, rows, columns, tight=True))
    while _missing(paper, layout) > 0:
        optional = [column for column in columns if column.give_up]
        if not optional:
            break
        columns.remove(min(optional, key=lambda column: column.give_up))
        layout = _squeeze(paper, _natural(paper, rows, columns, tight=True))
    return layout


def _natural(
    paper: Paper, rows: Sequence[_Row], columns: Sequence[_Column], *, tight: bool
) -> _Layout:
    """Lay out columns as wide as what stands in them."""
    layout = _Layout(tuple(columns), (), tight)
    widths: list[int] = []
    for column in columns:
        words = [column.heading(tight=tight)]
        words += [column.cell(row, layout.digits)[0] for row in rows]
        widths.append(max(cell_len(paper.clean(word)) for word in words))
    return replace(layout, widths=tuple(widths))


def _missing(paper: Paper, layout: _Layout) -> int:
    gaps = len(layout.gap) * (len(layout.columns) - 1)
    return sum(layout.widths) + gaps - paper.width


def _squeeze(paper: Paper, layout: _Layout) -> _Layout:
    """Take the cells that are too many from the widest of the flexible columns."""
    widths = list(layout.widths)
    flexible = [place for place, column in enumerate(layout.columns) if column.flexible]
    last_resort = not any(column.give_up for column in layout.columns)
    narrowest = 1 if last_resort else _NARROWEST
    for _ in range(_missing(paper, layout)):
        place = max(flexible, key=lambda at: widths[at])
        if widths[place] <= narrowest:
            break
        widths[place] -= 1
    return replace(layout, widths=tuple(widths))
