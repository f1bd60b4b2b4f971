"""The report as Markdown, for the description of a change or a page of notes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from halfwave.diagnose import verdict
from halfwave.diagnose.places import row_name
from halfwave.diagnose.shared import wholes
from halfwave.report.facts import cost, ending, labels_of, not_observed, remarks
from halfwave.report.meant import sites_meant
from halfwave.report.summary import SiteSummary, summarise
from halfwave.report.text import (
    count,
    evidence,
    label_of,
    number,
    percent,
    visible,
    with_labels,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from halfwave.diagnose import Finding
    from halfwave.recording import Recording, Site

__all__ = ["as_markdown"]

#: More sites than this are summed up: such a table is read by nobody.
_MOST: Final = 200
_HEADINGS: Final = (
    "module", "source", "activation", "units", "dead", "closed", "zeros", "mean ± sd", "grad rms",
)  # fmt: skip
_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>#|~&$])")


def as_markdown(recording: Recording, findings: Sequence[Finding]) -> str:
    """Write verdict, findings, sites and the run in GitHub's Markdown.

    Names and messages that come from the program are escaped: they can make
    no link, no picture and no heading.
    """
    labels = labels_of(recording)
    info = recording.info
    title = " ".join((info.script, *info.argv)).strip()
    parts = [
        f"# halfwave{': ' if title else ''}{_text(title)}",
        f"**{_text(with_labels(verdict(recording, findings), labels))}**",
    ]
    parts += [_finding(recording, finding, labels) for finding in findings if not finding.cause]
    if recording.sites:
        parts += ["## Sites", _table(recording, labels)]
    parts += ["## Run", _run(recording, labels)]
    if recording.unobserved:
        lines = (f"- {_text(line)}" for line in not_observed(recording, labels))
        parts += ["## Not observed", "\n".join(lines)]
    return "\n\n".join(parts) + "\n"


def _finding(recording: Recording, finding: Finding, labels: Mapping[str, str]) -> str:
    title = _text(with_labels(finding.title, labels))
    lines = [f"## {finding.severity.capitalize()}: {title}", ""]
    where = [_code(label_of(finding.where, labels))] if finding.where else []
    where += [_code(name) for name, _ in sites_meant(recording, finding)[:12]]
    more = len(finding.sites) - 12
    if where:
        rest = f" and {more:,} more" if more > 0 else ""
        lines.append(f"- **Where:** {', '.join(where)}{rest}")
    for name, words in (("Do", finding.advice), ("Why", finding.why)):
        if words:
            lines.append(f"- **{name}:** {_text(with_labels(words, labels))}")
    figures = [evidence(name, value) for name, value in finding.evidence.items()]
    if figures:
        told = " · ".join(_text(with_labels(figure, labels)) for figure in figures)
        lines.append(f"- **Evidence:** {told}")
    lines.append(f"- **Rule:** {_code(finding.rule)}, confidence {finding.confidence:.0%}")
    if finding.consequences:
        lines.append("- **Leads to:**")
        lines += _consequences(finding.consequences, labels, 1)
    return "\n".join(lines)


def _consequences(findings: Sequence[Finding], labels: Mapping[str, str], depth: int) -> list[str]:
    lines: list[str] = []
    for finding in findings:
        title = _text(with_labels(finding.title, labels))
        lines.append(f"{'  ' * depth}- {finding.severity}: {title} ({_code(finding.rule)})")
        lines += _consequences(finding.consequences, labels, depth + 1)
    return lines


def _table(recording: Recording, labels: Mapping[str, str]) -> str:
    sites = recording.sites
    rows = ["| " + " | ".join(_HEADINGS) + " |", "|---|---|---|" + "---:|" * 6]
    for site, whole in list(zip(sites, wholes(sites), strict=True))[:_MOST]:
        name = row_name(recording, site)
        cells = _row(name, site, summarise(site, whole), labels)
        rows.append("| " + " | ".join(cells) + " |")
    if len(sites) > _MOST:
        rows += ["", f"… and {len(sites) - _MOST:,} more sites."]
    return "\n".join(rows)


def _row(name: str, site: Site, figures: SiteSummary, labels: Mapping[str, str]) -> list[str]:
    role = "" if site.role == "hidden" else f" ({site.role})"
    spread = number(None)
    if figures.nonfinite:
        spread = f"{count(figures.nonfinite)} NaN/inf"
    elif figures.mean is not None:
        spread = f"{number(figures.mean)} ± {number(figures.std)}"
    return [
        _code(name) + role,
        _code(label_of(site.where, labels)),
        _code(site.activation),
        count(site.units),
        count(figures.dead),
        percent(figures.closed),
        percent(figures.zeros),
        spread,
        number(figures.grad_rms),
    ]


def _run(recording: Recording, labels: Mapping[str, str]) -> str:
    info = recording.info
    lines: list[str] = []
    for loss in recording.losses[:4]:
        where = _code(label_of(f"{loss.file}:{loss.line}", labels))
        lines.append(f"- **Loss:** {number(loss.first)} → {number(loss.last)} ({where})")
    lines.append(f"- **Steps:** {info.steps:,}, {info.sampled:,} of them watched in full")
    lines.append(f"- **Ended:** {_text(ending(recording))}")
    if info.watching_ended:
        lines.append(f"- **Stopped:** {_text(info.watching_ended)}")
    lines.append(f"- **Cost:** {_text(cost(recording))}")
    for label, words in remarks(recording):
        told = _text(with_labels(words.removeprefix("• "), labels))
        lines.append(f"- **{label.capitalize()}:** {told}" if label else f"  - {told}")
    return "\n".join(lines)


def _text(words: str) -> str:
    """Words as words: no sign in them means anything to Markdown or HTML."""
    escaped = _SPECIAL.sub(r"\\\1", visible(words))
    # an address, or somebody's name after an @, would be linked without any sign
    return escaped.replace("://", ":&#47;/").replace("www.", "www&#46;").replace("@", "&#64;")


def _code(words: str) -> str:
    """Words as code, within a cell of a table too."""
    words = visible(words).replace("|", "\\|")
    longest = max((len(run) for run in re.findall("`+", words)), default=0)
    fence = "`" * (longest + 1)
    room = " " if longest else ""
    return f"{fence}{room}{words}{room}{fence}" if words else ""
