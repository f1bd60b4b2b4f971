"""The primitives of a framework, and those built on them.

A record writes its value and its derivative once, on these. What loses
accuracy when it is written naively (tails, cancellation near 0, ∞·0) has a
primitive here, so that a record reads like its formula.
"""

# ruff: noqa: D102 - the plain functions are what their names say
from __future__ import annotations

import math
import struct
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Final

from .gaussian import CENTRE, COEFFICIENTS

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ELEMENTARY", "Primitives"]

#: functions that every framework has under its own name or nearly so
ELEMENTARY: Final = (
    "abs",
    "arctan",
    "cos",
    "exp",
    "expm1",
    "log",
    "log1p",
    "sin",
    "sqrt",
    "tanh",
)

_INF: Final = math.inf
_NEAR_SQUARE: Final = 5.5  # tanh's continued fraction is used for x² below this
_ROOT_2: Final = 1.4142135623730951
_TWO_OVER_ROOT_PI: Final = 1.1283791670955126


class Primitives(ABC):
    """Elementwise functions on one kind of array, at one working precision."""

    #: mantissa bits of the working precision, the hidden one included
    bits: int = 53
    #: exp(−deep) is a normal number, and so is its product with any φ-like factor
    deep: float = 600.0
    #: beyond it 1 is lost beside a square, and a cube does not overflow before it
    far: float = 1e90

    # -- what a framework has ------------------------------------------------------

    abs: Callable[[Any], Any]
    arctan: Callable[[Any], Any]
    cos: Callable[[Any], Any]
    exp: Callable[[Any], Any]
    expm1: Callable[[Any], Any]
    log: Callable[[Any], Any]
    log1p: Callable[[Any], Any]
    sin: Callable[[Any], Any]
    sqrt: Callable[[Any], Any]
    tanh: Callable[[Any], Any]

    def __init_subclass__(cls, namespace: Any = None) -> None:
        """Take the elementary functions from a framework's module."""
        for name in ELEMENTARY if namespace is not None else ():
            setattr(cls, name, staticmethod(getattr(namespace, name)))

    @abstractmethod
    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        """``yes`` where the condition holds, else ``no``; either may be a number."""

    @abstractmethod
    def full_like(self, x: Any, value: float) -> Any: ...
    @abstractmethod
    def minimum(self, x: Any, y: Any) -> Any: ...
    @abstractmethod
    def maximum(self, x: Any, y: Any) -> Any: ...
    @abstractmethod
    def split(self, x: Any) -> Any:
        """``x`` cut to half its mantissa, so that its square is exact."""

    # -- over an axis, for the activations that mix elements ------------------------

    @abstractmethod
    def sum(self, x: Any, axis: int) -> Any:
        """The sum over an axis, which stays with length 1."""

    @abstractmethod
    def max(self, x: Any, axis: int) -> Any:
        """The maximum over an axis, which stays with length 1."""

    @abstractmethod
    def sort(self, x: Any, axis: int) -> Any:
        """The elements in ascending order along an axis."""

    @abstractmethod
    def cumsum(self, x: Any, axis: int) -> Any: ...
    @abstractmethod
    def concat(self, parts: list[Any], axis: int) -> Any: ...
    @abstractmethod
    def reshape(self, x: Any, shape: tuple[int, ...]) -> Any: ...
    @abstractmethod
    def arange_like(self, x: Any, axis: int) -> Any:
        """1, 2, 3 … along an axis, shaped to broadcast against ``x``."""

    # -- built on them -------------------------------------------------------------

    def sign(self, x: Any) -> Any:
        """−1, 0 or 1."""
        return self.where(x > 0, 1.0, self.where(x < 0, -1.0, self.full_like(x, 0.0)))

    def positive_part(self, x: Any) -> Any:
        """``x`` where it is positive, else 0 (never −0, as a maximum may give)."""
        return self.where(x > 0, x, 0.0)

    def negative_part(self, x: Any) -> Any:
        """``x`` where it is negative, else 0."""
        return self.where(x < 0, x, 0.0)

    def mul_exp(self, a: Any, x: Any) -> Any:
        """``a · exp(x)``: rounded once where exp(x) is subnormal; 0 at x = −∞ for any ``a``."""
        near = self.maximum(x, -self.deep)
        second = self.where(near == x, 1.0, self.exp(x - near))
        return self.where(second == 0, second, (a * self.exp(near)) * second)

    def mul_exp_product(self, a: Any, b: Any, x: Any) -> Any:
        """``a · exp(−b·x)`` for b > 0, x >= 0, without the error of rounding b·x."""
        near = self.minimum(x, 2000.0 / b)  # exp(−2000) is 0 even beside the largest number
        product, error = self.multiply(self.parameter(b), (near, 0.0))
        return self.mul_exp(a * (1.0 - error), -product)

    def expit(self, x: Any) -> Any:
        """The logistic function 1 / (1 + exp(−x)), accurate in both tails."""
        z = self.exp(-self.abs(x))
        return self.where(x < 0, z, self.full_like(x, 1.0)) / (1.0 + z)

    def expit_slope(self, x: Any) -> Any:
        """The derivative of the logistic function, expit(x) · expit(−x)."""
        z = self.exp(-self.abs(x))
        return z / (1.0 + z * (2.0 + z))

    def sech2(self, x: Any) -> Any:
        """1 / cosh²(x), the derivative of tanh, accurate in the tails."""
        z = self.exp(-2.0 * self.abs(x))
        return 4.0 * z / (1.0 + z * (2.0 + z))

    def softplus(self, x: Any) -> Any:
        """log(1 + exp(x)) without overflow or cancellation."""
        return self.positive_part(x) + self.log1p(self.exp(-self.abs(x)))

    def x_minus_tanh(self, x: Any) -> Any:
        """``x − tanh(x)`` without the cancellation near 0."""
        square = self.minimum(x * x, _NEAR_SQUARE)
        c = self.full_like(x, 29.0)
        for odd in range(27, 1, -2):  # Lambert's continued fraction of tanh
            c = odd + square / c
        c = square / c
        return self.where(x * x < _NEAR_SQUARE, x * (c / (1.0 + c)), x - self.tanh(x))

    def gauss(self, x: Any, scale: float = 0.5) -> tuple[Any, Any]:
        """exp(−scale · x²) as two factors: multiply by the first, then by the second.

        ``scale`` is a power of two.

        The square of a number cut to half its mantissa is exact: without that
        the rounding of x² alone costs hundreds of units in the last place.
        The second factor is 1 except in the deep tail, where a result among
        the subnormal numbers is then rounded once.
        """
        a = self.minimum(self.abs(x), 100.0)
        high = self.split(a)
        power = scale * high * high
        near = self.minimum(power, self.deep)
        first = self.exp(-near)
        first = first + first * self.expm1(-scale * (a - high) * (a + high))
        return first, self.exp(near - power)

    def tail_ratio(self, x: Any) -> Any:
        """(1 − Φ(x)) · exp(x²/2) of the normal distribution, for x >= 0."""
        t = self.where(x == _INF, 1.0, (x - CENTRE) / (x + CENTRE))
        total = self.full_like(x, COEFFICIENTS[-1])
        for coefficient in COEFFICIENTS[-2::-1]:
            total = total * t + coefficient
        return total / (1.0 + x)

    def upper_tail(self, x: Any) -> Any:
        """1 − Φ(x) of the normal distribution, for x >= 0."""
        first, second = self.gauss(x)
        return (self.tail_ratio(x) * first) * second

    def erf_series(self, square: Any) -> Any:
        """erf(s) · e^(s²) · √π / (2s) of s² <= 1: a series of positive terms."""
        series = self.full_like(square, 1.0)
        for n in range(20, 0, -1):
            series = 1.0 + series * square * (2.0 / (2 * n + 1))
        return series

    def erf(self, x: Any) -> Any:
        """The error function."""
        a = self.abs(x)
        square = self.minimum(x * x, 1.0)
        near = x * (_TWO_OVER_ROOT_PI * self.erf_series(square) * self.exp(-square))
        far = 1.0 - 2.0 * self.upper_tail(self.minimum(_ROOT_2 * a, 50.0))
        return self.where(a < 1.0, near, self.where(x < 0, -far, far))

    def root_of_square_plus(self, x: Any, c: float) -> Any:
        """√(x² + c) without overflow, for a number c > 0."""
        a = self.abs(x)
        edge = 1e9 * (1.0 + c**0.5)  # c hardly counts beyond it
        far = a > edge
        near = self.where(far, 0.0, a)
        beyond = a + (0.5 * c) / self.where(far, a, 1.0)
        return self.where(far, beyond, self.sqrt(near * near + c))

    def inverse_root_cubed(self, x: Any, alpha: Any) -> Any:
        """(1 + α·x²)^(−3/2) for α > 0: each of its roundings would count three times."""
        a = self.abs(x)
        far = a > self.far
        near = self.where(far, 1.0, a)
        square, rest = self.multiply(self.parameter(alpha), self.two_product(near, near))
        total, more = self.two_sum(1.0, square)
        body = 1.0 / (total * self.sqrt(total))
        body = body - 1.5 * body * ((more + rest) / total)
        r = 1.0 / self.where(far, a, 1.0)
        root = alpha**0.5
        return self.where(far, ((r / alpha) * r) * (r / root), body)

    # -- two numbers that stand for one of twice the precision ---------------------------

    def two_product(self, a: Any, b: Any) -> tuple[Any, Any]:
        """The product of two numbers as a rounded one and the rest.

        The product of the leading halves is exact, so a compiler that fuses
        multiplication and addition cannot spoil the rest.
        """
        a1, b1 = self.split(a), self.split(b)
        a2, b2 = a - a1, b - b1
        high = a1 * b1
        low = a1 * b2 + (a2 * b1 + a2 * b2)
        product = high + low
        return product, low - (product - high)

    def two_sum(self, a: Any, b: Any) -> tuple[Any, Any]:
        """The sum of two numbers and its rounding error (Knuth)."""
        total = self.rounded(a + b)
        part = total - a
        return total, (a - (total - part)) + (b - part)

    def rounded(self, x: Any) -> Any:
        """``x`` as it is; a compiler may not rearrange what it was made of."""
        return x

    def multiply(self, a: tuple[Any, Any], b: tuple[Any, Any]) -> tuple[Any, Any]:
        """The product of two such pairs."""
        product, error = self.two_product(a[0], b[0])
        return product, error + (a[0] * b[1] + a[1] * b[0])

    def constant(self, high: float, low: float) -> tuple[float, float]:
        """A constant as a pair: ``high + low`` is given to 106 bits."""
        if self.bits == 53:
            return high, low
        narrow = struct.unpack("f", struct.pack("f", high))[0]
        return narrow, (high - narrow) + low

    def quotient(self, a: Any, b: Any) -> tuple[Any, Any]:
        """The quotient of two numbers and its rounding error; ``b`` may be a parameter."""
        high, low = self.parameter(b)
        quotient = a / high
        product, error = self.two_product(quotient, high)
        return quotient, (((a - product) - error) - quotient * low) / high

    def parameter(self, value: Any) -> tuple[Any, Any]:
        """A parameter as a pair: a Python number is not rounded to float32."""
        return self.constant(float(value), 0.0) if isinstance(value, (int, float)) else (value, 0.0)
