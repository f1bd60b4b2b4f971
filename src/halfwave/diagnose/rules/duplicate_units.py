"""``duplicate-units``: units of one layer with the same weights, so that they learn the same.

Definition
    Rows of a weight (one a unit) that point in the same direction at the end
    of the run, and did so when it was first seen. Units that begin with equal
    weights get equal gradients and stay equal: the symmetry is never broken,
    and the layer is as wide as it has different rows (Goodfellow, Bengio and
    Courville, "Deep Learning", section 8.4).

Thresholds
    Error when no more than a tenth of the rows differ (or one), warning when no
    more than half do. Rows of random weights all differ.

Passed over
    Weights that became different in training (a start at zero of a last layer
    or of an adapter is sound), rows of a single element, which know two
    directions only, embeddings (words that never occur), and what is frozen.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from halfwave.diagnose.depth import site_of
from halfwave.diagnose.finding import Finding
from halfwave.diagnose.places import listed, place
from halfwave.diagnose.registry import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from halfwave.recording.facts import Layer as FactsLayer
    from halfwave.recording.model import Parameter, Recording

__all__ = ["ERROR_SHARE", "FEWEST_UNITS", "RULE", "WARNING_SHARE"]

ERROR_SHARE = 0.1
WARNING_SHARE = 0.5
FEWEST_UNITS = 2


@dataclass(frozen=True, slots=True)
class _Case:
    """One weight, its units, and how many of them differ."""

    parameter: Parameter
    units: int
    distinct: int

    @property
    def share(self) -> float:
        # two units that are one leave no share smaller than a half
        return 0.0 if self.distinct <= 1 else self.distinct / self.units


def check(recording: Recording) -> Iterator[Finding]:
    """One finding at most, the narrowest layer first."""
    names = Counter(p.name for p in recording.parameters)
    # two models may both have a layer "0": whose it is, is not known then
    layers = {layer.weight: layer for layer in recording.layers if names[layer.weight] == 1}
    cases = [
        _Case(p, units, p.distinct_rows)
        for p in recording.parameters
        if p.trainable
        and p.used
        and p.distinct_rows is not None
        and (units := _units(p, layers.get(p.name))) >= FEWEST_UNITS
    ]
    found = [case for case in cases if _duplicated(case)]
    if found:
        yield _finding(recording, sorted(found, key=lambda case: case.share))


def _units(parameter: Parameter, layer: FactsLayer | None) -> int:
    """How many units a weight has; 0 where its rows can tell nothing."""
    shape = parameter.shape
    if len(shape) < 2 or (layer is not None and layer.kind in {"embedding", "norm"}):
        return 0
    units = min(shape[:2])  # a weight made by hand may have its units in its columns
    if layer is not None and len(layer.shape) > 1:
        told = layer.shape[1 if layer.kind == "convolution" else -1]
        units = told if told in shape else units
    # with a single weight each, two directions are all there are
    return units if math.prod(shape) >= 2 * units else 0


def _duplicated(case: _Case) -> bool:
    before = case.parameter.first_distinct_rows
    most = WARNING_SHARE * case.units
    return case.distinct <= most and (before is None or before <= most)


def _finding(recording: Recording, found: Sequence[_Case]) -> Finding:
    worst = found[0]
    parameter = worst.parameter
    names = [case.parameter.name for case in found]
    site = site_of(recording, parameter.name)
    severe = worst.share <= ERROR_SHARE
    before = parameter.first_distinct_rows
    how = "all the same weights" if worst.distinct <= 1 else f"{worst.distinct:,} sets of weights"
    others = f" (and so in {listed(names[1:])})" if len(names) > 1 else ""
    return Finding(
        rule=RULE.name,
        severity="error" if severe else "warning",
        title=f"the {worst.units:,} units of {parameter.name} have {how} among them{others}",
        sites=tuple(names),
        where=place(recording, site.file, site.line) if site else _line(recording, parameter.name),
        evidence={
            "units": worst.units,
            "different": worst.distinct,
            "different_at_the_start": "unknown" if before is None else before,
            "weights": len(found),
            "threshold": ERROR_SHARE if severe else WARNING_SHARE,
        },
        why="Units that begin alike get the same gradient and stay alike: the layer does the work"
        " of fewer units than it has.",
        advice=f"Start {listed(names)} at random: leave torch's own initialisation in place, or use"
        " nn.init.kaiming_normal_ (ReLU) or nn.init.xavier_normal_ (tanh, sigmoid) where"
        " nn.init.constant_, ones_ or zeros_ stands now; only biases may start at a constant.",
        confidence=0.95,
    )


def _line(recording: Recording, weight: str) -> str:
    for layer in recording.layers:
        if layer.weight == weight and layer.file:
            return place(recording, layer.file, layer.line)
    return ""


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """Equal weights of a bad size close all units alike, or scale signals badly."""
    del recording
    return mine.severity == "error" and other.rule in {
        "bad-initial-scale",
        "constant-units",
        "dead-units",
        "always-open-units",
        "saturated-units",
        "vanishing-gradients",
    }


RULE = Rule(
    name="duplicate-units",
    summary="units of one layer with the same weights, so that they learn the same",
    check=check,
    explains=_explains,
)
