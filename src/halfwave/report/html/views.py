"""Findings and the facts of a run as the page's template shows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from halfwave.report.formats.places import quotable
from halfwave.report.meant import sites_meant
from halfwave.report.text import evidence, label_of, visible, with_labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from halfwave.diagnose import Finding
    from halfwave.recording import Recording

__all__ = ["MOST_FINDINGS", "FindingView", "Place", "findings_of"]

_SITES = 12
#: Findings in a page; who has more than that has one of them many times.
MOST_FINDINGS = 60


@dataclass(frozen=True, slots=True)
class Place:
    """A site or parameter that a finding names; ``site`` is its place in the recording."""

    name: str
    site: int | None = None


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding in words, with its links."""

    severity: str
    rule: str
    title: str
    where: str
    quote: str
    places: tuple[Place, ...]
    more: int  # places that are not listed
    evidence: tuple[str, ...]
    why: str
    advice: str
    confidence: float
    consequences: tuple[FindingView, ...] = field(default=())


def findings_of(
    recording: Recording,
    findings: Sequence[Finding],
    labels: Mapping[str, str],
    *,
    source: bool,
) -> list[FindingView]:
    """The findings that nothing else explains, each with what follows from it.

    Parameters
    ----------
    recording, findings
        As `halfwave.diagnose.diagnose` gives them.
    labels
        Source file to the short name of it.
    source
        Quote the source line that a finding names.
    """
    lines = quotable(recording) if source else {}

    def view(finding: Finding) -> FindingView:
        return FindingView(
            severity=finding.severity,
            rule=finding.rule,
            title=_clean(with_labels(finding.title, labels)),
            where=_clean(label_of(finding.where, labels)),
            quote=_clean(lines.get(finding.where, "")),
            places=tuple(
                Place(_clean(name), at) for name, at in sites_meant(recording, finding)[:_SITES]
            ),
            more=max(len(finding.sites) - _SITES, 0),
            evidence=tuple(
                _clean(with_labels(evidence(name, value), labels))
                for name, value in finding.evidence.items()
            ),
            why=_clean(with_labels(finding.why, labels)),
            advice=_clean(with_labels(finding.advice, labels)),
            confidence=finding.confidence,
            consequences=tuple(view(effect) for effect in finding.consequences),
        )

    roots = [finding for finding in findings if not finding.cause]
    return [view(finding) for finding in roots[:MOST_FINDINGS]]


def _clean(text: str) -> str:
    """Spell out control characters and those that turn the writing direction."""
    return visible(text)
