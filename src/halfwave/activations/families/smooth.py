"""Smooth functions in the place of ReLU."""

from __future__ import annotations

import math
from typing import Any, Final

from halfwave.activations.parameters import Domain, Parameter
from halfwave.activations.properties import Names, Paper, Range
from halfwave.activations.record import Activation

__all__ = ["gelu", "gelu_tanh", "mish", "silu", "softplus"]

_DENSITY: Final = 0.3989422804014327  # 1/√(2π)
_NEAR: Final = 0.7  # below it Φ(x) is taken from its series
_POSITIVE: Final = Domain(low=0.0, open_low=True)

HENDRYCKS = Paper(
    "Hendrycks, Gimpel", 2016, "Gaussian error linear units (GELUs)", "arXiv:1606.08415"
)


def _gelu(m: Any, x: Any) -> Any:
    a = m.abs(x)
    small = m.where(a < _NEAR, x, 0.0)
    # Φ(x) = 1/2 + x φ(x) (1 + x²/3 + x⁴/15 + …)
    half = 0.5 + small * (_DENSITY * m.exp(-0.5 * small * small)) * m.erf_series(
        0.5 * small * small
    )
    first, second = m.gauss(x)
    tail = (m.tail_ratio(a) * a * first) * second  # |x| · (1 − Φ(|x|))
    tail = m.where(second == 0, 0.0, tail)
    return m.where(a < _NEAR, x * half, m.where(x > 0, x - tail, -tail))


def _gelu_derivative(m: Any, x: Any) -> Any:
    a = m.abs(x)
    small = m.where(a < _NEAR, x, 0.0)
    slope = _DENSITY * m.exp(-0.5 * small * small) * (1.0 + m.erf_series(0.5 * small * small))
    first, second = m.gauss(x)
    tail = ((m.tail_ratio(a) - _DENSITY * a) * first) * second  # Φ(−a) − a φ(a)
    tail = m.where(second == 0, 0.0, tail)
    return m.where(a < _NEAR, 0.5 + small * slope, m.where(x > 0, 1.0 - tail, tail))


gelu = Activation(
    name="gelu",
    aliases=("gaussian_error_linear_unit", "gelu_exact", "gelu_erf"),
    family="smooth",
    summary="The input times the probability that a normal variable lies below it.",
    f=_gelu,
    df=_gelu_derivative,
    formula=r"x\,\Phi(x) = \frac{x}{2}\left(1 + \operatorname{erf}\frac{x}{\sqrt 2}\right)",
    derivative_formula=r"\Phi(x) + x\,\varphi(x)",
    range=Range(-0.16997120747990369, math.inf, (True, False)),
    monotonic="no",
    lipschitz=1.1289041451202377,
    elsewhere=Names(
        torch="torch.nn.GELU",
        functional="torch.nn.functional.gelu",
        jax="jax.nn.gelu(approximate=False)",
        keras="gelu",
        onnx="Gelu",
        transformers="gelu",
    ),
    papers=(HENDRYCKS,),
    use="Transformers.",
    pitfalls="JAX's default is the tanh approximation (gelu_tanh), torch's and Keras's the exact"
    " one: weights moved between them change the outputs by up to 5e-4.",
)

# to 106 bits: √(8/π), and the coefficient of the cube
_ROOT: Final = (1.5957691216057308, -9.96930880911092e-17)
_CUBE: Final = (0.044715, 2.1960211427085595e-18)
_SLOPE: Final = (0.21406444881780073, 1.2025242832367862e-17)  # 3 · 0.044715 · √(8/π)


def _gelu_tanh_exponent(m: Any, a: Any) -> tuple[Any, Any]:
    """Return u = √(8/π) (a + 0.044715 a³) and its rounding error: e^(−u) needs both."""
    ratio, rest = m.multiply(m.constant(*_CUBE), m.two_product(a, a))
    ratio, more = m.two_sum(1.0, ratio)
    return m.multiply(m.constant(*_ROOT), m.multiply((a, 0.0), (ratio, rest + more)))


def _gelu_tanh(m: Any, x: Any) -> Any:
    a = m.minimum(m.abs(x), 25.0)  # e^(−u) is 0 long before
    u, rest = _gelu_tanh_exponent(m, a)
    z = m.exp(-u)
    return m.where(x < 0, m.mul_exp(-a * (1.0 - rest), -u), x) / (1.0 + z)


def _gelu_tanh_derivative(m: Any, x: Any) -> Any:
    a = m.minimum(m.abs(x), 25.0)  # e^(−u) is 0 long before
    u, rest = _gelu_tanh_exponent(m, a)
    z = m.exp(-u)
    root, low = m.constant(*_ROOT)
    square, rest2 = m.multiply(m.constant(*_SLOPE), m.two_product(a, a))
    total, error = m.two_sum(root, square)
    slope, more = m.multiply((a, 0.0), (total, error + (low + rest2)))  # a · u′
    inner = (1.0 - slope) + (z - more)
    tail = m.mul_exp((1.0 - rest) * inner, -u) / (1.0 + z * (2.0 + z))
    return m.where(x > 0, 1.0 - tail, tail)


gelu_tanh = Activation(
    name="gelu_tanh",
    aliases=("gelu_new", "gelu_approximate", "gelu_pytorch_tanh", "gelu_fast"),
    family="smooth",
    summary="The tanh approximation of GELU.",
    f=_gelu_tanh,
    df=_gelu_tanh_derivative,
    formula=r"\frac{x}{2}\left(1 + \tanh\left(\sqrt{2/\pi}\,(x + 0.044715\,x^3)\right)\right)",
    derivative_formula=r"\sigma(u) + x\,\sigma(u)\,\sigma(-u)\,u',\quad"
    r" u = \sqrt{8/\pi}\,(x + 0.044715\,x^3)",
    range=Range(-0.17004075057125412, math.inf, (True, False)),
    monotonic="no",
    lipschitz=1.1289930686587718,
    elsewhere=Names(
        torch='torch.nn.GELU(approximate="tanh")',
        functional='torch.nn.functional.gelu(approximate="tanh")',
        jax="jax.nn.gelu",
        keras="gelu(approximate=True)",
        onnx='Gelu(approximate="tanh")',
        transformers="gelu_new",
    ),
    papers=(HENDRYCKS,),
    use="Where weights were trained with it (GPT-2, and models from JAX).",
    pitfalls="Differs from the exact GELU by up to 5e-4.",
)


def _silu(m: Any, x: Any) -> Any:
    tail = m.mul_exp(x, -m.abs(x))  # not used for large x > 0
    z = m.exp(-m.abs(x))
    return m.where(x > 0, x, tail) / (1.0 + z)


def _silu_derivative(m: Any, x: Any) -> Any:
    a = m.abs(x)
    z = m.exp(-a)
    # σ(−a) · (1 − a σ(a)), the derivative at −a
    tail = m.mul_exp((1.0 - a) + z, -a) / (1.0 + z * (2.0 + z))
    return m.where(x > 0, 1.0 - tail, tail)


silu = Activation(
    name="silu",
    aliases=("swish", "sigmoid_linear_unit", "swish_1"),
    family="smooth",
    summary="The input times its sigmoid.",
    f=_silu,
    df=_silu_derivative,
    formula=r"x\,\sigma(x) = \frac{x}{1 + e^{-x}}",
    derivative_formula=r"\sigma(x)\,(1 + x\,\sigma(-x))",
    range=Range(-0.27846454276107379, math.inf, (True, False)),
    monotonic="no",
    lipschitz=1.0998393201288669,
    elsewhere=Names(
        torch="torch.nn.SiLU",
        functional="torch.nn.functional.silu",
        jax="jax.nn.silu",
        keras="silu",
        transformers="silu",
    ),
    papers=(
        HENDRYCKS,
        Paper(
            "Elfwing, Uchibe, Doya",
            2018,
            "Sigmoid-weighted linear units for neural network function approximation in"
            " reinforcement learning",
            "Neural Networks 107",
        ),
        Paper(
            "Ramachandran, Zoph, Le", 2017, "Searching for activation functions", "arXiv:1710.05941"
        ),
    ),
    use="Convolutional networks (EfficientNet) and, gated, language models.",
    pitfalls="Closed on the left tail; not monotonic, so units do not keep the order of inputs.",
)


def _mish(m: Any, x: Any) -> Any:
    z = m.exp(-m.abs(x))
    # tanh(softplus(x)) for x > 0, and over e^x for x < 0
    right = (1.0 + 2.0 * z) / (1.0 + 2.0 * z + 2.0 * z * z)
    left = (2.0 + z) / (2.0 + 2.0 * z + z * z)
    return m.where(x > 0, x * right, m.mul_exp(x, -m.abs(x)) * left)


def _mish_derivative(m: Any, x: Any) -> Any:
    a = m.abs(x)
    z = m.exp(-a)
    right = 1.0 + 2.0 * z + 2.0 * z * z
    right = ((1.0 + 2.0 * z) * right + 4.0 * m.mul_exp(a, -a) * z * (1.0 + z)) / (right * right)
    left = 4.0 + z * (8.0 + z * (8.0 + z * (4.0 + z)))  # (2 + 2z + z²)²
    inner = 4.0 * (1.0 - a) + z * ((6.0 - 4.0 * a) + z * (4.0 + z))
    left = m.mul_exp(inner / left, -a)
    return m.where(x > 0, right, m.where(z == 0, 0.0, left))


mish = Activation(
    name="mish",
    family="smooth",
    summary="The input times the tanh of its softplus.",
    f=_mish,
    df=_mish_derivative,
    formula=r"x \tanh(\log(1 + e^x))",
    derivative_formula=r"\omega + x\,(1 - \omega^2)\,\sigma(x),\quad \omega = \tanh(\log(1 + e^x))",
    range=Range(-0.3088434130172504, math.inf, (True, False)),
    monotonic="no",
    lipschitz=1.0884981612517279,
    elsewhere=Names(
        torch="torch.nn.Mish",
        functional="torch.nn.functional.mish",
        jax="jax.nn.mish",
        keras="mish",
        onnx="Mish",
        transformers="mish",
    ),
    papers=(
        Paper("Misra", 2020, "Mish: a self regularized non-monotonic activation function", "BMVC"),
    ),
    use="Object detectors (YOLOv4); much like SiLU.",
    pitfalls="Slower than SiLU, with nearly the same shape.",
)


def _softplus(m: Any, x: Any, *, beta: Any) -> Any:
    z = m.mul_exp_product(1.0, beta, m.abs(x))
    small = m.mul_exp_product(1.0 / beta, beta, m.abs(x))  # rounded once if it is subnormal
    return m.positive_part(x) + m.where(z < 1e-20, small, m.log1p(z) / beta)


def _softplus_derivative(m: Any, x: Any, *, beta: Any) -> Any:
    z = m.mul_exp_product(1.0, beta, m.abs(x))
    return m.where(x > 0, 1.0, z) / (1.0 + z)


softplus = Activation(
    name="softplus",
    aliases=("smooth_relu",),
    family="smooth",
    summary="A smooth ReLU: the logarithm of 1 + e^x.",
    f=_softplus,
    df=_softplus_derivative,
    formula=r"\frac{1}{\beta} \log(1 + e^{\beta x})",
    derivative_formula=r"\sigma(\beta x)",
    parameters=(Parameter("beta", 1.0, _POSITIVE, "β: sharpness; ReLU for β → ∞"),),
    range=Range(0.0, math.inf),
    monotonic="increasing",
    lipschitz=1.0,
    elsewhere=Names(
        torch="torch.nn.Softplus",
        functional="torch.nn.functional.softplus",
        jax="jax.nn.softplus",
        keras="softplus",
        onnx="Softplus",
    ),
    papers=(
        Paper(
            "Dugas, Bengio, Bélisle, Nadeau, Garcia",
            2001,
            "Incorporating second-order functional knowledge for better option pricing",
            "NeurIPS",
        ),
    ),
    use="Outputs that must be positive (a variance, a rate); smooth physics models.",
    pitfalls="Never zero and never negative, so the mean drifts upwards in deep networks.",
)
