"""All that a page says, before it has a form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from halfwave.diagnose import verdict
from halfwave.diagnose.places import row_name
from halfwave.diagnose.shared import wholes
from halfwave.plotting.runs import Curves
from halfwave.report.facts import cost, ending, labels_of, not_observed, remarks, went_well
from halfwave.report.html.captions import captions_of
from halfwave.report.html.detail import site_in_full
from halfwave.report.html.events import events_of
from halfwave.report.html.levels import FULL, LEVELS, level_for
from halfwave.report.html.overview import losses_of, parameters_of, rates_of, sites_of
from halfwave.report.html.rule_pages import RulePage, rule_pages
from halfwave.report.html.views import MOST_FINDINGS, findings_of
from halfwave.report.meant import CALM, ranks_of
from halfwave.report.summary import SiteSummary, summarise
from halfwave.report.text import count, number, percent, visible, with_labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from halfwave.diagnose import Finding
    from halfwave.recording import Recording, Site
    from halfwave.report.html.events import Event
    from halfwave.report.html.views import FindingView

__all__ = ["Content", "content_of"]

#: Sites in one block of the page's data: a reader's browser unpacks one block to show one site.
_BLOCK: Final = 40
#: Rows of the table that stand in the page itself, for a reader without scripts.
_PLAIN_ROWS: Final = 100
#: A loss that falls by so much is drawn on a logarithmic scale.
_DECADES: Final = 50.0


@dataclass(frozen=True, slots=True)
class Content:
    """What the template and the page's script are given."""

    title: str
    verdict: str
    tone: str  # "error", "warning", "good" or "plain"
    findings: list[FindingView]
    more_findings: int  # that are not listed
    events: list[Event]
    captions: dict[str, str]
    unobserved: list[str]
    facts: list[tuple[str, str]]
    rules: list[RulePage]
    rows: list[list[str]]
    sites: int
    data: dict[str, Any]
    details: list[list[dict[str, Any]]]
    log_loss: bool
    coarse: bool  # the page holds less of each site than the recording


def content_of(recording: Recording, findings: Sequence[Finding], *, source: bool) -> Content:
    """Gather what the page says of a recording and its findings."""
    sites = recording.sites
    labels = labels_of(recording)
    shared = wholes(sites)
    figures = [summarise(site, whole) for site, whole in zip(sites, shared, strict=True)]
    ranks = ranks_of(sites, findings)
    names = [row_name(recording, site) for site in sites]
    events = events_of(recording, shared)
    curves = Curves()
    details = _details(sites, shared, ranks, curves)
    data = {
        "sites": sites_of(sites, figures, labels, names, ranks),
        "losses": losses_of(recording, labels),
        "rates": rates_of(recording),
        "parameters": parameters_of(recording),
        "events": [[event.step, event.kind, event.text] for event in events],
        "curves": curves.found,
        "block": _BLOCK,
    }
    info = recording.info
    return Content(
        title=visible(" ".join((info.script or "halfwave", *info.argv))),
        verdict=visible(with_labels(verdict(recording, findings), labels)),
        tone=_tone(recording, findings),
        findings=findings_of(recording, findings, labels, source=source),
        more_findings=max(sum(not f.cause for f in findings) - MOST_FINDINGS, 0),
        events=events,
        captions=captions_of(recording, figures),
        unobserved=[visible(line) for line in not_observed(recording, labels)],
        facts=_facts(recording, labels),
        rules=rule_pages(finding.rule for finding in findings),
        rows=[
            [visible(cell) for cell in (name, *_row(site, figure))]
            for name, site, figure in list(zip(names, sites, figures, strict=True))[:_PLAIN_ROWS]
        ],
        sites=len(sites),
        data=data,
        details=details,
        log_loss=_falls_far(recording),
        coarse=level_for(len(sites)) is not FULL,
    )


def _details(
    sites: Sequence[Site], shared: Sequence[Site], ranks: Sequence[int], curves: Curves
) -> list[list[dict[str, Any]]]:
    level = level_for(len(sites))
    # what a finding names is what a reader opens: it may take more room, if it is not everything
    finer = LEVELS[max(LEVELS.index(level) - 1, 0)]
    if sum(rank < CALM for rank in ranks) > finer.sites:
        finer = level
    made = [
        site_in_full(site, whole, finer if rank < CALM else level, curves.of(site))
        for site, whole, rank in zip(sites, shared, ranks, strict=True)
    ]
    return [made[at : at + _BLOCK] for at in range(0, len(made), _BLOCK)]


def _tone(recording: Recording, findings: Sequence[Finding]) -> str:
    worst = min(findings, key=lambda finding: finding.rank, default=None)
    if worst is not None and worst.severity != "info":
        return worst.severity
    if recording.info.state == "failed":
        return "error"
    return "good" if went_well(recording) else "plain"


def _falls_far(recording: Recording) -> bool:
    if not recording.losses:
        return False
    parts = [loss.samples["min"] for loss in recording.losses]
    values = np.concatenate(parts + [loss.samples["max"] for loss in recording.losses])
    values = values[np.isfinite(values)]
    return bool(len(values) and values.min() > 0 and values.max() > _DECADES * values.min())


def _facts(recording: Recording, labels: Mapping[str, str]) -> list[tuple[str, str]]:
    info = recording.info
    facts: list[tuple[str, str]] = []
    for loss in recording.losses[:4]:
        bad = int(loss.samples["nonfinite"].sum())
        note = f", {bad:,} not finite" if bad else ""
        where = labels.get(loss.file, loss.file)
        facts.append(
            ("Loss", f"{number(loss.first)} → {number(loss.last)}{note} ({where}:{loss.line})")
        )
    facts.append(("Steps", f"{info.steps:,}, {info.sampled:,} of them watched in full"))
    facts.append(("Ended", ending(recording)))
    if info.watching_ended:
        facts.append(("Stopped", f"the watching ended early: {info.watching_ended}"))
    facts.append(("Cost", cost(recording)))
    facts += [
        (label.capitalize(), with_labels(words, labels)) for label, words in remarks(recording)
    ]
    versions = [f"halfwave {info.halfwave}" if info.halfwave else ""]
    versions += [f"Python {info.python}" if info.python else ""]
    versions += [f"torch {info.torch}" if info.torch else "", info.device or ""]
    facts.append(("Made with", ", ".join(part for part in versions if part)))
    return [(name, visible(words)) for name, words in facts]


def _row(site: Site, figures: SiteSummary) -> list[str]:
    spread = f"{number(figures.mean)} ± {number(figures.std)}"
    return [
        site.activation,
        count(site.units),
        count(figures.dead),
        percent(figures.closed),
        percent(figures.zeros),
        spread if figures.mean is not None else number(None),
        number(figures.grad_rms),
    ]
