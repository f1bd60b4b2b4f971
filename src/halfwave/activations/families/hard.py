"""Piecewise linear and quadratic stand-ins for the smooth functions."""

from __future__ import annotations

import math
from typing import Any

from halfwave.activations.parameters import REAL, Parameter
from halfwave.activations.properties import Kink, Names, Paper, Range
from halfwave.activations.record import Activation

__all__ = [
    "hard_mish",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "sparse_plus",
    "sparse_sigmoid",
    "square_nonlinearity",
]

_FLAT = "the flat side, as for ReLU"

HOWARD = Paper("Howard et al.", 2019, "Searching for MobileNetV3", "ICCV")


def _hardtanh(m: Any, x: Any, *, min_val: Any, max_val: Any) -> Any:
    return m.where(x > max_val, max_val, m.where(x < min_val, min_val, x))


def _hardtanh_derivative(m: Any, x: Any, *, min_val: Any, max_val: Any) -> Any:
    return m.where((x > min_val) & (x < max_val), 1.0, m.full_like(x, 0.0))


hardtanh = Activation(
    name="hardtanh",
    aliases=("hard_tanh", "clipped_identity"),
    family="hard",
    summary="The identity cut off at −1 and 1.",
    f=_hardtanh,
    df=_hardtanh_derivative,
    formula=r"\min(\max(x, a), b)",
    derivative_formula=r"\begin{cases}1 & a < x < b\\ 0 & \text{otherwise}\end{cases}",
    parameters=(
        Parameter("min_val", -1.0, REAL, "a: lower end"),
        Parameter("max_val", 1.0, REAL, "b: upper end"),
    ),
    check=lambda p: (
        None
        if p.min_val < p.max_val
        else f"min_val={p.min_val!r} is not below max_val={p.max_val!r}"
    ),
    range=lambda p: Range(p.min_val, p.max_val, (True, True)),
    monotonic="non-decreasing",
    kinks=lambda p: (Kink(p.min_val, 0.0, _FLAT), Kink(p.max_val, 0.0, _FLAT)),
    smoothness=0,
    lipschitz=1.0,
    zero_centred=lambda p: p.min_val == -p.max_val,
    sparse=lambda p: 0.0 in {p.min_val, p.max_val},
    exact=True,
    elsewhere=Names(
        torch="torch.nn.Hardtanh",
        functional="torch.nn.functional.hardtanh",
        jax="jax.nn.hard_tanh",
        keras="hard_tanh",
        onnx="Clip",
    ),
    papers=(Paper("Collobert", 2004, "Large scale machine learning", "PhD thesis, Paris VI"),),
    use="Quantised and binary networks, straight-through estimators.",
    pitfalls="Closed outside the interval: exactly no gradient there.",
)


def _hardsigmoid(m: Any, x: Any) -> Any:
    return m.where(x >= 3, 1.0, m.where(x <= -3, 0.0, (x + 3.0) / 6.0))


def _hardsigmoid_derivative(m: Any, x: Any) -> Any:
    return m.where((x > -3) & (x < 3), 1.0 / 6.0, m.full_like(x, 0.0))


hardsigmoid = Activation(
    name="hardsigmoid",
    aliases=("hard_sigmoid",),
    family="hard",
    summary="A straight line from 0 to 1 in place of the sigmoid.",
    f=_hardsigmoid,
    df=_hardsigmoid_derivative,
    formula=r"\frac{\min(\max(x + 3, 0), 6)}{6}",
    derivative_formula=r"\begin{cases}\frac16 & -3 < x < 3\\ 0 & \text{otherwise}\end{cases}",
    range=Range(0.0, 1.0, (True, True)),
    monotonic="non-decreasing",
    kinks=(Kink(-3.0, 0.0, _FLAT), Kink(3.0, 0.0, _FLAT)),
    smoothness=0,
    lipschitz=1.0 / 6.0,
    sparse=True,
    elsewhere=Names(
        torch="torch.nn.Hardsigmoid",
        functional="torch.nn.functional.hardsigmoid",
        jax="jax.nn.hard_sigmoid",
        keras="hard_sigmoid",
        onnx="HardSigmoid(alpha=1/6)",
    ),
    papers=(
        Paper("Courbariaux, Bengio, David", 2015, "BinaryConnect", "NeurIPS"),
        HOWARD,
    ),
    use="Gates in networks for small devices.",
    pitfalls="Exactly closed for |x| ≥ 3. Older Keras used another slope (0.2).",
)


def _hardswish(m: Any, x: Any) -> Any:
    inner = x * ((x + 3.0) / 6.0)
    return m.where(x >= 3, x, m.where(x <= -3, 0.0, inner))


def _hardswish_derivative(m: Any, x: Any) -> Any:
    inner = (2.0 * x + 3.0) / 6.0
    return m.where(x >= 3, 1.0, m.where(x <= -3, 0.0, inner))


hardswish = Activation(
    name="hardswish",
    aliases=("hard_swish", "hard_silu", "hardsilu"),
    family="hard",
    summary="SiLU with a hard sigmoid.",
    f=_hardswish,
    df=_hardswish_derivative,
    formula=r"x\,\frac{\min(\max(x + 3, 0), 6)}{6}",
    derivative_formula=r"\begin{cases}0 & x \le -3\\ \frac{2x + 3}{6} & -3 < x < 3\\"
    r" 1 & x \ge 3\end{cases}",
    range=Range(-0.375, math.inf, (True, False)),
    monotonic="no",
    kinks=(
        Kink(-3.0, 0.0, "the flat side, as torch and JAX return"),
        Kink(3.0, 1.0, "the linear side, as torch and JAX return"),
    ),
    smoothness=0,
    lipschitz=1.5,
    sparse=True,
    elsewhere=Names(
        torch="torch.nn.Hardswish",
        functional="torch.nn.functional.hardswish",
        jax="jax.nn.hard_swish",
        keras="hard_swish",
        onnx="HardSwish",
        transformers="hardswish",
    ),
    papers=(HOWARD,),
    use="Networks for phones (MobileNetV3).",
    pitfalls="Exactly closed below −3; its slope jumps from 1.5 to 1 at 3.",
)


def _hard_mish(m: Any, x: Any) -> Any:
    inner = x * (0.5 * (x + 2.0))
    return m.where(x >= 0, x, m.where(x <= -2, 0.0, inner))


def _hard_mish_derivative(m: Any, x: Any) -> Any:
    return m.where(x >= 0, 1.0, m.where(x <= -2, 0.0, x + 1.0))


hard_mish = Activation(
    name="hard_mish",
    aliases=("hardmish",),
    family="hard",
    summary="Mish with a straight gate.",
    f=_hard_mish,
    df=_hard_mish_derivative,
    formula=r"\frac{x}{2} \min(\max(x + 2, 0), 2)",
    derivative_formula=r"\begin{cases}0 & x \le -2\\ x + 1 & -2 < x < 0\\"
    r" 1 & x \ge 0\end{cases}",
    range=Range(-0.5, math.inf, (True, False)),
    monotonic="no",
    kinks=(Kink(-2.0, 0.0, _FLAT),),
    smoothness=0,
    lipschitz=1.0,
    sparse=True,
    papers=(
        Paper("Misra", 2020, "Mish: a self regularized non-monotonic activation function", "BMVC"),
    ),
    use="Networks for small devices.",
    pitfalls="Exactly closed below −2.",
)


def _sparse_plus(m: Any, x: Any) -> Any:
    half = 0.5 * (x + 1.0)
    return m.where(x >= 1, x, m.where(x <= -1, 0.0, half * half))


def _sparse_plus_derivative(m: Any, x: Any) -> Any:
    return m.where(x >= 1, 1.0, m.where(x <= -1, 0.0, 0.5 * (x + 1.0)))


sparse_plus = Activation(
    name="sparse_plus",
    aliases=("sparseplus",),
    family="hard",
    summary="A softplus that is exactly 0 below −1 and exactly x above 1.",
    f=_sparse_plus,
    df=_sparse_plus_derivative,
    formula=r"\begin{cases}0 & x \le -1\\ \frac{(x + 1)^2}{4} & -1 < x < 1\\"
    r" x & x \ge 1\end{cases}",
    derivative_formula=r"\begin{cases}0 & x \le -1\\ \frac{x + 1}{2} & -1 < x < 1\\"
    r" 1 & x \ge 1\end{cases}",
    range=Range(0.0, math.inf, (True, False)),
    monotonic="non-decreasing",
    smoothness=1,
    lipschitz=1.0,
    sparse=True,
    elsewhere=Names(jax="jax.nn.sparse_plus", keras="sparse_plus"),
    papers=(Paper("Martins, Astudillo", 2016, "From softmax to sparsemax", "ICML"),),
    use="A smooth ReLU with exact zeros; the twin of sparsemax.",
    pitfalls="Exactly closed below −1: units can die.",
)


def _sparse_sigmoid(m: Any, x: Any) -> Any:
    return m.where(x >= 1, 1.0, m.where(x <= -1, 0.0, 0.5 * (x + 1.0)))


def _sparse_sigmoid_derivative(m: Any, x: Any) -> Any:
    return m.where((x > -1) & (x < 1), 0.5, m.full_like(x, 0.0))


sparse_sigmoid = Activation(
    name="sparse_sigmoid",
    family="hard",
    summary="A straight line from 0 at −1 to 1 at 1: sparsemax of two classes.",
    f=_sparse_sigmoid,
    df=_sparse_sigmoid_derivative,
    formula=r"\min\left(\max\left(\frac{x + 1}{2}, 0\right), 1\right)",
    derivative_formula=r"\begin{cases}\frac12 & -1 < x < 1\\ 0 & \text{otherwise}\end{cases}",
    range=Range(0.0, 1.0, (True, True)),
    monotonic="non-decreasing",
    kinks=(Kink(-1.0, 0.0, _FLAT), Kink(1.0, 0.0, _FLAT)),
    smoothness=0,
    lipschitz=0.5,
    sparse=True,
    elsewhere=Names(jax="jax.nn.sparse_sigmoid", keras="sparse_sigmoid"),
    papers=(Paper("Martins, Astudillo", 2016, "From softmax to sparsemax", "ICML"),),
    use="Gates that may close fully.",
    pitfalls="Exactly closed for |x| ≥ 1, which is soon.",
)


def _square_nonlinearity(m: Any, x: Any) -> Any:
    inner = x * (1.0 - 0.25 * m.abs(x))
    return m.where(x > 2, 1.0, m.where(x < -2, -1.0, inner))


def _square_nonlinearity_derivative(m: Any, x: Any) -> Any:
    a = m.abs(x)
    return m.where(a < 2, 1.0 - 0.5 * a, m.full_like(x, 0.0))


square_nonlinearity = Activation(
    name="square_nonlinearity",
    aliases=("sqnl",),
    family="hard",
    summary="Two pieces of parabola from −1 at −2 to 1 at 2, in place of tanh.",
    f=_square_nonlinearity,
    df=_square_nonlinearity_derivative,
    formula=r"\begin{cases}-1 & x < -2\\ x - \frac{x |x|}{4} & |x| \le 2\\"
    r" 1 & x > 2\end{cases}",
    derivative_formula=r"\max\left(1 - \frac{|x|}{2}, 0\right)",
    range=Range(-1.0, 1.0, (True, True)),
    monotonic="non-decreasing",
    smoothness=1,
    lipschitz=1.0,
    zero_centred=True,
    papers=(
        Paper(
            "Wuraola, Patel",
            2018,
            "SQNL: a new computationally efficient activation function",
            "IJCNN",
        ),
    ),
    use="In place of tanh on hardware without an exponential.",
    pitfalls="Exactly closed for |x| ≥ 2.",
)
