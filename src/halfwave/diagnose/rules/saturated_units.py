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

from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.families import closes_on_both_sides
from halfwave.diagnose.finding import Finding, Severity
from halfwave.diagnose.places import place, site_name
from halfwave.diagnose.registry import Rule
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


def check(recording: Recording) -> Iterator[Finding]:
    """One finding a site."""
    for site in recording.sites:
        if site.role == "hidden" and site.judged and closes_on_both_sides(site.activation):
            finding = _judge(recording, site)
            if finding is not None:
                yield finding


def _judge(recording: Recording, site: Site) -> Finding | None:
    statistics = site.statistics
    inputs = inputs_seen(site)
    if statistics is None or inputs < FEWEST_INPUTS or statistics.nonfinite.sum() > 0:
        return None
    elements = np.maximum(statistics.elements, 1)
    saturated = int(np.count_nonzero(1 - statistics.open_elements / elements >= UNIT_CLOSED))
    units = len(statistics.inputs)
    share = saturated / units if site.units is not None else 0.0
    recent = _closed_lately(site)
    severity: Severity
    if share >= ERROR_SHARE or recent >= ERROR_ELEMENTS:
        severity = "error"
    elif share >= WARNING_SHARE or recent >= WARNING_ELEMENTS:
        severity = "warning"
    else:
        return None
    name = site_name(site)
    return Finding(
        rule=RULE.name,
        severity=severity,
        title=f"{saturated:,} of {units:,} units of {name} are saturated"
        if share >= WARNING_SHARE
        else f"{name} is saturated: {recent:.0%} of its elements are closed",
        sites=(site.path,),
        where=place(recording, site.file, site.line),
        evidence={
            "saturated": saturated,
            "units": units,
            "share": round(share, 4),
            "closed_lately": round(recent, 4),
            "mean_abs_output": _mean_abs(site),
            "inputs": inputs,
            "threshold_share": ERROR_SHARE if severity == "error" else WARNING_SHARE,
            "threshold_elements": ERROR_ELEMENTS if severity == "error" else WARNING_ELEMENTS,
        },
        why=f"{site.activation} is flat out there: almost no gradient passes, so neither these"
        " units nor the layers before them learn.",
        advice=_advice(recording, site),
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


def _mean_abs(site: Site) -> float:
    statistics = site.statistics
    elements = 0.0 if statistics is None else float(statistics.elements.sum())
    if statistics is None or elements == 0:
        return 0.0
    return round(float(statistics.total_abs.sum()) / elements, 4)


def _advice(recording: Recording, site: Site) -> str:
    producer = site.producer or "the layer before it"
    instead = "nn.ReLU()" if site.call.startswith("nn.") else "F.relu(x)"
    norm = "nn.BatchNorm2d" if len(site.shape) == 4 else "nn.LayerNorm"
    return (
        f"Make what {producer} gives smaller: normalise its inputs (mean 0, standard deviation 1),"
        f" start its weights with Xavier initialisation, or put {norm} between it and"
        f" {site.call or site.activation}; or write {instead} at"
        f" {place(recording, site.file, site.line)}. If it became so during training, lower the"
        " learning rate."
    )


RULE = Rule(
    name="saturated-units",
    summary="units of tanh, sigmoid and the like that are held at their bounds",
    check=check,
)
