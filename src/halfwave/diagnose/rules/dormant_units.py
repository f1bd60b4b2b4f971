"""``dormant-units``: units that do open, and give next to nothing.

Definition
    A unit's score is its mean |output| over the mean of its layer's units; it is
    dormant when the score is at most τ = 0.025 (Sokar et al., "The dormant
    neuron phenomenon in deep reinforcement learning", ICML 2023). Dead units
    have a score of 0 and are told of by ``dead-units`` alone: they are not
    counted here.

Thresholds
    Warning when half of a site's units, of 8 at least, are dormant and not dead, and the
    loss did not fall by three tenths; else info, from a quarter on.

Passed over
    As for ``dead-units``, with activations that close on both sides; outputs of an
    activation that is far from 0 at rest (sigmoid) are never dormant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.changes import unclosing
from halfwave.diagnose.course import fell_well
from halfwave.diagnose.families import saturates
from halfwave.diagnose.finding import Finding
from halfwave.diagnose.places import by_line, listed, place, site_name
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.shared import as_one
from halfwave.diagnose.units import FEWEST_INPUTS, dead_units_of, inputs_seen, judged_units

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.diagnose.finding import Severity
    from halfwave.recording.model import Recording, Site

__all__ = ["INFO_SHARE", "RULE", "TAU", "WARNING_SHARE"]

TAU = 0.025
WARNING_SHARE = 0.5
INFO_SHARE = 0.25

_FEWEST_UNITS = 8


@dataclass(frozen=True, slots=True)
class _Case:
    """One site with dormant units."""

    site: Site
    dormant: int
    dead: int
    units: int
    severity: Severity

    @property
    def share(self) -> float:
        return self.dormant / self.units


def check(recording: Recording) -> Iterator[Finding]:
    """One finding for each source line."""
    mild = fell_well(recording)
    cases = [case for site in as_one(recording.sites) if (case := _case(site, mild=mild))]
    for group in by_line(cases):
        yield _finding(recording, group)


def _case(site: Site, *, mild: bool) -> _Case | None:
    statistics = judged_units(site)
    if statistics is None or saturates(site):
        return None
    units = len(statistics.inputs)
    if units < _FEWEST_UNITS or inputs_seen(site) < FEWEST_INPUTS:
        return None
    if statistics.nonfinite.sum() > 0:
        return None
    size = statistics.total_abs / np.maximum(statistics.elements, 1)
    mean = float(size.mean())
    if not mean > 0:
        return None
    low = size <= TAU * mean
    dead = dead_units_of(site)
    low[dead] = False
    dormant = int(np.count_nonzero(low))
    if dormant < INFO_SHARE * units:
        return None
    severe = dormant >= WARNING_SHARE * units and not mild
    return _Case(site, dormant, len(dead), units, "warning" if severe else "info")


def _finding(recording: Recording, group: list[_Case]) -> Finding:
    worst = group[0]
    dormant, units = sum(case.dormant for case in group), sum(case.units for case in group)
    return Finding(
        rule=RULE.name,
        severity=worst.severity,
        title=f"{dormant:,} of {units:,} units of"
        f" {listed([site_name(recording, case.site) for case in group])} are dormant",
        sites=tuple(case.site.path for case in group),
        site_ids=tuple(case.site.id for case in group),
        where=place(recording, worst.site.file, worst.site.line),
        evidence={
            "dormant": dormant,
            "units": units,
            "worst_share": round(worst.share, 4),
            "dead_besides": sum(case.dead for case in group),
            "tau": TAU,
            "threshold": WARNING_SHARE if worst.severity == "warning" else INFO_SHARE,
        },
        why="What they give is lost beside their neighbours: the layer works with the others"
        " alone.",
        advice="Lower the learning rate or decay it, or put nn.LayerNorm before the activation;"
        f" {unclosing(recording, worst.site)}."
        if worst.severity == "warning"
        else "Nothing needs to be done while the loss falls.",
        confidence=0.7,
    )


RULE = Rule(
    name="dormant-units",
    summary="units that do open, and give next to nothing",
    check=check,
    hinders=None,
)
