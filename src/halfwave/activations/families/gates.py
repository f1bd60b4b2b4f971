"""The input times a smooth gate: relatives of SiLU."""

from __future__ import annotations

import math
from typing import Any, Final

from halfwave.activations.parameters import POSITIVE, Parameter
from halfwave.activations.properties import Names, Paper, Range
from halfwave.activations.record import Activation

__all__ = ["eswish", "lisht", "logish", "quick_gelu", "serf", "smish", "swish_beta", "tanhexp"]

_SILU_LOW: Final = -0.27846454276107379
_SILU_SLOPE: Final = 1.0998393201288669
_TWO_OVER_ROOT_PI: Final = 1.1283791670955126
_FAR: Final = -40.0  # below it a gate is its exponential

_PITFALLS: Final = "Closed on the left tail; not monotonic."


def _swish(m: Any, x: Any, beta: Any) -> Any:
    """Return x · σ(βx)."""
    a = m.abs(x)
    z = m.mul_exp_product(1.0, beta, a)
    return m.where(x < 0, -m.mul_exp_product(a, beta, a), x) / (1.0 + z)


def _swish_slope(m: Any, x: Any, beta: Any) -> Any:
    product, rest = m.multiply(m.parameter(beta), (m.minimum(m.abs(x), 2000.0 / beta), 0.0))
    z = m.exp(-product)
    inner = (1.0 - product) + (z - rest * (2.0 - product))  # times e^(−rest)
    tail = m.mul_exp(inner, -product) / (1.0 + z * (2.0 + z))
    return m.where(x > 0, 1.0 - tail, tail)


_RAMACHANDRAN: Final = Paper(
    "Ramachandran, Zoph, Le", 2017, "Searching for activation functions", "arXiv:1710.05941"
)


def _swish_beta(m: Any, x: Any, *, beta: Any) -> Any:
    return _swish(m, x, beta)


def _swish_beta_derivative(m: Any, x: Any, *, beta: Any) -> Any:
    return _swish_slope(m, x, beta)


swish_beta = Activation(
    name="swish_beta",
    aliases=("parametric_swish", "learnable_swish"),
    family="gate",
    summary="SiLU with a sharpness β, often learnt.",
    f=_swish_beta,
    df=_swish_beta_derivative,
    formula=r"x\,\sigma(\beta x)",
    derivative_formula=r"\sigma(\beta x)\,(1 + \beta x\,\sigma(-\beta x))",
    parameters=(
        Parameter(
            "beta", 1.0, POSITIVE, "β: ReLU for β → ∞, x/2 for β → 0", array=True, learnable=True
        ),
    ),
    range=lambda p: Range(_SILU_LOW / p.beta, math.inf, (True, False)),
    monotonic="no",
    lipschitz=_SILU_SLOPE,
    papers=(_RAMACHANDRAN,),
    use="Where the best sharpness is not known.",
    pitfalls=_PITFALLS,
)


def _quick_gelu(m: Any, x: Any) -> Any:
    return _swish(m, x, 1.702)


def _quick_gelu_derivative(m: Any, x: Any) -> Any:
    return _swish_slope(m, x, 1.702)


quick_gelu = Activation(
    name="quick_gelu",
    aliases=("gelu_quick", "gelu_sigmoid"),
    family="gate",
    summary="The sigmoid approximation of GELU.",
    f=_quick_gelu,
    df=_quick_gelu_derivative,
    formula=r"x\,\sigma(1.702\,x)",
    derivative_formula=r"\sigma(1.702 x)\,(1 + 1.702 x\,\sigma(-1.702 x))",
    range=Range(_SILU_LOW / 1.702, math.inf, (True, False)),
    monotonic="no",
    lipschitz=_SILU_SLOPE,
    elsewhere=Names(transformers="quick_gelu"),
    papers=(
        Paper("Hendrycks, Gimpel", 2016, "Gaussian error linear units (GELUs)", "arXiv:1606.08415"),
    ),
    use="Weights that were trained with it (CLIP).",
    pitfalls="Differs from the exact GELU by up to 0.02: not interchangeable with trained weights.",
)


def _eswish(m: Any, x: Any, *, beta: Any) -> Any:
    return beta * m.where(x > 0, x, m.mul_exp(x, m.negative_part(x))) / (1.0 + m.exp(-m.abs(x)))


def _eswish_derivative(m: Any, x: Any, *, beta: Any) -> Any:
    a = m.abs(x)
    z = m.exp(-a)
    tail = m.mul_exp(beta * ((1.0 - a) + z), -a) / (1.0 + z * (2.0 + z))
    return m.where(x > 0, beta - tail, tail)


eswish = Activation(
    name="eswish",
    aliases=("e_swish",),
    family="gate",
    summary="SiLU times a constant.",
    f=_eswish,
    df=_eswish_derivative,
    formula=r"\beta\,x\,\sigma(x)",
    derivative_formula=r"\beta\,\sigma(x)\,(1 + x\,\sigma(-x))",
    parameters=(Parameter("beta", 1.375, POSITIVE, "β: between 1 and 2"),),
    range=lambda p: Range(p.beta * _SILU_LOW, math.inf, (True, False)),
    monotonic="no",
    lipschitz=lambda p: p.beta * _SILU_SLOPE,
    papers=(
        Paper(
            "Alcaide",
            2018,
            "E-swish: adjusting activations to different network depths",
            "arXiv:1801.07145",
        ),
    ),
    use="Wide residual networks.",
    pitfalls="A slope above 1 multiplies from layer to layer: gradients may explode.",
)


def _serf(m: Any, x: Any) -> Any:
    tail = m.mul_exp(_TWO_OVER_ROOT_PI * x, m.negative_part(x))
    return m.where(x < _FAR, tail, x * m.erf(m.softplus(x)))


def _serf_derivative(m: Any, x: Any) -> Any:
    right = m.where(x > 0, m.where(x < 30.0, x, 30.0), 0.0)
    s = m.softplus(right)
    first, second = m.gauss(s, 1.0)
    right = m.erf(s) + (_TWO_OVER_ROOT_PI * right * first) * second * m.expit(right)
    # on the left both terms have the factor e^(−s²)
    left = m.where(x < 0, m.where(x > _FAR, x, _FAR), 0.0)
    z = m.exp(left)
    s = m.log1p(z)
    series, share = m.erf_series(s * s), left * (z / (1.0 + z))
    near = s * series + share
    # s ≈ z far out: 1 + x is exact there, and what is left of the two terms small
    far = z * ((1.0 + left) + (((s - z) + s * (series - 1.0)) / z - share))
    left = _TWO_OVER_ROOT_PI * m.where(left < -1.5, far, near) * m.exp(-s * s)
    tail = m.mul_exp(_TWO_OVER_ROOT_PI * (1.0 + x), m.negative_part(x))
    return m.where(x > 0, right, m.where(x < _FAR, tail, left))


serf = Activation(
    name="serf",
    family="gate",
    summary="The input times the error function of its softplus.",
    f=_serf,
    df=_serf_derivative,
    formula=r"x \operatorname{erf}(\log(1 + e^x))",
    derivative_formula=r"\operatorname{erf}(s) + \frac{2}{\sqrt\pi}\,x\,\sigma(x)\,e^{-s^2},"
    r"\quad s = \log(1 + e^x)",
    range=Range(-0.34843745875960642, math.inf, (True, False)),
    monotonic="no",
    lipschitz=1.08612544415099715,
    papers=(
        Paper(
            "Nag, Bhattacharyya, Mukherjee, Kundu",
            2023,
            "SERF: towards better training of deep neural networks using log-softplus error"
            " activation function",
            "WACV",
        ),
    ),
    use="In place of Mish.",
    pitfalls=_PITFALLS,
)


def _smish(m: Any, x: Any) -> Any:
    z = m.exp(-m.abs(x))
    right = x * ((3.0 + 2.0 * z) / (5.0 + z * (6.0 + 2.0 * z)))
    gate = (2.0 + 3.0 * z) / (2.0 + z * (6.0 + 5.0 * z))
    return m.where(x > 0, right, m.mul_exp(x * gate, m.negative_part(x)))


def _smish_derivative(m: Any, x: Any) -> Any:
    a = m.abs(x)
    z = m.exp(-a)
    d = 5.0 + z * (6.0 + 2.0 * z)
    right = (3.0 + 2.0 * z) / d + 4.0 * m.mul_exp(a, -a) * (1.0 + z) * (2.0 + z) / (d * d)
    inner = 4.0 * (1.0 - a) + z * ((18.0 - 12.0 * a) + z * ((28.0 - 8.0 * a) + 15.0 * z))
    square = 4.0 + z * (24.0 + z * (56.0 + z * (60.0 + 25.0 * z)))
    return m.where(x > 0, right, m.mul_exp(inner / square, -a))


smish = Activation(
    name="smish",
    family="gate",
    summary="The input times the tanh of log(1 + its sigmoid).",
    f=_smish,
    df=_smish_derivative,
    formula=r"x \tanh(\log(1 + \sigma(x)))",
    derivative_formula=r"t + x\,(1 - t^2)\,\frac{\sigma(x)\,\sigma(-x)}{1 + \sigma(x)},"
    r"\quad t = \tanh(\log(1 + \sigma(x)))",
    range=Range(-0.249993663660129495, math.inf, (True, False)),
    monotonic="no",
    lipschitz=0.636884222881226299,
    papers=(
        Paper(
            "Wang, Ren, Wang",
            2022,
            "Smish: a novel activation function for deep learning methods",
            "Electronics 11",
        ),
    ),
    use="In place of Mish.",
    pitfalls="Its slope is at most 0.64, so signals shrink from layer to layer.",
)


def _logish(m: Any, x: Any) -> Any:
    tail = m.mul_exp(x, m.negative_part(x))
    return m.where(x < _FAR, tail, x * m.log1p(m.expit(x)))


def _logish_derivative(m: Any, x: Any) -> Any:
    a = m.abs(x)
    z = m.exp(-a)
    pull = m.mul_exp(a, -a) / (1.0 + z)
    pull = m.where(x > 0, pull / (2.0 + z), -pull / (1.0 + 2.0 * z))
    tail = m.mul_exp(1.0 - a, -a)
    return m.where(x < _FAR, tail, m.log1p(m.expit(x)) + pull)


logish = Activation(
    name="logish",
    family="gate",
    summary="The input times the logarithm of 1 + its sigmoid.",
    f=_logish,
    df=_logish_derivative,
    formula=r"x \log(1 + \sigma(x))",
    derivative_formula=r"\log(1 + \sigma(x)) + x\,\frac{\sigma(x)\,\sigma(-x)}{1 + \sigma(x)}",
    range=Range(-0.252768816789440353, math.inf, (True, False)),
    monotonic="no",
    lipschitz=0.746311180412739681,
    papers=(
        Paper(
            "Zhu, Min, Guo, Huang",
            2021,
            "Logish: a new nonlinear nonmonotonic activation function for convolutional neural"
            " network",
            "Neurocomputing 458",
        ),
    ),
    use="In place of Mish.",
    pitfalls="Its slope is at most 0.75, so signals shrink from layer to layer.",
)


def _tanhexp(m: Any, x: Any) -> Any:
    near = m.where(x < 10.0, x, 10.0)
    tail = m.mul_exp(x, m.negative_part(x))
    return m.where(x < _FAR, tail, x * m.tanh(m.exp(near)))


def _tanhexp_derivative(m: Any, x: Any) -> Any:
    near = m.where(x < 6.0, m.where(x > _FAR, x, _FAR), 6.0)
    e = m.exp(near)
    tail = m.mul_exp(1.0 + x, m.negative_part(x))
    t = m.tanh(e)
    sech2 = m.where(x < 0, (1.0 - t) * (1.0 + t), m.sech2(e))
    return m.where(x < _FAR, tail, t + near * e * sech2)


tanhexp = Activation(
    name="tanhexp",
    aliases=("telu",),
    family="gate",
    summary="The input times the tanh of its exponential.",
    f=_tanhexp,
    df=_tanhexp_derivative,
    formula=r"x \tanh(e^x)",
    derivative_formula=r"\tanh(e^x) + \frac{x\,e^x}{\cosh^2(e^x)}",
    range=Range(-0.353285777848211271, math.inf, (True, False)),
    monotonic="no",
    lipschitz=1.06197530871791597,
    papers=(
        Paper(
            "Liu, Di",
            2021,
            "TanhExp: a smooth activation function with high convergence speed for lightweight"
            " neural networks",
            "IET Computer Vision 15",
        ),
        Paper(
            "Fernandez, Mali",
            2024,
            "TeLU activation function for fast and stable deep learning",
            "arXiv:2412.20269",
        ),
    ),
    use="In place of Mish: nearly the identity above 1.",
    pitfalls=_PITFALLS,
)


def _lisht(m: Any, x: Any) -> Any:
    return x * m.tanh(x)


def _lisht_derivative(m: Any, x: Any) -> Any:
    a = m.abs(x)
    z = m.exp(-2.0 * a)
    y = m.tanh(a) + m.mul_exp(4.0 * a / (1.0 + z * (2.0 + z)), -2.0 * a)
    return m.where(x < 0, -y, y)


lisht = Activation(
    name="lisht",
    aliases=("linearly_scaled_tanh",),
    family="gate",
    summary="The input times its tanh: a smooth absolute value.",
    f=_lisht,
    df=_lisht_derivative,
    formula=r"x \tanh(x)",
    derivative_formula=r"\tanh(x) + \frac{x}{\cosh^2(x)}",
    range=Range(0.0, math.inf, (True, False)),
    monotonic="no",
    lipschitz=1.1996786402577338,
    papers=(
        Paper(
            "Roy, Manna, Dubey, Chaudhuri",
            2019,
            "LiSHT: non-parametric linearly scaled hyperbolic tangent activation function",
            "arXiv:1901.05894",
        ),
    ),
    use="Where large inputs of either sign matter.",
    pitfalls="The sign of its input is lost; its slope is 0 at 0, where inputs usually start.",
)
