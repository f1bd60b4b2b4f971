"""Exactly zero on one side, and curved on the other."""

from __future__ import annotations

import math
from typing import Any, Final

from halfwave.activations.parameters import POSITIVE, REAL, Parameter
from halfwave.activations.properties import Kink, Names, Paper, Range
from halfwave.activations.record import Activation

__all__ = ["natural_log_relu", "squared_relu", "star_relu"]


_BLOCKED: Final = "0 keeps an inactive unit inactive, as for ReLU"


def _squared_relu(m: Any, x: Any) -> Any:
    positive = m.positive_part(x)
    return positive * positive


def _squared_relu_derivative(m: Any, x: Any) -> Any:
    return 2.0 * m.positive_part(x)


squared_relu = Activation(
    name="squared_relu",
    aliases=("relu2", "relu_squared", "relu^2"),
    family="rectifier",
    summary="The square of ReLU.",
    f=_squared_relu,
    df=_squared_relu_derivative,
    formula=r"\max(0, x)^2",
    derivative_formula=r"2 \max(0, x)",
    range=Range(0.0, math.inf, (True, False)),
    monotonic="non-decreasing",
    smoothness=1,
    lipschitz=math.inf,
    sparse=True,
    elsewhere=Names(transformers="relu2"),
    papers=(Paper("So et al.", 2021, "Primer: searching for efficient transformers", "NeurIPS"),),
    use="The feed-forward layers of language models: smooth at 0, and its zeros are exact.",
    pitfalls="Grows with the square: inputs of 256 overflow half precision.",
)


# with which a standard normal input gives mean 0 and variance 1
_STAR_SCALE: Final = 0.8944271909999159
_STAR_BIAS: Final = -0.4472135954999579


def _star_relu(m: Any, x: Any, *, scale: Any, bias: Any) -> Any:
    positive = m.positive_part(x)
    return scale * positive * positive + bias


def _star_relu_derivative(m: Any, x: Any, *, scale: Any, bias: Any) -> Any:  # noqa: ARG001 - the record's signature
    return 2.0 * scale * m.positive_part(x)


star_relu = Activation(
    name="star_relu",
    aliases=("starrelu",),
    family="rectifier",
    summary="Squared ReLU, scaled and shifted to mean 0 and variance 1.",
    f=_star_relu,
    df=_star_relu_derivative,
    formula=r"s \max(0, x)^2 + b",
    derivative_formula=r"2 s \max(0, x)",
    parameters=(
        Parameter("scale", _STAR_SCALE, POSITIVE, "s", array=True, learnable=True),
        Parameter("bias", _STAR_BIAS, REAL, "b", array=True, learnable=True),
    ),
    range=lambda p: Range(p.bias, math.inf, (True, False)),
    monotonic="non-decreasing",
    smoothness=1,
    lipschitz=math.inf,
    sparse=lambda p: p.bias == 0,
    papers=(Paper("Yu et al.", 2024, "MetaFormer baselines for vision", "IEEE TPAMI 46"),),
    use="MetaFormer vision models, in place of GELU at a fraction of its cost.",
    pitfalls="Its outputs are −0.447, not 0, where it is closed: no sparsity.",
)


def _natural_log_relu(m: Any, x: Any, *, beta: Any) -> Any:
    return m.log1p(beta * m.positive_part(x))


def _natural_log_relu_derivative(m: Any, x: Any, *, beta: Any) -> Any:
    return m.where(x > 0, beta / (1.0 + beta * m.positive_part(x)), 0.0)


natural_log_relu = Activation(
    name="natural_log_relu",
    aliases=("nlrelu",),
    family="rectifier",
    summary="The logarithm of 1 + β ReLU.",
    f=_natural_log_relu,
    df=_natural_log_relu_derivative,
    formula=r"\log(1 + \beta \max(0, x))",
    derivative_formula=r"\begin{cases}\frac{\beta}{1 + \beta x} & x > 0\\ 0 & x \le 0\end{cases}",
    parameters=(Parameter("beta", 1.0, POSITIVE, "β: the slope just above 0"),),
    range=Range(0.0, math.inf, (True, False)),
    monotonic="non-decreasing",
    kinks=(Kink(0.0, 0.0, _BLOCKED),),
    smoothness=0,
    lipschitz=lambda p: p.beta,
    sparse=True,
    papers=(
        Paper(
            "Liu, Zhang, Guo, Zhou",
            2019,
            "Natural-logarithm-rectified activation function in convolutional neural networks",
            "ICCC",
        ),
    ),
    use="Inputs over many orders of magnitude.",
    pitfalls="Units die as with ReLU, and large inputs get little gradient.",
)
