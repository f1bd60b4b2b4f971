"""Quotients of two polynomials with learnt coefficients."""

from __future__ import annotations

import math
from typing import Any, Final

from halfwave.activations.extremes import highest, lowest, steepest
from halfwave.activations.parameters import POSITIVE, REAL, Domain, Parameter
from halfwave.activations.properties import Monotonic, Paper, Range
from halfwave.activations.record import Activation

__all__ = ["pau", "rational"]

_NEAR: Final = 4.0  # polynomials of x up to here, of 1/x beyond, where powers could overflow


def _polynomials(
    m: Any, x: Any, top: tuple[Any, ...], bottom: tuple[Any, ...]
) -> tuple[Any, Any, Any, Any, Any]:
    """P, P′, Q, Q′ as pairs, up to common factors, and 1/x beyond ±4.

    ``top`` and ``bottom`` are coefficients from the constant on, ``bottom`` one shorter.
    Within ±4 they are polynomials of x; beyond, P/xⁿ and Q/xⁿ⁻¹ as polynomials of
    r = 1/x, and the derivatives are by r. Rounding errors are carried along, since
    terms of both signs cancel.
    """
    inner = m.abs(x) <= _NEAR
    zero = m.full_like(x, 0.0)
    finite = m.minimum(m.maximum(x, -1e30), 1e30)  # as good as infinite
    r, rest = m.quotient(zero + 1.0, m.where(inner, 1.0, finite))
    t, rest = m.where(inner, x, r), m.where(inner, 0.0, rest)

    def horner(coefficients: tuple[Any, ...]) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
        value, slope, lost, slope_lost = zero, zero, zero, zero
        for up, down in zip(coefficients[::-1], coefficients, strict=True):
            product, error = m.two_product(slope, t)
            slope_lost = slope_lost * t + (slope * rest + error + lost)
            slope, error = m.two_sum(product, value)
            slope_lost = slope_lost + error
            product, error = m.two_product(value, t)
            lost = lost * t + (value * rest + error)
            (high, low), (far, far_low) = m.parameter(up), m.parameter(down)
            value, error = m.two_sum(product, m.where(inner, high + zero, far + zero))
            lost = lost + (error + m.where(inner, low + zero, far_low + zero))
        return m.two_sum(value, lost), m.two_sum(slope, slope_lost)

    return (*horner(top), *horner(bottom), r)


def _fraction(m: Any, x: Any, top: tuple[Any, ...], bottom: tuple[Any, ...]) -> Any:
    """P(x)/Q(x), the degree of P one above that of Q, which has no roots."""
    p, _, q, _, _ = _polynomials(m, x, top, bottom)
    share = p[0] / q[0]
    return m.where(m.abs(x) <= _NEAR, share, x * share)


def _fraction_slope(m: Any, x: Any, top: tuple[Any, ...], bottom: tuple[Any, ...]) -> Any:
    p, dp, q, dq, r = _polynomials(m, x, top, bottom)
    share = p[0] / q[0]
    product, error = m.two_product(share, q[0])
    rest = ((p[0] - product) - error + (p[1] - share * q[1])) / q[0]  # of the share
    product, error = m.two_product(share, dq[0])
    total, more = m.two_sum(dp[0], -product)
    total = total + ((more - error) + (dp[1] - share * dq[1]) - rest * dq[0])
    slope = total / q[0]  # of the share, by x within ±4, by r = 1/x beyond
    outer, error = m.two_sum(share, -(r * slope))
    return m.where(m.abs(x) <= _NEAR, slope, outer + (error + rest))


def _monotonic(df: Any) -> Any:
    def stated(p: Any) -> Monotonic:
        if lowest(df, p) >= 0:
            return "increasing"
        return "decreasing" if highest(df, p) <= 0 else "no"

    return stated


def _rational(m: Any, x: Any, *, a0: Any, a1: Any, a2: Any, a3: Any, b0: Any, b2: Any) -> Any:
    return _fraction(m, x, (a0, a1, a2, a3), (b0, 0.0, b2))


def _rational_derivative(
    m: Any, x: Any, *, a0: Any, a1: Any, a2: Any, a3: Any, b0: Any, b2: Any
) -> Any:
    return _fraction_slope(m, x, (a0, a1, a2, a3), (b0, 0.0, b2))


def _coefficients(values: dict[str, float], domain: Domain) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(name, value, domain, f"{name}: a coefficient", array=True, learnable=True)
        for name, value in values.items()
    )


_WHOLE: Final = Range(-math.inf, math.inf)

rational = Activation(
    name="rational",
    aliases=("rational_32",),
    family="trainable",
    summary="A cubic over a quadratic polynomial with learnt coefficients; near ReLU at first.",
    f=_rational,
    df=_rational_derivative,
    formula=r"\frac{a_3 x^3 + a_2 x^2 + a_1 x + a_0}{b_2 x^2 + b_0}",
    derivative_formula=r"\frac{P'(x) - f(x)\,Q'(x)}{Q(x)}",
    parameters=(
        *_coefficients({"a0": 0.0218, "a1": 0.5, "a2": 1.5957, "a3": 1.1915}, REAL),
        *_coefficients({"b0": 1.0, "b2": 2.383}, POSITIVE),
    ),
    range=lambda p: _WHOLE if p.a3 else None,
    monotonic=_monotonic(_rational_derivative),
    lipschitz=lambda p: steepest(_rational_derivative, p),
    zero_centred=lambda p: p.a0 == 0 and p.a2 == 0,
    papers=(Paper("Boullé, Nakatsukasa, Townsend", 2020, "Rational neural networks", "NeurIPS"),),
    use="Smooth approximation with few parameters: solving differential equations for one.",
    pitfalls="Between its first values and ReLU lie up to 0.1; coefficients of the denominator must"
    " stay positive, or it has poles.",
)


def _pau(m: Any, x: Any, **p: Any) -> Any:
    top = tuple(p[f"a{n}"] for n in range(6))
    return _fraction(m, x, top, (1.0, 0.0, p["b2"], 0.0, p["b4"]))


def _pau_derivative(m: Any, x: Any, **p: Any) -> Any:
    top = tuple(p[f"a{n}"] for n in range(6))
    return _fraction_slope(m, x, top, (1.0, 0.0, p["b2"], 0.0, p["b4"]))


#: the least-squares fit of leaky ReLU on [−3, 3]
_PAU_TOP: Final = {
    "a0": 0.033582,
    "a1": 0.505,
    "a2": 1.651322,
    "a3": 2.004531,
    "a4": 0.927944,
    "a5": 0.151539,
}
_PAU_BOTTOM: Final = {"b2": 3.969368, "b4": 0.300077}

pau = Activation(
    name="pau",
    aliases=("pade", "pade_activation_unit"),
    family="trainable",
    summary="A Padé unit: a polynomial of degree 5 over one of degree 4, near leaky ReLU at first.",
    f=_pau,
    df=_pau_derivative,
    formula=r"\frac{a_0 + a_1 x + \dots + a_5 x^5}{1 + b_2 x^2 + b_4 x^4}",
    derivative_formula=r"\frac{P'(x) - f(x)\,Q'(x)}{Q(x)}",
    parameters=(
        *_coefficients(_PAU_TOP, REAL),
        *_coefficients(_PAU_BOTTOM, POSITIVE),
    ),
    range=lambda p: _WHOLE if p.a5 else None,
    monotonic=_monotonic(_pau_derivative),
    lipschitz=lambda p: steepest(_pau_derivative, p),
    zero_centred=lambda p: p.a0 == 0 and p.a2 == 0 and p.a4 == 0,
    papers=(
        Paper(
            "Molina, Schramowski, Kersting",
            2020,
            "Padé activation units: end-to-end learning of flexible activation functions in deep"
            " networks",
            "ICLR",
        ),
    ),
    use="Networks that learn their activations, one for each layer.",
    pitfalls="Here the denominator is even, so that it has neither poles nor kinks; the paper's"
    " safe form takes the absolute value of a full polynomial instead.",
)
