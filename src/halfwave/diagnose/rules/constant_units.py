"""``constant-units``: units that give the same value, and not 0, whatever they are given.

Definition
    The spread of a unit's output over all that was watched is at most a
    thousandth of the size of its mean. A unit that always gives 0 is dead
    (``dead-units``); one held at a bound is saturated (``saturated-units``).

Thresholds
    Warning from half of a site's units on; fewer are not reported: units whose
    inputs never vary (a pixel at the border) exist in sound networks.

Passed over
    Fewer than 64 inputs, gates and attention, sites with non-finite outputs, sites
    of which dead or saturated units make up most.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.finding import Finding
from halfwave.diagnose.places import by_line, listed, place, producer_of, site_name
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.shared import as_one
from halfwave.diagnose.units import FEWEST_INPUTS, closed_share, inputs_seen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.diagnose.finding import Severity
    from halfwave.recording.model import Recording, Site

__all__ = ["RULE", "SHARE", "SPREAD"]

SPREAD = 1e-3
SHARE = 0.5

_CLOSED = 0.5


@dataclass(frozen=True, slots=True)
class _Case:
    """One site with constant units."""

    site: Site
    constant: int
    units: int
    severity: Severity = "warning"

    @property
    def share(self) -> float:
        return self.constant / self.units


def check(recording: Recording) -> Iterator[Finding]:
    """One finding for each source line."""
    for group in by_line(case for site in as_one(recording.sites) if (case := _case(site))):
        yield _finding(recording, group)


def _case(site: Site) -> _Case | None:
    statistics = site.statistics
    if site.role != "hidden" or site.units is None or statistics is None:
        return None
    if inputs_seen(site) < FEWEST_INPUTS or statistics.nonfinite.sum() > 0:
        return None
    if site.judged and (closed_share(site) or 0.0) > _CLOSED:
        return None
    seen = np.maximum(statistics.elements, 1)
    mean = statistics.total / seen
    variance = np.maximum(statistics.total_square / seen - mean**2, 0.0)
    constant = int(np.count_nonzero((mean != 0) & (np.sqrt(variance) <= SPREAD * np.abs(mean))))
    units = len(statistics.inputs)
    return _Case(site, constant, units) if constant >= max(SHARE * units, 1) else None


def _finding(recording: Recording, group: list[_Case]) -> Finding:
    worst = group[0]
    constant, units = sum(case.constant for case in group), sum(case.units for case in group)
    producer = producer_of(worst.site) or "the layer before it"
    return Finding(
        rule=RULE.name,
        severity="warning",
        title=f"{constant:,} of {units:,} units of"
        f" {listed([site_name(recording, case.site) for case in group])} give one constant value",
        sites=tuple(case.site.path for case in group),
        site_ids=tuple(case.site.id for case in group),
        where=place(recording, worst.site.file, worst.site.line),
        evidence={
            "constant": constant,
            "units": units,
            "worst_share": round(worst.share, 4),
            "inputs": min(inputs_seen(case.site) for case in group),
            "threshold": SHARE,
        },
        why="What does not depend on the input tells the layers after it nothing: they see a bias.",
        advice=f"See what {producer} is given (inputs that do not vary, a layer before it that is"
        " dead, a normalisation over a single value), and that its weights are not near 0 beside"
        " its bias.",
        confidence=0.7,
    )


def _explained_by(recording: Recording, cause: Finding, mine: Finding) -> bool:
    """A dead layer feeds the next one a constant; so do constant inputs."""
    del recording, mine
    if cause.rule == "dead-units":
        return int(cause.evidence.get("wholly_dead_sites", 0)) > 0
    return cause.severity != "info" and cause.rule in {
        "bad-initial-scale",
        "bad-inputs",
        "batch-norm-on-one",
        "deep-saturating-stack",
        "duplicate-units",
        "learning-rate-too-high",
        "saturated-units",
        "vanishing-gradients",
    }


RULE = Rule(
    name="constant-units",
    summary="units that give the same value, and not 0, whatever they are given",
    check=check,
    explained_by=_explained_by,
)
