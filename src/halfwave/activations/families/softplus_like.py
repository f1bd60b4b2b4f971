"""Smooth rectifiers: relatives of softplus."""

from __future__ import annotations

import math
from typing import Any, Final

from halfwave.activations.parameters import POSITIVE, Parameter
from halfwave.activations.properties import Names, Paper, Range
from halfwave.activations.record import Activation

__all__ = ["bent_identity", "shifted_softplus", "sqrt_softplus", "squareplus"]

_LOG_2: Final = 0.6931471805599453


def _squareplus(m: Any, x: Any, *, b: Any) -> Any:
    root = m.root_of_square_plus(x, b)
    tail = (0.25 * b) / (0.5 * root + 0.5 * m.abs(x))
    return m.where(x > 0, x + tail, tail)


def _squareplus_derivative(m: Any, x: Any, *, b: Any) -> Any:
    root = m.root_of_square_plus(x, b)
    tail = (0.25 * b / root) / (0.5 * root + 0.5 * m.abs(x))
    return m.where(x > 0, 1.0 - tail, tail)


squareplus = Activation(
    name="squareplus",
    family="softplus",
    summary="A softplus made of a square root.",
    f=_squareplus,
    df=_squareplus_derivative,
    formula=r"\frac{x + \sqrt{x^2 + b}}{2}",
    derivative_formula=r"\frac12 \left(1 + \frac{x}{\sqrt{x^2 + b}}\right)",
    parameters=(Parameter("b", 4.0, POSITIVE, "b: ReLU for b → 0"),),
    range=Range(0.0, math.inf),
    monotonic="increasing",
    lipschitz=1.0,
    elsewhere=Names(jax="jax.nn.squareplus", keras="squareplus"),
    papers=(
        Paper(
            "Barron", 2021, "Squareplus: a softplus-like algebraic rectifier", "arXiv:2112.11687"
        ),
    ),
    use="Where softplus is wanted without an exponential.",
    pitfalls="Its left tail falls like 1/|x|, far slower than softplus.",
)


def _sqrt_softplus(m: Any, x: Any) -> Any:
    far = x < -40.0
    near = m.where(far, -40.0, x)
    return m.where(far, m.exp(0.5 * x), m.sqrt(m.softplus(near)))


def _sqrt_softplus_derivative(m: Any, x: Any) -> Any:
    far = x < -40.0
    near = m.where(far, -40.0, x)
    slope = m.expit(near) / (2.0 * m.sqrt(m.softplus(near)))
    return m.where(far, m.mul_exp(0.5, 0.5 * m.negative_part(x)), slope)


sqrt_softplus = Activation(
    name="sqrt_softplus",
    aliases=("sqrtsoftplus",),
    family="softplus",
    summary="The square root of softplus.",
    f=_sqrt_softplus,
    df=_sqrt_softplus_derivative,
    formula=r"\sqrt{\log(1 + e^x)}",
    derivative_formula=r"\frac{\sigma(x)}{2 \sqrt{\log(1 + e^x)}}",
    range=Range(0.0, math.inf),
    monotonic="increasing",
    lipschitz=0.31908634316947574,
    elsewhere=Names(transformers="sqrtsoftplus"),
    use="Scores of experts, which must be positive and grow slowly.",
    pitfalls="Its slope falls on both sides.",
)


def _shifted_softplus(m: Any, x: Any) -> Any:
    right = x > 1.0
    near = m.where(right, 1.0, x)
    far = (x - _LOG_2) + m.log1p(m.exp(-m.abs(x)))
    return m.where(right, far, m.log1p(0.5 * m.expm1(near)))


def _shifted_softplus_derivative(m: Any, x: Any) -> Any:
    return m.expit(x)


shifted_softplus = Activation(
    name="shifted_softplus",
    aliases=("ssp",),
    family="softplus",
    summary="Softplus moved down so that it passes through 0.",
    f=_shifted_softplus,
    df=_shifted_softplus_derivative,
    formula=r"\log\left(\frac{1 + e^x}{2}\right)",
    derivative_formula=r"\sigma(x)",
    range=Range(-_LOG_2, math.inf),
    monotonic="increasing",
    lipschitz=1.0,
    papers=(
        Paper(
            "Schütt et al.",
            2017,
            "SchNet: a continuous-filter convolutional neural network for modeling quantum"
            " interactions",
            "NeurIPS",
        ),
    ),
    use="Models of molecules, whose forces need smooth derivatives.",
    pitfalls="Closed below about −7.",
)


def _bent_identity(m: Any, x: Any) -> Any:
    bend = x / (1.0 + m.root_of_square_plus(x, 1.0))
    bend = m.where(m.abs(x) == math.inf, m.sign(x), bend)
    return x * (1.0 + 0.5 * bend)


def _bent_identity_derivative(m: Any, x: Any) -> Any:
    bend = x / m.root_of_square_plus(x, 1.0)
    bend = m.where(m.abs(x) == math.inf, m.sign(x), bend)
    return 1.0 + 0.5 * bend


bent_identity = Activation(
    name="bent_identity",
    family="softplus",
    summary="The identity, bent at 0: slope 1/2 on the left, 3/2 on the right.",
    f=_bent_identity,
    df=_bent_identity_derivative,
    formula=r"\frac{\sqrt{x^2 + 1} - 1}{2} + x",
    derivative_formula=r"\frac{x}{2 \sqrt{x^2 + 1}} + 1",
    range=Range(-math.inf, math.inf),
    monotonic="increasing",
    lipschitz=1.5,
    use="Where every input must keep a slope.",
    pitfalls="Nearly linear: weak as a nonlinearity, and its slope above 1 may let signals grow.",
)
