"""One site's statistics as the few figures that every kind of report shows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.units import FEWEST_INPUTS, dead_units_of, inputs_seen, judged_units

if TYPE_CHECKING:
    from halfwave.recording.model import Array, Site

__all__ = ["SiteSummary", "summarise"]


@dataclass(frozen=True, slots=True)
class SiteSummary:
    """The figures of a site over all that was watched; None where unknown."""

    dead: int | None  # units closed on every input seen
    inputs: int  # samples seen
    closed: float | None  # share of elements, 0…1
    zeros: float | None  # share of elements that are exactly 0
    mean: float | None  # of the finite outputs
    std: float | None
    absmax: float | None
    nonfinite: int  # output elements that are NaN or infinite
    grad_rms: float | None  # root mean square of dLoss/dOutput


def summarise(site: Site, whole: Site | None = None) -> SiteSummary:
    """Sum a site's statistics over its units.

    Parameters
    ----------
    site
        A site of a recording. Its training statistics are used, or those of
        evaluation in a program that never trains it.
    whole
        What `halfwave.diagnose.shared.wholes` gives for it: units that are open
        at another of the sites that share them are not dead.

    Returns
    -------
    SiteSummary
        ``dead`` and ``closed`` are None for an activation without a slope
        test (softmax); ``dead`` also at a site that is not hidden, whose unit
        dimension is unknown, or that saw too few inputs to tell.
    """
    seen = site.statistics
    if seen is None:
        return SiteSummary(None, 0, None, None, None, None, None, 0, None)
    elements = _total(seen.elements)
    nonfinite = _total(seen.nonfinite)
    finite = elements - nonfinite
    mean = _ratio(_total(seen.total), finite)
    square = _ratio(_total(seen.total_square), finite)
    std = None
    if mean is not None and square is not None:
        # rounding may leave a constant output with a variance just below 0
        std = _finite(math.sqrt(max(square - mean * mean, 0.0)))
    grad_square = _ratio(_total(seen.grad_square), _total(seen.grad_elements))
    open_share = _ratio(_total(seen.open_elements), elements)
    return SiteSummary(
        dead=_dead(whole or site),
        inputs=int(seen.inputs.max(initial=0)),
        closed=1.0 - open_share if open_share is not None and site.judged else None,
        zeros=_ratio(_total(seen.zeros), elements),
        mean=mean,
        std=std,
        absmax=_finite(float(seen.absmax.max(initial=0.0))) if finite > 0 else None,
        nonfinite=int(nonfinite) if math.isfinite(nonfinite) else 0,
        grad_rms=None if grad_square is None else math.sqrt(max(grad_square, 0.0)),
    )


def _dead(site: Site) -> int | None:
    # nothing is dead where too little was seen to tell, but nothing is known to live either
    known = judged_units(site) is not None and inputs_seen(site) >= FEWEST_INPUTS
    return len(dead_units_of(site)) if known else None


def _total(column: Array) -> float:
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.sum(column, dtype=np.float64))


def _ratio(part: float, whole: float) -> float | None:
    return _finite(part / whole) if whole > 0 else None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
