"""The report that a terminal shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from halfwave.diagnose import verdict
from halfwave.report.facts import cost, ending, labels_of, not_observed, remarks, went_well
from halfwave.report.meant import sites_meant
from halfwave.report.paper import Paper
from halfwave.report.site_table import print_sites
from halfwave.report.text import evidence, label_of, number, with_labels

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
    labels = labels_of(recording)
    _print_head(paper, recording, findings, labels)
    for finding in findings:
        if not finding.cause:  # what follows from a cause is told with it
            _print_finding(paper, finding, recording, labels)
    if recording.sites:
        paper.print()
        print_sites(paper, recording, findings, labels=labels, all_sites=all_sites)
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
        style = "bold green" if went_well(recording) else "bold"
    paper.wrap(paper.text((with_labels(verdict(recording, findings), labels), style)))


def _print_finding(
    paper: Paper, finding: Finding, recording: Recording, labels: Mapping[str, str]
) -> None:
    style = _STYLES[finding.severity]
    paper.print()
    rule = (finding.rule, "bold")
    paper.wrap(
        paper.text(with_labels(finding.title, labels), "  [", rule, "]"),
        indent=_INDENT,
        first=paper.text((finding.severity, style)),
    )
    places = paper.join([name for name, _ in sites_meant(recording, finding)], most=_NAMES)
    rows = (
        ("where", "  ".join(part for part in (finding.where, places) if part)),
        (
            "evidence",
            " · ".join(evidence(name, value) for name, value in finding.evidence.items()),
        ),
        ("why", finding.why),
        ("do", finding.advice),
    )
    for label, words in rows:
        if words:
            line = paper.text(with_labels(words, labels))
            paper.wrap(line, indent=_INDENT, first=paper.text((f"  {label}", "dim")))
    for effect in finding.consequences:
        _print_consequence(paper, effect, labels, depth=1)


def _print_consequence(
    paper: Paper, finding: Finding, labels: Mapping[str, str], *, depth: int
) -> None:
    arrow = "  " * (depth - 1) + "→ "
    title = with_labels(finding.title, labels)
    words = paper.text(f"{arrow}{title}  [", (finding.rule, "bold"), "]")
    lead = paper.text(("  leads to" if depth == 1 else "", "dim"))
    paper.wrap(words, indent=_INDENT, first=lead)
    for effect in finding.consequences:
        _print_consequence(paper, effect, labels, depth=depth + 1)


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
    rows.append(("steps", f"{steps} · {ending(recording)}"))
    if info.watching_ended:
        rows.append(("stopped", f"the watching ended early: {info.watching_ended}"))
    rows.append(("cost", cost(recording)))
    rows += [(label, with_labels(words, labels)) for label, words in remarks(recording)]
    for label, words in rows:
        paper.wrap(paper.text(words), indent=_INDENT, first=paper.text((label, _LABEL)))


def _print_unobserved(paper: Paper, recording: Recording, labels: Mapping[str, str]) -> None:
    if not recording.unobserved:
        return
    paper.print()
    paper.print(paper.text(("NOT OBSERVED", _LABEL)))
    for line in not_observed(recording, labels):
        paper.wrap(paper.text(line), indent=2, first=paper.text("•"))
