"""Numbers as the page writes them, and the little statistics that it needs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import stats

__all__ = [
    "Interval",
    "count",
    "joined",
    "number",
    "paired",
    "percent",
    "points",
    "ranged",
    "spread",
]

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
Values: TypeAlias = Sequence[float] | NDArray[np.floating]


def number(value: float, digits: int = 3) -> str:
    """Write a number with so many significant digits: 0.0123, 1,230,000, −4.56 × 10⁻⁷."""
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
    exponent = int(power)
    if -4 <= exponent < 7:
        written = f"{round(value, digits - 1 - exponent):,.{max(0, digits - 1 - exponent)}f}"
    else:
        written = f"{mantissa} × 10{str(exponent).translate(_SUPERSCRIPT)}"
    return written.replace("-", "−")


def percent(share: float, decimals: int = 0) -> str:
    """Write a share as a percentage; next to nothing and next to all are not rounded away."""
    if math.isnan(share):
        return "not a number"
    if share in (0, 1):
        return f"{100 * share:.0f} %"
    least = 10.0**-decimals
    if 0 < share < 0.005 * least:
        return f"< {least / 2:.{decimals + 1}f} %"
    if 1 - 0.005 * least < share < 1:
        return f"> {100 - least / 2:.{decimals + 1}f} %"
    return f"{100 * share:.{decimals}f} %".replace("-", "−")


def count(many: int, one: str, more: str = "") -> str:
    """Write a number of things: "1 unit", "7 units", "no unit"."""
    if many == 0:
        return f"no {one}"
    return f"{many:,} {one if many == 1 else more or one + 's'}"


def joined(words: Sequence[str], last: str = "and") -> str:
    """Write a list: "a, b and c"."""
    *others, end = words
    return f"{', '.join(others)} {last} {end}" if others else end


@dataclass(frozen=True)
class Interval:
    """A mean over seeds with its 95 % interval (Student's t)."""

    mean: float
    low: float
    high: float

    @property
    def half(self) -> float:
        """Half its width."""
        return (self.high - self.low) / 2

    @property
    def apart_from_zero(self) -> bool:
        """Whether zero lies outside: a difference that is more than chance between seeds."""
        return self.low > 0 or self.high < 0

    def words(self, digits: int = 3) -> str:
        """Write it: "0.123 (0.1 to 0.146)"."""
        low, mean, high = (number(value, digits) for value in (self.low, self.mean, self.high))
        return f"{mean} ({low} to {high})"

    def percents(self, decimals: int = 0) -> str:
        """Write it as percentages: "12 % ± 2"."""
        return f"{percent(self.mean, decimals)} ± {_plain(100 * self.half, decimals)}"


def points(difference: Interval, decimals: int = 1) -> str:
    """Write a difference of shares: "−1.2 points (−2.0 to −0.4)"; ", a tie" where 0 is among them."""
    low, mean, high = (
        # a zero has no minus before it
        f"{round(100 * value, decimals) + 0.0:+.{decimals}f}".replace("-", "−").replace("inf", "∞")
        for value in (difference.low, difference.mean, difference.high)
    )
    tie = "" if difference.apart_from_zero else ", a tie"
    return f"{mean} points ({low} to {high}){tie}"


def _plain(value: float, decimals: int) -> str:
    return "∞" if math.isinf(value) else f"{value:.{decimals}f}"


def ranged(shares: Values) -> str:
    """Write shares that fall into groups, where an interval means little: "62 % (15 to 96)"."""
    low, high = (percent(value)[:-2] for value in (min(shares), max(shares)))
    mean = percent(float(np.mean(shares)))
    return mean if low == high else f"{mean} ({low} to {high})"


def spread(values: Values, comparisons: int = 1) -> Interval:
    """Return the mean of one value a seed, with its 95 % interval.

    Of several comparisons one would lie outside by chance more often than that: give their
    number, and all of them together keep the 95 % (Bonferroni).
    """
    array = np.asarray(values, dtype=float)
    mean = float(array.mean())
    if len(array) < 2:
        return Interval(mean, -math.inf, math.inf)
    half = float(
        stats.t.ppf(1 - 0.025 / comparisons, len(array) - 1)
        * array.std(ddof=1)
        / math.sqrt(len(array))
    )
    return Interval(mean, mean - half, mean + half)


def paired(these: Values, those: Values, comparisons: int = 1) -> Interval:
    """Return the mean difference of two values a seed, these less those, with its interval."""
    differences = np.asarray(these, dtype=float) - np.asarray(those, dtype=float)
    return spread(differences, comparisons)
