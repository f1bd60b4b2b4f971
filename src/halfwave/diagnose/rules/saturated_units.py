"""``saturated-units``: tanh, sigmoid and the like, held at their bounds.

Definition
    For activations that are flat at both ends (tanh, sigmoid, hardtanh,
    hardsigmoid, softsign …). A unit is saturated when its slope was closed on
    at least 95 % of its elements. Closed means a slope of at most a thousandth
    of the largest: tanh beyond ±4.15, sigmoid beyond ±8.3. Glorot and Bengio,
    "Understanding the difficulty of training deep feedforward neural networks"
    (AISTATS 2010), describe how layers get there and stay.

Thresholds
    Warning from a tenth of the units on, or when half of the site's elements
    were closed in the last quarter of the run (DeepDiagnosis, Wardat et al.,
    ICSE 2022, alarms at half of a layer's inputs beyond ±5). Error from half
    of the units on, or at 85 % of the elements (TheDeepChecker's ρ > 0.85).

Passed over
    Activations that close on one side only (ReLU and its family: see
    ``dead-units``), gates, attention, and sites with fewer than 64 inputs or
    with non-finite outputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.changes import rectified
from halfwave.diagnose.families import saturates
from halfwave.diagnose.finding import Finding, Severity
from halfwave.diagnose.places import by_line, listed, place, producer_of, site_name
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.shared import as_one
from halfwave.diagnose.units import FEWEST_INPUTS, inputs_seen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording.model import Recording, Site

__all__ = [
    "ERROR_ELEMENTS",
    "ERROR_SHARE",
    "RULE",
    "UNIT_CLOSED",
    "WARNING_ELEMENTS",
    "WARNING_SHARE",
]

UNIT_CLOSED = 0.95
WARNING_SHARE = 0.1
ERROR_SHARE = 0.5
WARNING_ELEMENTS = 0.5
ERROR_ELEMENTS = 0.85

#: Inputs at which the confidence is one half.
_HALF_SURE = 100


@dataclass(frozen=True, slots=True)
class _Case:
    """One site with too much of it closed."""

    site: Site
    saturated: int
    units: int
    lately: float  # share of elements closed at the end of the run
    mean_abs: float
    inputs: int

    @property
    def share(self) -> float:
        return self.saturated / self.units if self.site.units is not None else 0.0

    @property
    def severity(self) -> Severity:
        if self.share >= ERROR_SHARE or self.lately >= ERROR_ELEMENTS:
            return "error"
        if self.share >= WARNING_SHARE or self.lately >= WARNING_ELEMENTS:
            return "warning"
        return "info"


def check(recording: Recording) -> Iterator[Finding]:
    """One finding for each source line."""
    cases = [case for site in as_one(recording.sites) if (case := _case(site)) is not None]
    for group in by_line(case for case in cases if case.severity != "info"):
        yield _finding(recording, group)


def _case(site: Site) -> _Case | None:
    statistics = site.statistics
    if site.role != "hidden" or not site.judged or not saturates(site):
        return None
    inputs = inputs_seen(site)
    if statistics is None or inputs < FEWEST_INPUTS or statistics.nonfinite.sum() > 0:
        return None
    seen = statistics.elements > 0
    closed = 1 - statistics.open_elements / np.where(seen, statistics.elements, 1)
    return _Case(
        site=site,
        saturated=int(np.count_nonzero(seen & (closed >= UNIT_CLOSED))),
        units=len(statistics.inputs),
        lately=_closed_lately(site),
        mean_abs=float(statistics.total_abs.sum() / max(statistics.elements.sum(), 1)),
        inputs=inputs,
    )


def _finding(recording: Recording, group: list[_Case]) -> Finding:
    worst = group[0]
    saturated, units = sum(case.saturated for case in group), sum(case.units for case in group)
    lately = max(case.lately for case in group)
    names = listed([site_name(recording, case.site) for case in group])
    inputs = min(case.inputs for case in group)
    error = worst.severity == "error"
    return Finding(
        rule=RULE.name,
        severity=worst.severity,
        title=f"{saturated:,} of {units:,} units of {names} are saturated"
        if worst.share >= WARNING_SHARE
        else f"{names}: {lately:.0%} of the elements are saturated",
        sites=tuple(case.site.path for case in group),
        site_ids=tuple(case.site.id for case in group),
        where=place(recording, worst.site.file, worst.site.line),
        evidence={
            "saturated": saturated,
            "units": units,
            "worst_share": round(worst.share, 4),
            "closed_lately": round(lately, 4),
            "mean_abs_output": round(worst.mean_abs, 4),
            "inputs": inputs,
            "threshold_share": ERROR_SHARE if error else WARNING_SHARE,
            "threshold_elements": ERROR_ELEMENTS if error else WARNING_ELEMENTS,
        },
        why=f"{worst.site.activation} is flat out there: almost no gradient passes, so neither"
        " these units nor the layers before them learn.",
        advice=_advice(recording, worst.site),
        confidence=round(inputs / (inputs + _HALF_SURE), 3),
    )


def _closed_lately(site: Site) -> float:
    """Share of elements closed in the last quarter of the samples."""
    rows = site.samples[-max(len(site.samples) // 4, 1) :]
    measured = np.isfinite(rows["open"]) & (rows["elements"] > 0)
    if not measured.any():
        return 0.0
    rows = rows[measured]
    return float(1 - np.average(rows["open"], weights=rows["elements"]))


def _advice(recording: Recording, site: Site) -> str:
    producer = producer_of(site) or "the layer before it"
    norm = "nn.BatchNorm2d" if len(site.shape) == 4 else "nn.LayerNorm"
    return (
        f"Make what {producer} gives smaller: normalise its inputs (mean 0, standard deviation 1),"
        f" start its weights with Xavier initialisation, or put {norm} between it and"
        f" {site.call or site.activation}; or {rectified(recording, site)}. If it became so during"
        " training, lower the learning rate."
    )


RULE = Rule(
    name="saturated-units",
    summary="units of tanh, sigmoid and the like that are held at their bounds",
    check=check,
    hinders="error",
)
