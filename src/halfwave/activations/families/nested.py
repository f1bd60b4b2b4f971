"""Exponentials of exponentials, and a gate inside a gate."""

from __future__ import annotations

import math
from typing import Any, Final

from halfwave.activations.properties import Paper, Range
from halfwave.activations.record import Activation

from .smooth import gelu

__all__ = ["cloglog", "golu", "phish"]

_HALVINGS: Final = 7
_SIXTH: Final = (0.16666666666666666, 9.25185853854297e-18)
_DENSITY: Final = 0.3989422804014327  # 1/√(2π)
_OVER: Final = 7.0  # e^(−e^x) is 0 beyond it


def _exponential(m: Any, x: Any) -> tuple[Any, Any]:
    """e^x for |x| <= 7 with its rounding error: one unit of it counts e^x times in e^(−e^x)."""
    y = x / 2.0**_HALVINGS
    square = m.two_product(y, y)
    third, rest = m.multiply(m.multiply(square, (y, 0.0)), m.constant(*_SIXTH))
    tail = 1.0
    for n in range(10, 4, -1):
        tail = 1.0 + tail * y / n
    high, low = m.two_sum(y, 0.5 * square[0])
    high, more = m.two_sum(high, third)
    low = low + more + (0.5 * square[1] + rest + tail * square[0] * square[0] / 24.0)
    high, low = m.two_sum(high, low)
    for _ in range(_HALVINGS):  # (1 + d)² = 1 + (2d + d²)
        third, rest = m.multiply((high, low), (high, low))
        high, more = m.two_sum(2.0 * high, third)
        low = 2.0 * low + (more + rest)
    total, more = m.two_sum(1.0, high)
    return total, more + low


def _falling(m: Any, x: Any, factor: Any) -> Any:
    """``factor`` · e^(−e^x); 0 beyond x = 7 for any factor."""
    near = m.minimum(m.maximum(x, -_OVER), _OVER)
    high, low = _exponential(m, near)
    inside = m.mul_exp(m.where(x > _OVER, 0.0, factor) * (1.0 - low), -high)
    # far on the left e^x is so small that its rounding error counts for nothing
    return m.where(x < -_OVER, factor * m.exp(-m.exp(m.minimum(x, 0.0))), inside)


def _cloglog(m: Any, x: Any) -> Any:
    t = m.exp(m.minimum(x, _OVER))
    return m.where(x < -40.0, m.mul_exp(1.0, m.minimum(x, 0.0)), -m.expm1(-t))


def _cloglog_derivative(m: Any, x: Any) -> Any:
    low = m.minimum(x, 0.0)
    left = m.mul_exp(1.0 + m.expm1(-m.exp(low)), low)  # XLA would merge exp(a) · exp(b)
    return m.where(x < 0, left, _falling(m, x, m.exp(m.minimum(x, _OVER))))


cloglog = Activation(
    name="cloglog",
    aliases=("complementary_log_log", "gumbel_sigmoid"),
    family="sigmoidal",
    summary="A sigmoid that leaves 0 slowly and nears 1 fast.",
    f=_cloglog,
    df=_cloglog_derivative,
    formula=r"1 - e^{-e^x}",
    derivative_formula=r"e^x\,e^{-e^x}",
    range=Range(0.0, 1.0),
    monotonic="increasing",
    lipschitz=math.exp(-1.0),
    papers=(
        Paper(
            "Gomes, Ludermir",
            2008,
            "Complementary log-log and probit: activation functions implemented in artificial"
            " neural networks",
            "HIS",
        ),
    ),
    use="Probabilities of rare events, and of waiting times in discrete steps.",
    pitfalls="Closed above 2.3 already, and below about −8; its outputs are all positive.",
)


def _golu(m: Any, x: Any) -> Any:
    return _falling(m, -x, x)


def _golu_derivative(m: Any, x: Any) -> Any:
    tail = m.mul_exp(x, -m.maximum(x, -_OVER))  # x e^(−x)
    return _falling(m, -x, 1.0 + tail)


golu = Activation(
    name="golu",
    aliases=("gompertz_linear_unit",),
    family="smooth",
    summary="The input times Gompertz's curve, a sigmoid that rises faster than it levels off.",
    f=_golu,
    df=_golu_derivative,
    formula=r"x\,e^{-e^{-x}}",
    derivative_formula=r"e^{-e^{-x}}\,(1 + x\,e^{-x})",
    range=Range(-0.0972601312276396, math.inf, (True, False)),
    monotonic="no",
    lipschitz=1.1133972752756764,
    papers=(
        Paper(
            "Das, Safari, Adriaensen, Hutter",
            2025,
            "Gompertz linear units: leveraging asymmetry for enhanced learning dynamics",
            "arXiv:2502.03654",
        ),
    ),
    use="In place of GELU or SiLU, of which it is the least steep at 0.",
    pitfalls="Closed on the left tail sooner than GELU: its slope falls doubly exponentially.",
)


def _phish(m: Any, x: Any) -> Any:
    a = m.maximum(-x, 8.0)
    first, second = m.gauss(a)
    tail = (m.tail_ratio(a) * a * m.minimum(a, 100.0) * first) * second  # x · gelu(x)
    return m.where(x < -8.0, m.where(second == 0, 0.0, tail), x * m.tanh(gelu.f(m, x)))


def _phish_derivative(m: Any, x: Any) -> Any:
    assert gelu.df is not None  # noqa: S101 - GELU acts on each element
    a = m.minimum(m.maximum(-x, 8.0), 100.0)
    first, second = m.gauss(a)
    tail = ((a * _DENSITY - 2.0 * m.tail_ratio(a)) * a * first) * second
    near = m.minimum(m.maximum(x, -8.0), 30.0)  # beyond, the slope is 1
    g = gelu.f(m, near)
    inside = m.tanh(g) + near * gelu.df(m, near) * m.sech2(g)
    return m.where(x < -8.0, tail, inside)


phish = Activation(
    name="phish",
    family="gate",
    summary="The input times the tanh of its GELU.",
    f=_phish,
    df=_phish_derivative,
    formula=r"x \tanh(x\,\Phi(x))",
    derivative_formula=r"\tanh(g) + \frac{x\,g'}{\cosh^2(g)}, \quad g = x\,\Phi(x)",
    range=Range(0.0, math.inf, (True, False)),
    monotonic="no",
    lipschitz=1.2983066733058115,
    papers=(
        Paper(
            "Naveen",
            2022,
            "Phish: a novel hyper-optimizable activation function",
            "TechRxiv 17283824",
        ),
    ),
    use="In place of Mish in small image classifiers.",
    pitfalls="Never negative, and flat at 0 itself: inputs near 0 get almost no gradient.",
)
