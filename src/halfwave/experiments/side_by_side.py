"""Recordings side by side: what one run did, and what another."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from rich.box import SIMPLE_HEAD
from rich.table import Table

from halfwave.diagnose import dead_units_of, diagnose
from halfwave.experiments.measures import of_losses, of_network
from halfwave.experiments.variants import ExperimentError
from halfwave.recording import RecordingError, read
from halfwave.report.paper import Paper
from halfwave.report.text import number, percent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from halfwave.recording import Recording, Site

__all__ = ["SideBySide", "as_json", "load", "render"]

_SITES: Final = 40


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Several recordings, with what there is to say of each."""

    names: tuple[str, ...]
    recordings: tuple[Recording, ...]
    figures: tuple[dict[str, Any], ...]


def load(files: Sequence[Path]) -> SideBySide:
    """Read recordings.

    Raises
    ------
    ExperimentError
        If one cannot be read, or there is only one.
    """
    if len(files) < 2:
        raise ExperimentError(f"{str(files[0])!r} alone: name two recordings or more")
    try:
        recordings = tuple(read(file) for file in files)
    except RecordingError as error:
        raise ExperimentError(str(error)) from None
    names = tuple(file.stem for file in files)
    if len(set(names)) < len(names):
        names = tuple(str(file) for file in files)
    return SideBySide(names, recordings, tuple(_figures(one) for one in recordings))


def _figures(recording: Recording) -> dict[str, Any]:
    info = recording.info
    network = of_network(recording)
    training = of_losses(recording).get("training", {})
    took = info.ended - info.started if info.ended else math.nan
    return {
        "script": " ".join((info.script, *info.argv)),
        "activations": ", ".join(
            dict.fromkeys(s.activation for s in recording.sites if s.role == "hidden")
        ),
        "state": info.state,
        "steps": info.steps,
        "seconds": took,
        "seconds a step": took / info.steps if info.steps else math.nan,
        "training loss": training.get("loss", math.nan),
        "best training loss": training.get("best_loss", math.nan),
        **{name: network[name] for name in ("dead", "closed", "zeros", "reach")},
        "findings": [finding["rule"] for finding in network["findings"]],
    }


def as_json(compared: SideBySide) -> dict[str, Any]:
    """Return it as plain data."""
    return {
        "schema": "halfwave.side-by-side/1",
        "recordings": [
            {"name": name, **_plain(figures), "sites": [_site(s) for s in recording.sites]}
            for name, figures, recording in zip(
                compared.names, compared.figures, compared.recordings, strict=True
            )
        ],
    }


def _plain(figures: dict[str, Any]) -> dict[str, Any]:
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in figures.items()
    }


def _site(site: Site) -> dict[str, Any]:
    return {
        "path": site.path,
        "file": site.file,
        "line": site.line,
        "activation": site.activation,
        "role": site.role,
        "units": site.units,
        "dead": len(dead_units_of(site)) if site.judged and site.units else None,
    }


def render(compared: SideBySide, console: Console) -> None:
    """Print the recordings in columns, then their sites."""
    paper = Paper(console)
    table = _table(paper, "", *compared.names)
    for name in compared.figures[0]:
        cells = [_shown(name, figures[name]) for figures in compared.figures]
        table.add_row(paper.text((name, "dim")), *(paper.text(cell) for cell in cells))
    console.print(table)
    _print_sites(compared, paper, console)
    _print_findings(compared, paper)


def _table(paper: Paper, *heads: str) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1), header_style="bold")
    for head in heads:
        table.add_column(paper.text(head), overflow="fold")
    return table


def _shown(name: str, value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(dict.fromkeys(value)) or "none"
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) else str(value)
    if math.isnan(value):
        return "–"
    if name in {"dead", "closed", "zeros"}:
        return percent(value)
    return number(value)


def _print_sites(compared: SideBySide, paper: Paper, console: Console) -> None:
    """Put the sites of one place beside each other; runs of one script have the same places."""
    rows: dict[tuple[str, str, int, int], list[Site | None]] = {}
    for at, recording in enumerate(compared.recordings):
        seen: dict[tuple[str, str, int], int] = {}
        for site in recording.sites:
            place = (site.path, PurePath(site.file).name, site.line)
            which = seen[place] = seen.get(place, -1) + 1
            row = rows.setdefault((*place, which), [None] * len(compared.recordings))
            row[at] = site
    table = _table(paper, "site", *compared.names)
    for (path, file, line, _), sites in list(rows.items())[:_SITES]:
        table.add_row(
            paper.text(f"{path} {file}:{line}"),
            *(paper.text(_of_site(site)) for site in sites),
        )
    if rows:
        console.print(table)
    if len(rows) > _SITES:
        paper.print(paper.text(f"and {len(rows) - _SITES} more sites"))


def _of_site(site: Site | None) -> str:
    if site is None:
        return "–"
    text = site.activation if site.role == "hidden" else f"{site.activation} ({site.role})"
    if site.judged and site.units:
        dead = len(dead_units_of(site))
        text += f", {dead} of {site.units} dead" if dead else ""
    return text


def _print_findings(compared: SideBySide, paper: Paper) -> None:
    for name, recording in zip(compared.names, compared.recordings, strict=True):
        for finding in diagnose(recording):
            if not finding.cause and finding.severity != "info":
                first = paper.text((f"{name}: {finding.severity}", "bold"))
                paper.print(first)
                paper.wrap(paper.text(finding.title), indent=2)
