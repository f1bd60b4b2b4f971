"""The parameters of an activation: name, default value and domain."""

from __future__ import annotations

import math
from collections.abc import Sized
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Final

__all__ = [
    "AXIS",
    "NON_NEGATIVE",
    "POSITIVE",
    "REAL",
    "Domain",
    "Parameter",
]


@dataclass(frozen=True, slots=True)
class Domain:
    """An interval of real numbers or integers; an open end is not part of it."""

    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False
    integer: bool = False
    flag: bool = False  # True or False, nothing else

    def __contains__(self, value: object) -> bool:
        """Whether ``value`` is a finite number of this domain."""
        if self.flag or isinstance(value, bool):
            return self.flag and isinstance(value, bool)
        if not isinstance(value, Real) or (self.integer and not isinstance(value, Integral)):
            return False
        number = float(value)
        if not math.isfinite(number):
            return False
        above = number > self.low if self.open_low else number >= self.low
        below = number < self.high if self.open_high else number <= self.high
        return above and below

    def __str__(self) -> str:
        if self.flag:
            return "True or False"
        kind = "an integer" if self.integer else "a finite number"
        if math.isinf(self.low) and math.isinf(self.high):
            return kind
        if math.isinf(self.high):
            return f"{kind} {'>' if self.open_low else '>='} {self.low:g}"
        if math.isinf(self.low):
            return f"{kind} {'<' if self.open_high else '<='} {self.high:g}"
        left = "(" if self.open_low else "["
        right = ")" if self.open_high else "]"
        return f"{kind} in {left}{self.low:g}, {self.high:g}{right}"


REAL: Final = Domain()
POSITIVE: Final = Domain(low=0.0, open_low=True)
NON_NEGATIVE: Final = Domain(low=0.0)
AXIS: Final = Domain(integer=True)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an activation.

    ``array`` says that an array (one value a channel, say) may stand in place
    of the number; ``learnable`` that the module in ``halfwave.nn`` trains it, and
    ``one`` that it trains one number for all channels.
    """

    name: str
    default: Any
    domain: Domain = REAL
    meaning: str = ""
    array: bool = False
    learnable: bool = False
    one: bool = False
    aliases: tuple[str, ...] = ()

    def check(self, value: Any, owner: str) -> Any:
        """Return ``value``, or raise ValueError that states the value and the domain."""
        if self.array and (hasattr(value, "dtype") or isinstance(value, Sized)):
            if isinstance(value, (list, tuple, str)):
                raise TypeError(
                    f"{owner}: {self.name} must be a number or an array, not"
                    f" {type(value).__name__} {value!r}"
                )
            dtype = str(getattr(value, "dtype", type(value).__name__))
            if "float" not in dtype and "int" not in dtype:
                raise TypeError(
                    f"{owner}: {self.name} must be real numbers, not an array of {dtype}"
                )
            return value
        if value in self.domain:
            return value
        if not isinstance(value, (Real, bool)):
            item = getattr(value, "item", None)  # a 0-d array or NumPy scalar holds a number
            if item is not None and getattr(value, "ndim", None) == 0:
                return self.check(item(), owner)
            raise TypeError(
                f"{owner}: {self.name} must be {self.domain}, not {type(value).__name__} {value!r}"
            )
        raise ValueError(f"{owner}: {self.name}={value!r} is outside its domain, {self.domain}")
