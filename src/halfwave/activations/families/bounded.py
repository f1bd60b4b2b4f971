"""More S-shaped functions, named for what they are made of."""

from __future__ import annotations

import math
from typing import Any, Final

from halfwave.activations.parameters import POSITIVE, REAL, Parameter
from halfwave.activations.properties import Names, Paper, Range
from halfwave.activations.record import Activation

__all__ = ["arctan", "bipolar_sigmoid", "erf", "gudermannian", "isru", "laplace", "scaled_tanh"]

_HALF_PI: Final = 1.5707963267948966
_DENSITY: Final = 0.3989422804014327  # 1/√(2π)
_TWO_OVER_ROOT_PI: Final = 1.1283791670955126


def _arctan(m: Any, x: Any) -> Any:
    return m.arctan(x)


def _arctan_derivative(m: Any, x: Any) -> Any:
    a = m.abs(x)
    large = a > 1.0
    r = 1.0 / m.where(large, a, 1.0)
    small = m.where(large, 0.0, a)
    return m.where(large, r * r / (1.0 + r * r), 1.0 / (1.0 + small * small))


arctan = Activation(
    name="arctan",
    aliases=("atan", "arctangent", "inverse_tangent"),
    family="sigmoidal",
    summary="The angle whose tangent is the input.",
    f=_arctan,
    df=_arctan_derivative,
    formula=r"\arctan(x)",
    derivative_formula=r"\frac{1}{1 + x^2}",
    range=Range(-_HALF_PI, _HALF_PI),
    monotonic="increasing",
    lipschitz=1.0,
    zero_centred=True,
    elsewhere=Names(functional="torch.arctan", jax="jax.numpy.arctan", onnx="Atan"),
    use="In place of tanh where the tails should be heavier; surrogate gradients of spikes.",
    pitfalls="Closed for |x| ≥ 31.6; outputs reach ±π/2, not ±1.",
)


def _isru(m: Any, x: Any, *, alpha: Any) -> Any:
    large = m.abs(x) > 1.0
    r = 1.0 / m.where(large, x, 1.0)
    small = m.where(large, 0.0, x)
    far = m.sign(x) / m.sqrt(alpha + r * r)
    return m.where(large, far, small / m.sqrt(1.0 + alpha * small * small))


def _isru_derivative(m: Any, x: Any, *, alpha: Any) -> Any:
    return m.inverse_root_cubed(x, alpha)


isru = Activation(
    name="isru",
    aliases=("inverse_square_root_unit", "algebraic_sigmoid"),
    family="sigmoidal",
    summary="The input over the square root of 1 + α times its square.",
    f=_isru,
    df=_isru_derivative,
    formula=r"\frac{x}{\sqrt{1 + \alpha x^2}}",
    derivative_formula=r"\left(\frac{1}{\sqrt{1 + \alpha x^2}}\right)^3",
    parameters=(Parameter("alpha", 1.0, POSITIVE, "α: the limits are ±1/√α"),),
    range=lambda p: Range(-1.0 / math.sqrt(p.alpha), 1.0 / math.sqrt(p.alpha)),
    monotonic="increasing",
    lipschitz=1.0,
    zero_centred=True,
    papers=(
        Paper(
            "Carlile, Delamarter, Kinney, Marti, Whitney",
            2017,
            "Improving deep learning by inverse square root linear units (ISRLUs)",
            "arXiv:1710.09967",
        ),
    ),
    use="In place of tanh, without an exponential.",
    pitfalls="Closed for |x| ≥ 10 at α = 1.",
)


def _erf(m: Any, x: Any) -> Any:
    return m.erf(x)


def _erf_derivative(m: Any, x: Any) -> Any:
    first, second = m.gauss(x, 1.0)
    return (_TWO_OVER_ROOT_PI * first) * second


erf = Activation(
    name="erf",
    aliases=("error_function",),
    family="sigmoidal",
    summary="The error function.",
    f=_erf,
    df=_erf_derivative,
    formula=r"\operatorname{erf}(x) = \frac{2}{\sqrt\pi} \int_0^x e^{-t^2} dt",
    derivative_formula=r"\frac{2}{\sqrt\pi} e^{-x^2}",
    range=Range(-1.0, 1.0),
    monotonic="increasing",
    lipschitz=_TWO_OVER_ROOT_PI,
    zero_centred=True,
    elsewhere=Names(functional="torch.erf", jax="jax.scipy.special.erf", onnx="Erf"),
    papers=(
        Paper(
            "Williams", 1998, "Computation with infinite neural networks", "Neural Computation 10"
        ),
    ),
    use="Theory of wide networks: its Gaussian averages have closed forms.",
    pitfalls="Saturates faster than tanh: closed for |x| ≥ 2.63.",
)


def _gudermannian(m: Any, x: Any) -> Any:
    return 2.0 * m.arctan(m.tanh(0.5 * x))


def _gudermannian_derivative(m: Any, x: Any) -> Any:
    z = m.exp(-m.abs(x))
    return 2.0 * z / (1.0 + z * z)


gudermannian = Activation(
    name="gudermannian",
    aliases=("gd",),
    family="sigmoidal",
    summary="Twice the arctangent of tanh(x/2).",
    f=_gudermannian,
    df=_gudermannian_derivative,
    formula=r"2 \arctan\left(\tanh\frac{x}{2}\right)",
    derivative_formula=r"\frac{1}{\cosh(x)}",
    range=Range(-_HALF_PI, _HALF_PI),
    monotonic="increasing",
    lipschitz=1.0,
    zero_centred=True,
    use="In place of tanh, with a slower fall of the slope.",
    pitfalls="Closed for |x| ≥ 7.6; outputs reach ±π/2, not ±1.",
)


def _scaled_tanh(m: Any, x: Any, *, scale: Any, slope: Any) -> Any:
    return scale * m.tanh(slope * x)


def _scaled_tanh_derivative(m: Any, x: Any, *, scale: Any, slope: Any) -> Any:
    a = m.abs(x)
    z = m.mul_exp_product(1.0, 2.0 * slope, a)
    front = (4.0 * scale * slope) / (1.0 + z * (2.0 + z))
    return m.mul_exp_product(front, 2.0 * slope, a)


scaled_tanh = Activation(
    name="scaled_tanh",
    aliases=("lecun_tanh", "stanh"),
    family="sigmoidal",
    summary="tanh stretched so that ±1 are mapped to ±1.",
    f=_scaled_tanh,
    df=_scaled_tanh_derivative,
    formula=r"a \tanh(b x)",
    derivative_formula=r"\frac{a b}{\cosh^2(b x)}",
    parameters=(
        Parameter("scale", 1.7159, POSITIVE, "a: the limits are ±a"),
        Parameter("slope", 2 / 3, POSITIVE, "b"),
    ),
    range=lambda p: Range(-p.scale, p.scale),
    monotonic="increasing",
    lipschitz=lambda p: p.scale * p.slope,
    zero_centred=True,
    papers=(
        Paper("LeCun, Bottou, Orr, Müller", 1998, "Efficient BackProp", "Neural Networks: Tricks"),
    ),
    use="Targets of ±1, which then lie where the slope is not yet small.",
    pitfalls="Saturates like tanh, later: closed for |x| ≥ 6.2.",
)


def _bipolar_sigmoid(m: Any, x: Any) -> Any:
    return m.tanh(0.5 * x)


def _bipolar_sigmoid_derivative(m: Any, x: Any) -> Any:
    z = m.exp(-m.abs(x))
    return m.mul_exp(2.0 / (1.0 + z * (2.0 + z)), -m.abs(x))


bipolar_sigmoid = Activation(
    name="bipolar_sigmoid",
    aliases=("symmetric_sigmoid",),
    family="sigmoidal",
    summary="The sigmoid stretched to the range from −1 to 1: tanh(x/2).",
    f=_bipolar_sigmoid,
    df=_bipolar_sigmoid_derivative,
    formula=r"\frac{1 - e^{-x}}{1 + e^{-x}}",
    derivative_formula=r"2\,\sigma(x)\,\sigma(-x)",
    range=Range(-1.0, 1.0),
    monotonic="increasing",
    lipschitz=0.5,
    zero_centred=True,
    use="Where the sigmoid's shape is wanted with mean 0.",
    pitfalls="Its slope is at most 1/2, and closed for |x| ≥ 8.3.",
)


def _laplace_argument(m: Any, x: Any, mu: Any, sigma: Any) -> tuple[Any, Any]:
    """Return (x − μ) / σ and its rounding error: e^(−u²/2) needs both."""
    near = m.where(m.abs(x) < 1e3, x, m.sign(x) * 1e3)
    high, low = m.parameter(mu)
    difference, rest = m.two_sum(near, -high)
    quotient, more = m.quotient(difference, sigma)
    return quotient, more + (rest - low) / sigma


def _laplace(m: Any, x: Any, *, mu: Any, sigma: Any) -> Any:
    u, rest = _laplace_argument(m, x, mu, sigma)
    a = m.abs(u)
    first, second = m.gauss(u)
    tail = (m.tail_ratio(a) * (1.0 - m.where(a < 50.0, u, 0.0) * rest) * first) * second
    return m.where(u > 0, 1.0 - tail, tail)


def _laplace_derivative(m: Any, x: Any, *, mu: Any, sigma: Any) -> Any:
    u, rest = _laplace_argument(m, x, mu, sigma)
    first, second = m.gauss(u)
    factor = 1.0 - m.where(m.abs(u) < 50.0, u, 0.0) * rest
    return ((_DENSITY / sigma) * factor * first) * second


laplace = Activation(
    name="laplace",
    aliases=("normal_cdf", "probit_sigmoid"),
    family="sigmoidal",
    summary="The distribution function of a normal variable, as in Mega's attention.",
    f=_laplace,
    df=_laplace_derivative,
    formula=r"\frac12 \left(1 + \operatorname{erf}\frac{x - \mu}{\sigma \sqrt 2}\right)",
    derivative_formula=r"\frac{1}{\sigma}\,\varphi\left(\frac{x - \mu}{\sigma}\right)",
    parameters=(
        Parameter("mu", 0.707107, REAL, "μ: where it is 1/2"),
        Parameter("sigma", 0.282095, POSITIVE, "σ: the width"),
    ),
    range=Range(0.0, 1.0),
    monotonic="increasing",
    lipschitz=lambda p: _DENSITY / p.sigma,
    elsewhere=Names(transformers="laplace"),
    papers=(Paper("Ma et al.", 2023, "Mega: moving average equipped gated attention", "ICLR"),),
    use="In place of squared ReLU in attention: bounded, with a bounded slope.",
    pitfalls="Closed outside about 0.7 ± 1.05 at the default width.",
)
