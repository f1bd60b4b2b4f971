"""Piecewise linear activations with a slope on the negative side."""

from __future__ import annotations

import math
from typing import Any

from halfwave.activations.parameters import REAL, Parameter
from halfwave.activations.properties import Kink, Monotonic, Names, Paper, Range
from halfwave.activations.record import Activation

__all__ = ["absolute", "leaky_relu", "prelu", "rrelu", "srelu"]

_LEFT = "the slope of the negative side, as torch returns; the subgradient spans both slopes"


def _leaky(m: Any, x: Any, slope: Any) -> Any:
    return m.where(x > 0, x, m.where(x == 0, 0.0, slope * x))


def _leaky_derivative(m: Any, x: Any, slope: Any) -> Any:
    return m.where(x > 0, 1.0, slope * m.full_like(x, 1.0))


def _range(slope: float) -> Range:
    return Range(-math.inf, math.inf) if slope > 0 else Range(0.0, math.inf, (True, False))


def _monotonic(slope: float) -> Monotonic:
    if slope < 0:
        return "no"
    return "increasing" if slope > 0 else "non-decreasing"


def _kinks(slope: float) -> tuple[Kink, ...]:
    return () if slope == 1 else (Kink(0.0, slope, _LEFT),)


def _leaky_relu(m: Any, x: Any, *, negative_slope: Any) -> Any:
    return _leaky(m, x, negative_slope)


def _leaky_relu_derivative(m: Any, x: Any, *, negative_slope: Any) -> Any:
    return _leaky_derivative(m, x, negative_slope)


leaky_relu = Activation(
    name="leaky_relu",
    aliases=("lrelu", "leaky"),
    family="leaky",
    summary="ReLU with a small slope on the negative side.",
    f=_leaky_relu,
    df=_leaky_relu_derivative,
    formula=r"\begin{cases}x & x > 0\\ a x & x \le 0\end{cases}",
    derivative_formula=r"\begin{cases}1 & x > 0\\ a & x \le 0\end{cases}",
    parameters=(
        Parameter(
            "negative_slope",
            0.01,
            REAL,
            "a; 0.01 in torch and JAX, 0.2 in Keras",
            aliases=("alpha",),
        ),
    ),
    range=lambda p: _range(p.negative_slope),
    monotonic=lambda p: _monotonic(p.negative_slope),
    kinks=lambda p: _kinks(p.negative_slope),
    smoothness=lambda p: math.inf if p.negative_slope == 1 else 0,
    lipschitz=lambda p: max(1.0, abs(p.negative_slope)),
    zero_centred=lambda p: p.negative_slope == 1,
    sparse=lambda p: p.negative_slope == 0,
    exact=True,
    elsewhere=Names(
        torch="torch.nn.LeakyReLU",
        functional="torch.nn.functional.leaky_relu",
        jax="jax.nn.leaky_relu",
        keras="leaky_relu",
        onnx="LeakyRelu",
        transformers="leaky_relu",
    ),
    papers=(
        Paper(
            "Maas, Hannun, Ng",
            2013,
            "Rectifier nonlinearities improve neural network acoustic models",
            "ICML workshop",
        ),
    ),
    use="Where ReLU's units die; discriminators of GANs (slope 0.2).",
    pitfalls="The default slope differs between libraries: 0.01 in torch and JAX, 0.2 in Keras.",
)


def _prelu(m: Any, x: Any, *, weight: Any) -> Any:
    return _leaky(m, x, weight)


def _prelu_derivative(m: Any, x: Any, *, weight: Any) -> Any:
    return _leaky_derivative(m, x, weight)


prelu = Activation(
    name="prelu",
    aliases=("parametric_relu",),
    family="leaky",
    summary="Leaky ReLU whose slope is learnt, one for all or one a channel.",
    f=_prelu,
    df=_prelu_derivative,
    formula=r"\begin{cases}x & x > 0\\ a x & x \le 0\end{cases}",
    derivative_formula=r"\begin{cases}1 & x > 0\\ a & x \le 0\end{cases}",
    parameters=(
        Parameter(
            "weight",
            0.25,
            REAL,
            "a: a number, or an array that broadcasts against the input",
            array=True,
            learnable=True,
        ),
    ),
    range=lambda p: _range(p.weight),
    monotonic=lambda p: _monotonic(p.weight),
    kinks=lambda p: _kinks(p.weight),
    smoothness=lambda p: math.inf if p.weight == 1 else 0,
    lipschitz=lambda p: max(1.0, abs(p.weight)),
    zero_centred=lambda p: p.weight == 1,
    sparse=lambda p: p.weight == 0,
    exact=True,
    elsewhere=Names(
        torch="torch.nn.PReLU",
        functional="torch.nn.functional.prelu",
        keras="PReLU",
        onnx="PRelu",
    ),
    papers=(
        Paper(
            "He, Zhang, Ren, Sun",
            2015,
            "Delving deep into rectifiers: surpassing human-level performance on ImageNet",
            "ICCV",
        ),
    ),
    use="Where a leaky slope helps and nobody knows which.",
    pitfalls="Weight decay pulls the slope to 0, back to ReLU: leave it out of the decay.",
)


def _rrelu(m: Any, x: Any, *, lower: Any, upper: Any) -> Any:
    return _leaky(m, x, 0.5 * (lower + upper))


def _rrelu_derivative(m: Any, x: Any, *, lower: Any, upper: Any) -> Any:
    return _leaky_derivative(m, x, 0.5 * (lower + upper))


rrelu = Activation(
    name="rrelu",
    aliases=("randomized_relu", "randomized_leaky_relu"),
    family="leaky",
    summary="Leaky ReLU whose slope is drawn at random in training; here with the mean slope.",
    f=_rrelu,
    df=_rrelu_derivative,
    formula=r"\begin{cases}x & x > 0\\ \frac{l + u}{2} x & x \le 0\end{cases}",
    derivative_formula=r"\begin{cases}1 & x > 0\\ \frac{l + u}{2} & x \le 0\end{cases}",
    parameters=(
        Parameter("lower", 1 / 8, REAL, "l: lower end of the slopes drawn in training"),
        Parameter("upper", 1 / 3, REAL, "u: upper end"),
    ),
    check=lambda p: f"lower={p.lower!r} is above upper={p.upper!r}" if p.lower > p.upper else None,
    range=lambda p: _range(0.5 * (p.lower + p.upper)),
    monotonic=lambda p: _monotonic(0.5 * (p.lower + p.upper)),
    kinks=lambda p: _kinks(0.5 * (p.lower + p.upper)),
    smoothness=lambda p: math.inf if p.lower + p.upper == 2 else 0,
    lipschitz=lambda p: max(1.0, abs(0.5 * (p.lower + p.upper))),
    zero_centred=lambda p: p.lower + p.upper == 2,
    sparse=lambda p: p.lower + p.upper == 0,
    exact=True,
    elsewhere=Names(torch="torch.nn.RReLU", functional="torch.nn.functional.rrelu"),
    papers=(
        Paper(
            "Xu, Wang, Chen, Li",
            2015,
            "Empirical evaluation of rectified activations in convolutional network",
            "arXiv:1505.00853",
        ),
    ),
    use="Small data sets: the random slopes act as a regulariser.",
    pitfalls="Random in training only; a model left in training mode gives noisy outputs.",
)


def _absolute(m: Any, x: Any) -> Any:
    return m.abs(x)


def _absolute_derivative(m: Any, x: Any) -> Any:
    return m.sign(x)


absolute = Activation(
    name="absolute",
    aliases=("abs", "absolute_value", "full_wave", "modulus"),
    family="leaky",
    summary="The absolute value: a full-wave rectifier.",
    f=_absolute,
    df=_absolute_derivative,
    formula="|x|",
    derivative_formula=r"\operatorname{sign}(x)",
    range=Range(0.0, math.inf, (True, False)),
    monotonic="no",
    kinks=(Kink(0.0, 0.0, "the middle of the subgradient [−1, 1], as torch returns"),),
    smoothness=0,
    lipschitz=1.0,
    exact=True,
    elsewhere=Names(functional="torch.abs", jax="jax.numpy.abs", onnx="Abs"),
    papers=(
        Paper(
            "Jarrett, Kavukcuoglu, Ranzato, LeCun",
            2009,
            "What is the best multi-stage architecture for object recognition?",
            "ICCV",
        ),
    ),
    use="Features whose sign does not matter (edges of either polarity).",
    pitfalls="The sign of its input is lost to all layers after it.",
)


def _srelu(m: Any, x: Any, *, left: Any, left_slope: Any, right: Any, right_slope: Any) -> Any:
    low = left + left_slope * (x - left)
    high = right + right_slope * (x - right)
    return m.where(x >= right, high, m.where(x <= left, low, x))


def _srelu_derivative(
    m: Any, x: Any, *, left: Any, left_slope: Any, right: Any, right_slope: Any
) -> Any:
    one = m.full_like(x, 1.0)
    return m.where(x >= right, right_slope * one, m.where(x <= left, left_slope * one, one))


srelu = Activation(
    name="srelu",
    aliases=("s_shaped_relu",),
    family="leaky",
    summary="Three straight pieces: the identity in the middle, a learnt slope on either side.",
    f=_srelu,
    df=_srelu_derivative,
    formula=r"\begin{cases}t_r + a_r (x - t_r) & x \ge t_r\\ x & t_l < x < t_r\\"
    r" t_l + a_l (x - t_l) & x \le t_l\end{cases}",
    derivative_formula=r"\begin{cases}a_r & x \ge t_r\\ 1 & t_l < x < t_r\\"
    r" a_l & x \le t_l\end{cases}",
    parameters=(
        Parameter("left", 0.0, REAL, "t_l: where the left piece ends", array=True, learnable=True),
        Parameter("left_slope", 0.2, REAL, "a_l", array=True, learnable=True),
        Parameter(
            "right", 1.0, REAL, "t_r: where the right piece starts", array=True, learnable=True
        ),
        Parameter("right_slope", 0.4, REAL, "a_r", array=True, learnable=True),
    ),
    range=lambda p: Range(-math.inf, math.inf) if p.left_slope > 0 and p.right_slope > 0 else None,
    monotonic=lambda p: "increasing" if min(p.left_slope, p.right_slope) > 0 else "no",
    kinks=lambda p: (
        Kink(p.left, p.left_slope, "the outer slope"),
        Kink(p.right, p.right_slope, "the outer slope"),
    ),
    smoothness=0,
    lipschitz=lambda p: max(1.0, abs(p.left_slope), abs(p.right_slope)),
    papers=(
        Paper(
            "Jin, Xu, Feng, Wei, Xiong, Yan",
            2016,
            "Deep learning with S-shaped rectified linear activation units",
            "AAAI",
        ),
    ),
    use="Where convex and concave responses are both wanted.",
    pitfalls="Four parameters a channel: leave them out of the weight decay.",
)
