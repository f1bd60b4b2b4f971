"""``outputs-not-centred``: a saturating layer whose outputs all lie on one side of 0.

Definition
    The mean of a unit's output against its spread, the median over a site's
    units. Where the outputs of a layer all have one sign, all weights
    of a unit in the next layer move up or down together (LeCun et al.,
    "Efficient BackProp", 1998, section 4.3).

Thresholds
    Info, when two hidden sites or more, of activations that are bounded on both
    sides (sigmoid, tanh), have a median |mean| of at least 3 standard
    deviations, and the loss hardly fell. ReLU and its family are
    never centred, and learn all the same: they are passed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.changes import rectified
from halfwave.diagnose.course import hardly_fell, main_course
from halfwave.diagnose.families import saturates
from halfwave.diagnose.finding import Finding
from halfwave.diagnose.numerals import numeral
from halfwave.diagnose.places import listed, place, site_name
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.shared import as_one
from halfwave.diagnose.units import FEWEST_INPUTS, inputs_seen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording.model import Recording, Site

__all__ = ["FEWEST_SITES", "OFF_CENTRE", "RULE"]

OFF_CENTRE = 3.0
FEWEST_SITES = 2


def check(recording: Recording) -> Iterator[Finding]:
    """One finding at most."""
    hidden = [site for site in as_one(recording.sites) if site.role == "hidden" and saturates(site)]
    measured = [(site, _off_centre(site)) for site in hidden]
    off = [(site, value) for site, value in measured if value >= OFF_CENTRE]
    found = main_course(recording) if len(off) >= FEWEST_SITES else None
    if found is None or not hardly_fell(found[1]):
        return
    worst, value = max(off, key=lambda pair: pair[1])
    # tanh is centred where what it is given is: there it is not the function's doing
    change = (
        "see whether a bias or what it is given lies to one side"
        if worst.activation == "tanh"
        else f"{rectified(recording, worst)}, or use tanh, whose outputs have a mean of 0"
    )
    yield Finding(
        rule=RULE.name,
        severity="info",
        title=f"the outputs of {listed([site_name(recording, site) for site, _ in off])} are far"
        f" from 0 on average: by {numeral(value, 2)} standard deviations",
        sites=tuple(site.path for site, _ in off),
        site_ids=tuple(site.id for site, _ in off),
        where=place(recording, worst.file, worst.line),
        evidence={"off_centre": value, "sites_off_centre": len(off), "threshold": OFF_CENTRE},
        why="Inputs of one sign make all weights of a unit move the same way in a step: the"
        " network zigzags, and learns slowly.",
        advice=f"{change[0].upper()}{change[1:]}; nn.BatchNorm1d or nn.LayerNorm after it centres"
        " the outputs.",
        confidence=0.5,
    )


def _off_centre(site: Site) -> float:
    statistics = site.statistics
    if statistics is None or inputs_seen(site) < FEWEST_INPUTS:
        return 0.0
    seen = np.maximum(statistics.elements, 1)
    mean = statistics.total / seen
    spread = np.sqrt(np.maximum(statistics.total_square / seen - mean**2, 0.0))
    found = np.abs(mean[spread > 0]) / spread[spread > 0]
    return float(np.median(found)) if len(found) else 0.0


RULE = Rule(
    name="outputs-not-centred",
    summary="a saturating layer whose outputs all lie on one side of 0",
    check=check,
    hinders=None,
)
