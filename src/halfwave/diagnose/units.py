"""Which units of a site are dead: the one answer that rules and reports share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from halfwave.recording.model import Array, Site, UnitStatistics

__all__ = [
    "DEATH_WINDOW",
    "FEWEST_INPUTS",
    "closed_share",
    "dead_units_of",
    "inputs_seen",
    "judged_units",
    "window_needed",
]

#: A unit counts as dead when closed on this many inputs in a row (Dohare et
#: al., "Loss of plasticity in deep continual learning", Nature 632, 2024) …
DEATH_WINDOW = 2000
#: … or on a quarter of those seen, in a run too short for that, but never on fewer
#: than these: a unit that is open on 5 % of inputs is closed on 64 in a row
#: once in 27 times by chance, one that is open on 10 % once in 850.
FEWEST_INPUTS = 64


def judged_units(site: Site) -> UnitStatistics | None:
    """Statistics of a site whose units may be judged, else None.

    A site may be judged if it is hidden, its activation has a slope test, and
    it is known which of its dimensions holds the units.
    """
    statistics = site.statistics
    if site.role != "hidden" or not site.judged or site.units is None or statistics is None:
        return None
    return statistics if len(statistics.inputs) > 0 else None


def inputs_seen(site: Site) -> int:
    """Samples that the units of a site were watched on: the least watched unit's."""
    statistics = site.statistics
    if statistics is None or len(statistics.inputs) == 0:
        return 0
    return int(statistics.inputs.min())


def window_needed(inputs: Array) -> Array:
    """Closed inputs in a row at which a unit counts as dead, int64 (units,).

    `DEATH_WINDOW`, or a quarter of the inputs that all units were watched on
    where that is less, and never less than `FEWEST_INPUTS`. (Units that seem
    dead are watched on more: that counts in their favour only.) A unit that was
    open in the first steps only is dead at the end; one that rests for a few
    batches is not.
    """
    seen = np.asarray(inputs, dtype=np.int64)
    quarter = seen.min(initial=np.iinfo(np.int64).max) // 4
    return np.full(seen.shape, max(min(DEATH_WINDOW, int(quarter)), FEWEST_INPUTS))


def dead_units_of(site: Site) -> Array:
    """Find the dead units of a site: closed on every input of the trailing window.

    Parameters
    ----------
    site : Site
        Any site; one whose units may not be judged has no dead ones.

    Returns
    -------
    ndarray of int64
        Their indices, ascending. Units with a NaN or an infinity in their
        output are left out: they are closed, but of another illness. With
        fewer than `FEWEST_INPUTS` inputs nothing is called dead; whether that
        is so is for the caller to ask (`inputs_seen`).
    """
    statistics = judged_units(site)
    if statistics is None:
        return np.zeros(0, np.int64)
    silent = statistics.closed_run >= window_needed(statistics.inputs)
    return np.flatnonzero(silent & ~(statistics.nonfinite > 0))


def closed_share(site: Site) -> float | None:
    """Share of a site's elements whose slope is closed, 0…1; None where nothing was seen."""
    statistics = site.statistics
    if statistics is None:
        return None
    elements = float(statistics.elements.sum())
    return 1.0 - float(statistics.open_elements.sum()) / elements if elements > 0 else None
