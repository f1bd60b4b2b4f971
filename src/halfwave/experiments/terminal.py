"""A comparison, for a terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from rich.box import SIMPLE_HEAD
from rich.table import Table

from halfwave.experiments.conclusions import conclusion, interval, verdict_of
from halfwave.experiments.job import BASELINE
from halfwave.report.paper import Paper
from halfwave.report.text import number, percent

if TYPE_CHECKING:
    from rich.console import Console

    from halfwave.experiments.comparison import Arm, Comparison

__all__ = ["render"]

_STYLES: Final = {"better": "bold green", "worse": "bold red", "tie": "dim"}
_NOTES: Final = 8
#: Figures beside each other in one table.
_COLUMNS: Final = 5


def render(comparison: Comparison, *, console: Console, command: str | None = None) -> None:
    """Print a comparison: what came out, what went on inside, what can be concluded."""
    paper = Paper(console)
    metric = comparison.primary
    console.print()
    if metric is not None and comparison.baseline.results:
        console.print(_outcomes(comparison, paper))
        figures = _figures(comparison, paper)
        if figures is not None:
            console.print(figures)
        console.print(_insides(comparison, paper))
    paper.wrap(paper.text((conclusion(comparison), "bold")))
    for note in comparison.facts.get("notes", ())[:_NOTES]:
        paper.wrap(paper.text(note), indent=2, first=paper.text("•"))
    if command is not None:
        paper.print()
        paper.print(paper.text((command, "bold")))


def _table(paper: Paper, *heads: str, left: int = 1) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1), header_style="dim")
    for at, head in enumerate(heads):
        justify: Any = "left" if at < left else "right"
        table.add_column(paper.text(head), justify=justify, overflow="fold")
    return table


def _outcomes(comparison: Comparison, paper: Paper) -> Table:
    """What the runs are judged by, with the difference to the script's own activation."""
    metric = comparison.primary
    assert metric is not None  # noqa: S101 - asked by the caller
    several = comparison.factors != (1.0,)
    heads = ["activation", metric.name, *(["lr ×"] if several else [])]
    table = _table(paper, *heads, "difference, 95% interval", "", "seeds to settle")
    for arm in comparison.all_arms:
        cells = [paper.text((_name(arm, comparison), "bold"))]
        cells.append(paper.text(_spread(*arm.mean(metric.name))))
        if several:
            cells.append(paper.text(_factors(arm)))
        cells += [paper.text(text) for text in _verdict(arm, comparison)]
        table.add_row(*cells)
    return table


def _figures(comparison: Comparison, paper: Paper) -> Table | None:
    """All other figures: final, with the best in brackets."""
    known = {metric.name for metric in comparison.metrics}
    primary = comparison.primary
    shown: list[tuple[str, str]] = []
    for metric in comparison.metrics:
        best = f"best {metric.name}"
        if not metric.name.startswith("best ") and (metric is not primary or best in known):
            shown.append((metric.name, best if best in known else ""))
    if not shown:
        return None
    names = [f"{name} (best)" if best else name for name, best in shown[:_COLUMNS]]
    table = _table(paper, "", *names)
    for arm in comparison.all_arms:
        cells = [paper.text((_name(arm, comparison), "bold"))]
        for name, best in shown[:_COLUMNS]:
            text = _or_dash(arm.mean(name)[0])
            text += f" ({_or_dash(arm.mean(best)[0])})" if best else ""
            cells.append(paper.text(text))
        table.add_row(*cells)
    return table


def _verdict(arm: Arm, comparison: Comparison) -> list[Any]:
    metric = comparison.primary
    assert metric is not None  # noqa: S101 - as above
    if arm.label == BASELINE and not arm.diverged:
        return ["", "", ""]
    word = verdict_of(arm, metric)
    difference = arm.differences.get(metric.name)
    if difference is None:
        return ["", (word, "bold red"), ""]
    needed = ""
    if word == "tie":
        needed = ">1,000" if difference.needed is None else f"{difference.needed:,}"
    return [interval(difference), (word, _STYLES.get(word, "")), needed]


def _insides(comparison: Comparison, paper: Paper) -> Table:
    heads = ("", "step", "dead", "closed", "zeros", "gradient reach", "runs", "findings")
    table = _table(paper, *heads)
    table.columns[-1].justify = "left"
    for arm in comparison.all_arms:
        found = ", ".join(
            f"{rule} ({count} of {len(arm.results)})" for rule, count in arm.findings()
        )
        failed = sum(arm.failed.values())
        runs = f"{len(arm.results)}" + (f", {failed} failed" if failed else "")
        table.add_row(
            paper.text((_name(arm, comparison), "bold")),
            paper.text(_seconds(arm.typical("step_seconds"))),
            *(paper.text(percent(arm.typical(name))) for name in ("dead", "closed", "zeros")),
            paper.text(_or_dash(arm.typical("reach"))),
            runs,
            paper.text(found),
        )
    return table


def _name(arm: Arm, comparison: Comparison) -> str:
    return f"{comparison.own} (own)" if arm.label == BASELINE else arm.label


def _spread(mean: float, sd: float) -> str:
    if math.isnan(mean):
        return "–"
    return number(mean) if math.isnan(sd) else f"{number(mean)} ± {number(sd, 2)}"


def _or_dash(value: float) -> str:
    return "–" if math.isnan(value) else number(value)


def _seconds(value: float) -> str:
    if math.isnan(value):
        return "–"
    return f"{number(value * 1000)} ms" if value < 1 else f"{number(value)} s"


def _factors(arm: Arm) -> str:
    return ", ".join(f"{factor:g}" for factor in sorted(set(arm.factors.values())))
