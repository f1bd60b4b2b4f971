"""Student's t: distribution, quantiles, and the power of a test. SciPy is not needed for it."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

import numpy as np

__all__ = ["cdf", "power", "quantile", "seeds_needed"]

_STEPS: Final = 201


def cdf(t: float, df: float) -> float:
    """Return P(T <= t) with `df` degrees of freedom.

    Examples
    --------
    >>> round(cdf(2.262157, 9), 6)
    0.975
    """
    if math.isinf(t):
        return 1.0 if t > 0 else 0.0
    tail = 0.5 * _beta(df / (df + t * t), df / 2, 0.5)
    return 1 - tail if t > 0 else tail


@lru_cache(maxsize=1024)
def quantile(p: float, df: float) -> float:
    """Return the t below which a share `p` lies.

    Examples
    --------
    >>> round(quantile(0.975, 9), 4)
    2.2622
    """
    if not 0 < p < 1:
        raise ValueError(f"p is {p}: give a share between 0 and 1")
    if p < 0.5:
        return -quantile(1 - p, df)
    low, high = 0.0, 1.0
    while cdf(high, df) < p:
        high *= 2
        if high > 1e12:
            return math.inf
    for _ in range(200):
        middle = (low + high) / 2
        if cdf(middle, df) < p:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def power(effect: float, n: int, alpha: float = 0.05) -> float:
    """Return how likely a two-sided t test of `n` differences is to show an effect.

    Parameters
    ----------
    effect
        True mean over true standard deviation of a difference.
    n
        Differences (seeds), at least 2.
    alpha
        Level of the test.
    """
    df, shift = n - 1, abs(effect) * math.sqrt(n)
    bound = quantile(1 - alpha / 2, df)
    # T > c given s = χ/√df: Φ(shift − c·s), averaged over the density of s
    centre, width = math.sqrt(max(1 - 1 / (2 * df), 0.01)), 8 / math.sqrt(2 * df)
    s = np.linspace(max(centre - width, 1e-9), centre + width, _STEPS)
    log = (
        math.log(2) + df / 2 * math.log(df / 2) - math.lgamma(df / 2)
        + (df - 1) * np.log(s) - df * s * s / 2
    )  # fmt: skip
    density = np.exp(log)
    upper = np.array([_normal(shift - bound * one) for one in s])
    lower = np.array([_normal(-shift - bound * one) for one in s])
    return float(min(np.trapezoid(density * (upper + lower), s), 1.0))


def seeds_needed(
    effect: float, *, alpha: float = 0.05, wanted: float = 0.8, most: int = 1000
) -> int | None:
    """Return how many seeds show an effect with the power that is wanted; None: over `most`."""
    if not math.isfinite(effect) or effect == 0 or power(effect, most, alpha) < wanted:
        return None
    low, high = 2, most
    while low < high:
        middle = (low + high) // 2
        if power(effect, middle, alpha) >= wanted:
            high = middle
        else:
            low = middle + 1
    return low


def _normal(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))


def _beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function, by its continued fraction (Lentz)."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta(1 - x, b, a)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
        + a * math.log(x) + b * math.log1p(-x)
    ) / a  # fmt: skip
    tiny = 1e-300
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1) or tiny)
    value = d
    for m in range(1, 10_000):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / (1 + step * d or tiny)
            c = 1 + step / c or tiny
            value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return front * value
