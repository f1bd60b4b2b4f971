"""``always-open-units``: ReLUs that let everything through, and so do nothing.

Definition
    A ReLU unit that was open on at least 99.9 % of its elements is the
    identity: no kink is left where its inputs lie. A site is linear when nine
    tenths of its units are (of 2 at least).

Thresholds
    Warning when every ReLU site of the network is linear, no other activation
    stands among its hidden sites, and nothing else between its layers bends (max
    pooling, the largest k of them, products): whatever its depth, the network
    is one linear map (Montúfar et al., "On the number of linear regions of
    deep neural networks", NeurIPS 2014: what depth adds is kinks that inputs
    cross). Info for single sites of others.

Passed over
    Activations other than ReLU and ReLU6 (a leaky one lets everything through and
    bends all the same), sites with fewer than 64 inputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.finding import Finding
from halfwave.diagnose.operations import bends, is_activation
from halfwave.diagnose.places import by_line, listed, place, producer_of, site_name
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.shared import as_one
from halfwave.diagnose.units import FEWEST_INPUTS, inputs_seen, judged_units

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.diagnose.finding import Severity
    from halfwave.recording.model import Recording, Site

__all__ = ["LINEAR", "OPEN", "RULE"]

OPEN = 0.999
LINEAR = 0.9

_RECTIFIERS = {"relu", "relu6"}


@dataclass(frozen=True, slots=True)
class _Case:
    """One site that is linear."""

    site: Site
    always: int
    units: int
    severity: Severity

    @property
    def share(self) -> float:
        return self.always / self.units


def check(recording: Recording) -> Iterator[Finding]:
    """One finding for each source line."""
    hidden = [site for site in as_one(recording.sites) if site.role == "hidden"]
    linear = [found for site in hidden if (found := _always(site)) is not None]
    whole = len(linear) == len(hidden) and not _bends_elsewhere(recording)
    severity: Severity = "warning" if whole else "info"
    cases = [_Case(site, always, units, severity) for site, always, units in linear]
    for group in by_line(cases):
        yield _finding(recording, group)


def _bends_elsewhere(recording: Recording) -> bool:
    """Whether something that is no activation is not linear: units chosen by size, products."""
    ways = (link.operations for layer in recording.layers for link in layer.links)
    return any(bends([name for name in way if not is_activation(name)]) for way in ways)


def _always(site: Site) -> tuple[Site, int, int] | None:
    statistics = judged_units(site)
    if statistics is None or site.activation not in _RECTIFIERS:
        return None
    if len(statistics.inputs) < 2 or inputs_seen(site) < FEWEST_INPUTS:
        return None
    seen = np.maximum(statistics.elements, 1)
    always = int(np.count_nonzero(statistics.open_elements >= OPEN * seen))
    units = len(statistics.inputs)
    return (site, always, units) if always >= LINEAR * units else None


def _finding(recording: Recording, group: list[_Case]) -> Finding:
    worst = group[0]
    always, units = sum(case.always for case in group), sum(case.units for case in group)
    whole = worst.severity == "warning"
    producer = producer_of(worst.site) or "the layer before it"
    return Finding(
        rule=RULE.name,
        severity=worst.severity,
        title=f"{always:,} of {units:,} units of"
        f" {listed([site_name(recording, case.site) for case in group])} are open on every input"
        + (": the network is linear" if whole else ""),
        sites=tuple(case.site.path for case in group),
        site_ids=tuple(case.site.id for case in group),
        where=place(recording, worst.site.file, worst.site.line),
        evidence={
            "always_open": always,
            "units": units,
            "worst_share": round(worst.share, 4),
            "linear_sites": len(group),
            "inputs": min(inputs_seen(case.site) for case in group),
            "threshold": OPEN,
        },
        why=f"{worst.site.activation} is the identity above 0: with no input below it,"
        " the layer before and the layer after are one linear map.",
        advice=f"Let the inputs of {site_name(recording, worst.site)} be on both sides of 0: start"
        f" the bias of {producer} at 0, give it inputs of mean 0 (and standard deviation 1), and"
        " weights of both signs; nn.BatchNorm1d or nn.LayerNorm before the activation does it too.",
        confidence=0.8,
    )


RULE = Rule(
    name="always-open-units",
    summary="ReLUs that let everything through, and so do nothing",
    check=check,
)
