"""Paired differences: what the seeds show, with intervals that hold for all comparisons at once.

Every variant meets the baseline under the same seeds, so it is judged by its
differences seed by seed. With several variants the chance that one of them
seems better by luck grows; Holm's method keeps that chance below 5 % for all
of them together, whatever they have in common. An interval is widened by as
much: it leaves 0 out exactly where a difference is claimed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from halfwave.experiments.student import cdf, quantile, seeds_needed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["LEVEL", "Difference", "differences"]

#: How often a difference may be claimed where there is none.
LEVEL: Final = 0.05


@dataclass(frozen=True, slots=True)
class Difference:
    """A variant less the baseline, over the seeds that both have."""

    n: int
    mean: float
    sd: float  # of the differences; NaN with one seed
    low: float  # of the interval; NaN with one seed
    high: float
    p: float  # as it is, without regard to other comparisons
    claimed: bool  # the difference is claimed, at the level for all comparisons
    alpha: float  # what was left of the level for this one

    @property
    def needed(self) -> int | None:
        """Seeds that would settle it with 80 % power; None: it is claimed, or more than 1,000."""
        if self.claimed or not self.sd > 0:
            return None
        count = seeds_needed(self.mean / self.sd, alpha=self.alpha)
        # it was not enough this time: what was seen is no proof that it is next time
        return None if count is None else max(count, self.n + 1)


def differences(
    pairs: Mapping[str, Sequence[float]], level: float = LEVEL
) -> dict[str, Difference]:
    """Judge the differences of several variants to one baseline, together.

    Parameters
    ----------
    pairs
        Variant to its differences, one a seed; all finite.
    level
        The chance of any false claim among them.
    """
    tests = {name: _test(np.asarray(values, float)) for name, values in pairs.items()}
    judged = sorted((p, name) for name, (_, _, _, p) in tests.items() if not math.isnan(p))
    claimed: set[str] = set()
    alphas: dict[str, float] = {}
    for rank, (p, name) in enumerate(judged):
        alphas[name] = level / (len(judged) - rank)
        if p > alphas[name]:
            # Holm stops here: all that follow are judged at this step's level
            for _, later in judged[rank:]:
                alphas[later] = alphas[name]
            break
        claimed.add(name)
    return {
        name: _difference(tests[name], alphas.get(name, level), claimed=name in claimed)
        for name in pairs
    }


def _test(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[int, float, float, float]:
    """Return (n, mean, sd, p) of the t test that the mean is 0."""
    n = len(values)
    mean = float(np.mean(values)) if n else math.nan
    if n < 2:
        return n, mean, math.nan, math.nan
    sd = float(np.std(values, ddof=1))
    if sd == 0:  # every seed says the same: no difference at all, or an exact one
        return n, mean, sd, 1.0 if mean == 0 else 0.0
    t = abs(mean) / (sd / math.sqrt(n))
    return n, mean, sd, 2 * (1 - cdf(t, n - 1)) if t < 30 else 2 * cdf(-t, n - 1)


def _difference(
    test: tuple[int, float, float, float], alpha: float, *, claimed: bool
) -> Difference:
    n, mean, sd, p = test
    if math.isnan(sd):
        return Difference(n, mean, sd, math.nan, math.nan, p, claimed=False, alpha=alpha)
    half = quantile(1 - alpha / 2, n - 1) * sd / math.sqrt(n) if sd else 0.0
    return Difference(n, mean, sd, mean - half, mean + half, p, claimed=claimed, alpha=alpha)
