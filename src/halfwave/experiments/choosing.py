"""Which learning-rate factor an activation is judged at: its best, chosen without the seed judged.

Taking the best of several factors by the seeds that are then reported would flatter whoever
has most factors to choose from. So for every seed the factor is taken that
is best on average over all other seeds.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["chosen"]


def chosen(
    values: Mapping[float, Mapping[int, float]], *, larger_is_better: bool
) -> dict[int, tuple[float, float]]:
    """Choose a factor for every seed.

    Parameters
    ----------
    values
        Factor to seed to figure; NaN and infinities are the worst there is.
    larger_is_better
        What counts as best.

    Returns
    -------
    dict
        Seed to (factor, figure). With one seed it is the factor that is best on it.
    """
    seeds = sorted({seed for of_factor in values.values() for seed in of_factor})
    found: dict[int, tuple[float, float]] = {}
    for seed in seeds:
        others = [s for s in seeds if s != seed] or [seed]
        # equal factors: the one nearest to the script's own
        order = sorted(values, key=lambda factor: (abs(math.log(factor)), factor))
        ranked = [
            (score, factor)
            for factor in order
            if seed in values[factor]
            and (score := _mean(values[factor], others, sign=-1 if larger_is_better else 1))
            is not None
        ]
        if ranked:
            _, factor = min(ranked, key=lambda pair: pair[0])
            found[seed] = (factor, values[factor][seed])
    return found


def _mean(of_factor: Mapping[int, float], seeds: list[int], *, sign: int) -> float | None:
    """Return the mean over those seeds, smaller is better; None where one was not run."""
    known = [of_factor[seed] for seed in seeds if seed in of_factor]
    if not known:
        return None
    if not all(math.isfinite(value) for value in known):
        return math.inf
    return sign * sum(known) / len(known)
