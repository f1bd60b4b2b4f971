"""The report that a terminal shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from halfwave.diagnose import verdict
from halfwave.report.paper import Paper
from halfwave.report.site_table import print_sites
from halfwave.report.text import label_of, number, percent, source_labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from halfwave.diagnose import Finding
    from halfwave.recording.model import Recording

__all__ = ["render_terminal"]

_STYLES: Final = {"error": "bold red", "warning": "bold yellow", "info": "bold blue"}
_LABEL: Final = "bold"
#: Cells before the text of a finding and of the closing lines.
_INDENT: Final = 12
#: Seconds of watching that nobody minds, whatever share of the run they are.
_A_MOMENT: Final = 0.5
#: So many names in a line, then "and N more".
_NAMES: Final = 4


def render_terminal(
    recording: Recording,
    findings: Sequence[Finding],
    *,
    console: Console,
    command: str | None,
    all_sites: bool = False,
) -> None:
    """Print a recording and its findings for a person to read.

    Parameters
    ----------
    recording
        What a run left behind.
    findings
        What `halfwave.diagnose.diagnose` said of it, worst first.
    console
        Where to print; its width, colours and encoding are respected.
    command
        What to type to see this report again, printed as the last line; None
        where nothing was left behind.
    all_sites
        List every site of a large network, also the unremarkable ones.
    """
    paper = Paper(console)
    files = [site.file for site in recording.sites] + [loss.file for loss in recording.losses]
    labels = source_labels(files)
    _print_head(paper, recording, findings, labels)
    for finding in findings:
        if not finding.cause:  # what follows from a cause is told with it
            _print_finding(paper, finding, labels)
    if recording.sites:
        paper.print()
        alarms = _alarms(findings)
        print_sites(paper, recording.sites, labels=labels, alarms=alarms, all_sites=all_sites)
    paper.print()
    _print_run(paper, recording, labels)
    _print_unobserved(paper, recording, labels)
    if command is not None:
        paper.print()
        paper.print(paper.text((command, "bold")))


def _print_head(
    paper: Paper,
    recording: Recording,
    findings: Sequence[Finding],
    labels: Mapping[str, str],
) -> None:
    info = recording.info
    name = f" halfwave · {' '.join((info.script, *info.argv))}".rstrip(" ·")
    title = paper.shorten(f"{name} ", paper.width - 4)
    bar = paper.clean("─")
    paper.print(Text(bar * 2 + title + bar * (paper.width - 2 - len(title)), style="dim"))
    worst = min(findings, key=lambda finding: finding.rank, default=None)
    if worst is not None and worst.severity != "info":
        style = _STYLES[worst.severity]
    else:
        good = recording.sites and info.sampled and info.state in {"finished", "running"}
        style = "bold green" if good else "bold"
    paper.wrap(paper.text((_with_labels(verdict(recording, findings), labels), style)))


def _print_finding(paper: Paper, finding: Finding, labels: Mapping[str, str]) -> None:
    style = _STYLES[finding.severity]
    paper.print()
    rule = (finding.rule, "bold")
    paper.wrap(
        paper.text(_with_labels(finding.title, labels), "  [", rule, "]"),
        indent=_INDENT,
        first=paper.text((finding.severity, style)),
    )
    places = paper.join(finding.sites, most=_NAMES)
    rows = (
        ("where", "  ".join(part for part in (finding.where, places) if part)),
        (
            "evidence",
            " · ".join(_evidence(name, value) for name, value in finding.evidence.items()),
        ),
        ("why", finding.why),
        ("do", finding.advice),
    )
    for label, words in rows:
        if words:
            line = paper.text(_with_labels(words, labels))
            paper.wrap(line, indent=_INDENT, first=paper.text((f"  {label}", "dim")))
    for effect in finding.consequences:
        _print_consequence(paper, effect, labels, depth=1)


def _print_consequence(
    paper: Paper, finding: Finding, labels: Mapping[str, str], *, depth: int
) -> None:
    arrow = "  " * (depth - 1) + "→ "
    title = _with_labels(finding.title, labels)
    words = paper.text(f"{arrow}{title}  [", (finding.rule, "bold"), "]")
    lead = paper.text(("  leads to" if depth == 1 else "", "dim"))
    paper.wrap(words, indent=_INDENT, first=lead)
    for effect in finding.consequences:
        _print_consequence(paper, effect, labels, depth=depth + 1)


def _with_labels(words: str, labels: Mapping[str, str]) -> str:
    """Name source files in a sentence as the table of sites does."""
    for file in sorted(labels, key=len, reverse=True):
        if file:
            words = words.replace(f"{file}:", f"{labels[file]}:")
    return words


def _evidence(name: str, value: float | str) -> str:
    words = name.replace("_", " ")
    if isinstance(value, str):
        return f"{words} {value}"
    if isinstance(value, float) and name.endswith("share") and 0 <= value <= 1:
        return f"{words} {percent(value)}"
    return f"{words} {value:,}" if isinstance(value, int) else f"{words} {number(value)}"


def _alarms(findings: Sequence[Finding]) -> dict[str, str]:
    alarms: dict[str, str] = {}
    for finding in findings:  # worst first
        if finding.severity != "info":
            for site in finding.sites:
                alarms.setdefault(site, _STYLES[finding.severity].removeprefix("bold "))
    return alarms


def _print_run(paper: Paper, recording: Recording, labels: Mapping[str, str]) -> None:
    info = recording.info
    rows: list[tuple[str, str]] = []
    for loss in recording.losses[:_NAMES]:
        where = label_of(f"{loss.file}:{loss.line}", labels)
        bad = int(loss.samples["nonfinite"].sum())
        note = f" · {bad:,} not finite" if bad else ""
        rows.append(("loss", f"{number(loss.first)} → {number(loss.last)}{note}  {where}"))
    if len(recording.losses) > _NAMES:
        rows.append(("", f"and {len(recording.losses) - _NAMES:,} more losses"))
    steps = f"{info.steps:,}, {info.sampled:,} of them watched in full"
    rows.append(("steps", f"{steps} · {_how_it_ended(recording)}"))
    if info.watching_ended:
        rows.append(("stopped", f"the watching ended early: {info.watching_ended}"))
    rows.append(("cost", _cost(recording)))
    for label, words in rows:
        paper.wrap(paper.text(words), indent=_INDENT, first=paper.text((label, _LABEL)))


def _how_it_ended(recording: Recording) -> str:
    info = recording.info
    took = ""
    if info.ended is not None and info.ended > info.started > 0:
        took = f" after {number(info.ended - info.started)} s"
    if info.state == "running":
        # a killed run leaves the same mark as one that still goes on
        return "still running, or killed: what had been written by then"
    error = f": {info.error}" if info.error else ""
    code = f", exit code {info.exit_code}" if info.exit_code else ""
    return f"{info.state}{took}{code}{error}"


def _cost(recording: Recording) -> str:
    cost = recording.cost
    if cost.share is None:
        share = "no step came after the first ones, watched densely"
    else:
        limit = "no budget set" if cost.budget is None else f"budget {100 * cost.budget:.3g}%"
        if cost.budget is not None and cost.share > cost.budget and cost.watching < _A_MOMENT:
            limit += f", too short a run for it: {number(cost.watching)} s of {number(cost.run)} s"
        share = f"watching took {100 * cost.share:.2g}% of the run's time ({limit})"
    dense = f"{number(cost.dense_watching)} s of {number(cost.dense_run)} s"
    return f"{share} · start and first steps: {dense}"


def _print_unobserved(paper: Paper, recording: Recording, labels: Mapping[str, str]) -> None:
    if not recording.unobserved:
        return
    paper.print()
    paper.print(paper.text(("NOT OBSERVED", _LABEL)))
    for item in recording.unobserved:
        times = f" ({item.count:,} times)" if item.count > 1 else ""
        where = f", {_with_labels(item.where, labels)}" if item.where else ""
        option = f" ({item.option})" if item.option else ""
        words = f"{item.what}{where}{times}: {item.reason}{option}"
        paper.wrap(paper.text(words), indent=2, first=paper.text("•"))
