"""Scales and switches that are learnt: dynamic tanh, soft exponential, Dice."""

from __future__ import annotations

import math
from typing import Any, Final

from halfwave.activations.extremes import highest, lowest, steepest
from halfwave.activations.parameters import NON_NEGATIVE, POSITIVE, REAL, Parameter
from halfwave.activations.properties import Monotonic, Paper, Range
from halfwave.activations.record import Activation

__all__ = ["dice", "dynamic_tanh", "soft_exponential"]


def _tanh_pair(m: Any, x: Any, alpha: Any) -> tuple[Any, Any]:
    """tanh(α·|x|) and its rounding error: it may cancel with the bias."""
    a = m.abs(x)
    far = alpha * a > 1.0
    z = m.mul_exp_product(1.0, 2.0 * alpha, a)
    tail = m.mul_exp_product(2.0, 2.0 * alpha, a) / (1.0 + z)
    near, rest = m.multiply(m.parameter(alpha), (m.where(far, 0.0, a), 0.0))
    lost = m.x_minus_tanh(near)
    t = near - lost
    high, low = m.two_sum(near, rest * (1.0 - t * t) - lost)
    return m.where(far, 1.0, high), m.where(far, -tail, low)


def _dynamic_tanh(m: Any, x: Any, *, alpha: Any, weight: Any, bias: Any) -> Any:
    high, low = _tanh_pair(m, x, alpha)
    sign = m.sign(x)
    product, rest = m.multiply(m.parameter(weight), (sign * high, sign * low))
    offset, more = m.parameter(bias)
    total, error = m.two_sum(product, offset)
    return total + (error + (rest + more))


def _dynamic_tanh_derivative(m: Any, x: Any, *, alpha: Any, weight: Any, bias: Any) -> Any:  # noqa: ARG001 - the record's signature
    a = m.abs(x)
    z = m.mul_exp_product(1.0, 2.0 * alpha, a)
    top = m.mul_exp_product((4.0 * weight) * alpha, 2.0 * alpha, a)
    return top / (1.0 + z * (2.0 + z))


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
        Parameter(
            "alpha", 0.5, POSITIVE, "α: one for all channels", array=True, learnable=True, one=True
        ),
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


_WHOLE: Final = Range(-math.inf, math.inf)
_NEAR: Final = 0.1  # below it a series of ten terms is all of e^u


def _exponent(m: Any, x: Any, alpha: Any) -> tuple[Any, Any]:
    """α·x with its rounding error; beyond ±1000, where e^(αx) is 0 or ∞, that."""
    high, low = m.parameter(alpha)
    rough = high * x  # nan where α is 0 and x infinite: 0 then
    known = m.abs(rough) <= 1000.0
    rough = m.where(known, rough, 1000.0 * m.sign(rough))
    known = known & (m.abs(x) <= m.far)  # far out the halves of x might overflow
    product, rest = m.multiply((high, low), (m.where(known, x, 0.0), 0.0))
    return m.where(known, product, rough), rest


def _soft_exponential(m: Any, x: Any, *, alpha: Any) -> Any:
    product, rest = _exponent(m, x, alpha)
    near = m.abs(product) < _NEAR
    # x + α, and x · (αx/2 + (αx)²/6 + …): all that depends on α is in it, also where α is 0
    finite = m.abs(x) < math.inf
    inner = m.where(near & finite, x, 0.0)
    u = m.where(near, product + rest, 0.0)
    series = 1.0
    for n in range(11, 2, -1):
        series = 1.0 + series * u / n
    total, error = m.two_sum(inner, alpha)
    close = total + (error + 0.5 * inner * u * series)
    # (e^(αx) − 1) / α + α
    safe = m.where(near, 1.0, alpha * m.full_like(x, 1.0))
    large = m.mul_exp((1.0 + rest) / safe, m.maximum(product, 1.0)) - (1.0 / safe - alpha)
    part = m.minimum(product, 1.0)
    square, more = m.two_product(safe, safe)
    low = part < -0.5  # e^u + (α² − 1): for α = 1 nothing may be lost beside the ones
    offset, less = m.two_sum(square, m.where(low, -1.0, m.full_like(x, 0.0)))
    power = m.mul_exp(1.0 + m.minimum(rest, 1.0), part)
    total, error = m.two_sum(m.where(low, power, m.expm1(part)), offset)
    change = m.where(low, 0.0, m.minimum(rest, 1.0) * power)
    small = (total + (error + less + more + change)) / safe
    far = m.where(product > 1, large, small)
    return m.where(near, m.where(finite, close, x), far)


def _soft_exponential_derivative(m: Any, x: Any, *, alpha: Any) -> Any:
    product, rest = _exponent(m, x, alpha)
    return m.mul_exp(1.0 + rest, product)


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
    " inputs and left out: a learnt α that falls below 0 gets the same formula as above it.",
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


def _dice_monotonic(p: Any) -> Monotonic:
    if lowest(_dice_derivative, p) >= 0:
        return "increasing"
    return "decreasing" if highest(_dice_derivative, p) <= 0 else "no"


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
    monotonic=_dice_monotonic,
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
