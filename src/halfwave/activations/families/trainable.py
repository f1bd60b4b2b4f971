"""Shapes that are learnt as a whole: rational functions, scaled tanh, soft exponential, Dice."""

from __future__ import annotations

import math
from typing import Any, Final

from halfwave.activations.extremes import highest, lowest, steepest
from halfwave.activations.parameters import NON_NEGATIVE, POSITIVE, REAL, Domain, Parameter
from halfwave.activations.properties import Monotonic, Paper, Range
from halfwave.activations.record import Activation

__all__ = ["dice", "dynamic_tanh", "pau", "rational", "soft_exponential"]


def _dynamic_tanh(m: Any, x: Any, *, alpha: Any, weight: Any, bias: Any) -> Any:
    return weight * m.tanh(alpha * x) + bias


def _dynamic_tanh_derivative(m: Any, x: Any, *, alpha: Any, weight: Any, bias: Any) -> Any:  # noqa: ARG001 - the record's signature
    a = m.abs(x)
    z = m.mul_exp_product(1.0, 2.0 * alpha, a)
    top = m.mul_exp_product((4.0 * weight) * alpha, 2.0 * alpha, a)
    return top / ((1.0 + z) * (1.0 + z))


def _sign_of_weight(p: Any) -> Monotonic:
    return "increasing" if p.weight > 0 else "decreasing" if p.weight < 0 else "non-decreasing"


dynamic_tanh = Activation(
    name="dynamic_tanh",
    aliases=("dyt",),
    family="trainable",
    summary="tanh with learnt scales inside and outside, in the place of a normalisation layer.",
    f=_dynamic_tanh,
    df=_dynamic_tanh_derivative,
    formula=r"\gamma \tanh(\alpha x) + \beta",
    derivative_formula=r"\frac{\gamma \alpha}{\cosh^2(\alpha x)}",
    parameters=(
        Parameter("alpha", 0.5, POSITIVE, "α: one for all channels", learnable=True),
        Parameter("weight", 1.0, REAL, "γ: one a channel", array=True, learnable=True),
        Parameter("bias", 0.0, REAL, "β: one a channel", array=True, learnable=True),
    ),
    range=lambda p: Range(p.bias - abs(p.weight), p.bias + abs(p.weight), (True, True)),
    monotonic=_sign_of_weight,
    lipschitz=lambda p: abs(p.weight) * p.alpha,
    zero_centred=lambda p: p.bias == 0,
    sparse=lambda p: p.weight == 0 and p.bias == 0,
    papers=(
        Paper("Zhu, Chen, He, LeCun, Liu", 2025, "Transformers without normalization", "CVPR"),
    ),
    use="Transformers, in place of LayerNorm or RMSNorm.",
    pitfalls="The initial α matters for large language models; it is no drop-in for BatchNorm.",
)


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


def _exponent(m: Any, x: Any, alpha: Any) -> tuple[Any, Any, Any]:
    """Return α·x with its rounding error, and α; where α is 0, x and 1."""
    high, low = m.parameter(alpha)
    one = m.full_like(x, 1.0)
    line = high * one == 0
    safe = m.where(line, 1.0, high * one)
    near = m.minimum(m.maximum(x, -1000.0 / safe), 1000.0 / safe)  # beyond, e^(αx) is 0 or ∞
    product, rest = m.multiply((safe, m.where(line, 0.0, low * one)), (near, 0.0))
    return product, rest, safe


def _soft_exponential(m: Any, x: Any, *, alpha: Any) -> Any:
    product, rest, safe = _exponent(m, x, alpha)
    shift = 1.0 / safe - alpha
    large = m.mul_exp((1.0 + rest) / safe, m.maximum(product, 1.0)) - shift
    near = m.minimum(product, 1.0)
    square, error = m.two_product(safe, safe)
    total, more = m.two_sum(m.expm1(near), square)
    small = (total + (more + error + m.minimum(rest, 1.0) * m.exp(near))) / safe
    line = alpha * m.full_like(x, 1.0) == 0
    return m.where(line, x, m.where(product > 1, large, small))


def _soft_exponential_derivative(m: Any, x: Any, *, alpha: Any) -> Any:
    product, rest, _ = _exponent(m, x, alpha)
    line = alpha * m.full_like(x, 1.0) == 0
    return m.where(line, 1.0, m.mul_exp(1.0 + rest, m.where(line, 0.0, product)))


soft_exponential = Activation(
    name="soft_exponential",
    aliases=("softexponential",),
    family="trainable",
    summary="Between the identity (α = 0) and the exponential (α = 1).",
    f=_soft_exponential,
    df=_soft_exponential_derivative,
    formula=r"\begin{cases}\frac{e^{\alpha x} - 1}{\alpha} + \alpha & \alpha > 0\\"
    r" x & \alpha = 0\end{cases}",
    derivative_formula=r"e^{\alpha x}",
    parameters=(
        Parameter("alpha", 0.0, NON_NEGATIVE, "α: how exponential", array=True, learnable=True),
    ),
    range=lambda p: Range(p.alpha - 1.0 / p.alpha, math.inf, (True, False)) if p.alpha else _WHOLE,
    monotonic="increasing",
    lipschitz=lambda p: math.inf if p.alpha else 1.0,
    zero_centred=lambda p: p.alpha == 0,
    papers=(
        Paper(
            "Godfrey, Gashler",
            2015,
            "A continuum among logarithmic, linear, and exponential functions, and its potential to"
            " improve generalization in neural networks",
            "IC3K",
        ),
    ),
    use="Small networks that should add, multiply and exponentiate.",
    pitfalls="Overflows for large α x. The paper's logarithms (α < 0) are not defined for all"
    " inputs and left out.",
)


def _dice_gate(m: Any, x: Any, mean: Any, variance: Any, eps: Any) -> tuple[Any, Any]:
    scale = m.sqrt((variance + eps) * m.full_like(x, 1.0))
    return (x - mean) / scale, scale


def _dice(m: Any, x: Any, *, alpha: Any, mean: Any, variance: Any, eps: Any) -> Any:
    u, _ = _dice_gate(m, x, mean, variance, eps)
    return x * (alpha + (1.0 - alpha) * m.expit(u))


def _dice_derivative(m: Any, x: Any, *, alpha: Any, mean: Any, variance: Any, eps: Any) -> Any:
    u, scale = _dice_gate(m, x, mean, variance, eps)
    far = m.abs(u) > 1e4
    bump = m.where(far, 0.0, m.where(far, 0.0, x) / scale * m.expit_slope(u))
    return alpha + (1.0 - alpha) * (m.expit(u) + bump)


dice = Activation(
    name="dice",
    aliases=("data_adaptive_activation",),
    family="trainable",
    summary="PReLU with a soft switch that sits at the mean of the data.",
    f=_dice,
    df=_dice_derivative,
    formula=r"p\,x + (1 - p)\,\alpha x, \quad p = \sigma\frac{x - \mu}{\sqrt{v + \varepsilon}}",
    derivative_formula=r"\alpha + (1 - \alpha)\left(p +"
    r" \frac{x\,p\,(1 - p)}{\sqrt{v + \varepsilon}}\right)",
    parameters=(
        Parameter("alpha", 0.25, POSITIVE, "α: slope on the left", array=True, learnable=True),
        Parameter("mean", 0.0, REAL, "μ: mean of the inputs, of the batch or kept", array=True),
        Parameter("variance", 1.0, NON_NEGATIVE, "v: their variance", array=True),
        Parameter("eps", 1e-8, POSITIVE, "ε: keeps the root from 0"),
    ),
    range=_WHOLE,
    monotonic=_monotonic(_dice_derivative),
    lipschitz=lambda p: steepest(_dice_derivative, p),
    papers=(
        Paper(
            "Zhou, Zhu, Song, Fan, Zhu, Ma, Yan, Jin, Li, Gai",
            2018,
            "Deep interest network for click-through rate prediction",
            "KDD",
        ),
    ),
    use="Ranking and recommendation models, whose inputs differ much from layer to layer.",
    pitfalls="Mean and variance are given by the caller: of the batch in training, running averages"
    " in use.",
)
