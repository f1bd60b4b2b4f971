"""Sigmoids and logarithms of both signs, and relatives of tanh."""

from __future__ import annotations

import math
from typing import Any, Final

from halfwave.activations.parameters import POSITIVE, Parameter
from halfwave.activations.properties import Kink, Paper, Range
from halfwave.activations.record import Activation

__all__ = ["elliott", "penalized_tanh", "rectified_tanh", "soft_clipping", "symexp", "symlog"]


_HAFNER: Final = Paper(
    "Hafner, Pasukonis, Ba, Lillicrap",
    2023,
    "Mastering diverse domains through world models",
    "arXiv:2301.04104",
)


def _elliott(m: Any, x: Any) -> Any:
    small = 0.5 / (1.0 + m.abs(x))
    return m.where(x > 0, 1.0 - small, small)


def _elliott_derivative(m: Any, x: Any) -> Any:
    r = 1.0 / (1.0 + m.abs(x))
    return 0.5 * r * r


elliott = Activation(
    name="elliott",
    aliases=("elliott_sigmoid", "elliot"),
    family="algebraic",
    summary="A sigmoid without an exponential: softsign scaled to between 0 and 1.",
    f=_elliott,
    df=_elliott_derivative,
    formula=r"\frac{1}{2} + \frac{x}{2\,(1 + |x|)}",
    derivative_formula=r"\frac{1}{2\,(1 + |x|)^2}",
    range=Range(0.0, 1.0),
    monotonic="increasing",
    smoothness=1,
    lipschitz=0.5,
    papers=(
        Paper(
            "Elliott",
            1993,
            "A better activation function for artificial neural networks",
            "Technical report 93-8, University of Maryland",
        ),
    ),
    use="Gates on devices without a fast exponential.",
    pitfalls="Nears 0 and 1 only as 1/|x|; outputs are all positive.",
)


def _symlog(m: Any, x: Any) -> Any:
    a = m.log1p(m.abs(x))
    return m.where(x < 0, -a, m.where(x == 0, x, a))


def _symlog_derivative(m: Any, x: Any) -> Any:
    return 1.0 / (1.0 + m.abs(x))


symlog = Activation(
    name="symlog",
    aliases=("signed_log", "symmetric_log"),
    family="algebraic",
    summary="A logarithm of both signs: the identity near 0, logarithmic far out.",
    f=_symlog,
    df=_symlog_derivative,
    formula=r"\operatorname{sign}(x) \log(1 + |x|)",
    derivative_formula=r"\frac{1}{1 + |x|}",
    range=Range(-math.inf, math.inf),
    monotonic="increasing",
    smoothness=1,
    lipschitz=1.0,
    zero_centred=True,
    papers=(_HAFNER,),
    use="Inputs and targets of many orders of magnitude and of both signs (rewards, prices).",
    pitfalls="A small error after it is a large one after the inverse.",
)


def _symexp(m: Any, x: Any) -> Any:
    a = m.expm1(m.abs(x))
    return m.where(x < 0, -a, m.where(x == 0, x, a))


def _symexp_derivative(m: Any, x: Any) -> Any:
    return m.exp(m.abs(x))


symexp = Activation(
    name="symexp",
    aliases=("signed_exp", "symmetric_exponential"),
    family="algebraic",
    summary="The inverse of symlog: the identity near 0, exponential far out.",
    f=_symexp,
    df=_symexp_derivative,
    formula=r"\operatorname{sign}(x) \left(e^{|x|} - 1\right)",
    derivative_formula=r"e^{|x|}",
    range=Range(-math.inf, math.inf),
    monotonic="increasing",
    smoothness=1,
    lipschitz=math.inf,
    zero_centred=True,
    papers=(_HAFNER,),
    use="Reads the prediction of a quantity that was learnt on symlog's scale.",
    pitfalls="Overflows beyond |x| = 89 in float32, 11 in float16: keep it out of hidden layers.",
)


def _penalized(m: Any, x: Any, *, negative_slope: Any) -> Any:
    t = m.tanh(x)
    return m.where(x > 0, t, negative_slope * t)


def _penalized_derivative(m: Any, x: Any, *, negative_slope: Any) -> Any:
    s = m.sech2(x)
    return m.where(x > 0, s, negative_slope * s)


_FROM_LEFT: Final = "the slope of the negative side, as for leaky ReLU"

penalized_tanh = Activation(
    name="penalized_tanh",
    aliases=("leaky_tanh",),
    family="tanh-like",
    summary="tanh with its negative side scaled down.",
    f=_penalized,
    df=_penalized_derivative,
    formula=r"\begin{cases}\tanh(x) & x > 0\\ a \tanh(x) & x \le 0\end{cases}",
    derivative_formula=r"\begin{cases}1/\cosh^2(x) & x > 0\\ a/\cosh^2(x) & x \le 0\end{cases}",
    parameters=(Parameter("negative_slope", 0.25, POSITIVE, "a", aliases=("alpha",)),),
    range=lambda p: Range(-p.negative_slope, 1.0, (True, True)),
    monotonic="increasing",
    kinks=lambda p: () if p.negative_slope == 1 else (Kink(0.0, p.negative_slope, _FROM_LEFT),),
    smoothness=lambda p: math.inf if p.negative_slope == 1 else 0,
    lipschitz=lambda p: max(1.0, p.negative_slope),
    zero_centred=lambda p: p.negative_slope == 1,
    papers=(
        Paper("Xu, Huang, Li", 2016, "Revise saturated activation functions", "arXiv:1602.05980"),
    ),
    use="Recurrent and language models in place of tanh.",
    pitfalls="Saturates on both sides, as tanh does.",
)


def _rectified_tanh(m: Any, x: Any) -> Any:
    return m.positive_part(m.tanh(x))


def _rectified_tanh_derivative(m: Any, x: Any) -> Any:
    return m.where(x > 0, m.sech2(x), 0.0)


rectified_tanh = Activation(
    name="rectified_tanh",
    aliases=("retanh",),
    family="tanh-like",
    summary="tanh for positive inputs, 0 for the rest.",
    f=_rectified_tanh,
    df=_rectified_tanh_derivative,
    formula=r"\max(0, \tanh(x))",
    derivative_formula=r"\begin{cases}1/\cosh^2(x) & x > 0\\ 0 & x \le 0\end{cases}",
    range=Range(0.0, 1.0, (True, True)),
    monotonic="non-decreasing",
    kinks=(Kink(0.0, 0.0, "the flat side, as for ReLU"),),
    smoothness=0,
    lipschitz=1.0,
    sparse=True,
    use="Firing rates between nothing and a maximum, as in models of neurons.",
    pitfalls="Closed on both sides: below 0, and above about 4.15.",
)


def _soft_clipping(m: Any, x: Any, *, alpha: Any) -> Any:
    a = m.abs(x)
    z = m.mul_exp_product(1.0, alpha, a)
    one = m.full_like(x, 1.0)
    q = m.exp(-alpha * one)
    k = -m.expm1(-alpha * one)
    left = m.log1p(z * k / (1.0 + z * q)) / alpha
    small = m.mul_exp_product(k / alpha, alpha, a)  # rounded once if it is subnormal
    right = m.log1p(k / (z + q)) / alpha
    return m.where(x > 0, right, m.where(z < 1e-20, small, left))


def _soft_clipping_derivative(m: Any, x: Any, *, alpha: Any) -> Any:
    a = m.abs(x)
    z = m.mul_exp_product(1.0, alpha, a)
    one = m.full_like(x, 1.0)
    q = m.exp(-alpha * one)
    left = m.mul_exp_product(-m.expm1(-alpha * one) / ((1.0 + z) * (1.0 + z * q)), alpha, a)
    e = m.expm1(alpha * one)
    right = m.mul_exp_product(e / ((1.0 + z) * (1.0 + z * (1.0 + e))), alpha, a)
    return m.where(x > 0, right, left)


soft_clipping = Activation(
    name="soft_clipping",
    aliases=("softclipping",),
    family="tanh-like",
    summary="Nearly linear between 0 and 1, softly clipped outside.",
    f=_soft_clipping,
    df=_soft_clipping_derivative,
    formula=r"\frac1\alpha \log\frac{1 + e^{\alpha x}}{1 + e^{\alpha(x - 1)}}",
    derivative_formula=r"\sigma(\alpha x) - \sigma(\alpha(x - 1))",
    parameters=(Parameter("alpha", 1.0, POSITIVE, "α: sharpness; a hard clip for α → ∞"),),
    check=lambda p: f"alpha={p.alpha!r} is above 300" if p.alpha > 300 else None,
    range=Range(0.0, 1.0, (True, True)),
    monotonic="increasing",
    lipschitz=lambda p: math.tanh(p.alpha / 4.0),
    papers=(
        Paper(
            "Klimek, Perelstein",
            2020,
            "Neural network-based approach to phase space integration",
            "SciPost Physics 9",
        ),
    ),
    use="Outputs that must lie between 0 and 1 and be spread evenly there.",
    pitfalls="With α = 1 the slope is at most 1/4; take a larger α for a line in the middle.",
)
