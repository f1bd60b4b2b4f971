"""Powers, a polynomial with learnt coefficients, and the logarithm of a parabola."""

from __future__ import annotations

import math
from typing import Any, Final

from halfwave.activations.parameters import REAL, Parameter
from halfwave.activations.properties import Monotonic, Paper, Range
from halfwave.activations.record import Activation

__all__ = ["cube", "seagull", "slaf", "square"]


def _square(m: Any, x: Any) -> Any:  # noqa: ARG001 - the record's signature
    return x * x


def _square_derivative(m: Any, x: Any) -> Any:  # noqa: ARG001 - the record's signature
    return 2.0 * x


square = Activation(
    name="square",
    aliases=("quadratic",),
    family="polynomial",
    summary="The square of the input.",
    f=_square,
    df=_square_derivative,
    formula="x^2",
    derivative_formula="2x",
    range=Range(0.0, math.inf, (True, False)),
    monotonic="no",
    lipschitz=math.inf,
    papers=(
        Paper(
            "Livni, Shalev-Shwartz, Shamir",
            2014,
            "On the computational efficiency of training neural networks",
            "NeurIPS",
        ),
    ),
    use="Theory, and networks on encrypted data, which allow only sums and products.",
    pitfalls="Outputs grow doubly exponentially with depth; the sign of the input is lost.",
)


def _cube(m: Any, x: Any) -> Any:  # noqa: ARG001 - the record's signature
    return x * x * x


def _cube_derivative(m: Any, x: Any) -> Any:  # noqa: ARG001 - the record's signature
    return (3.0 * x) * x


cube = Activation(
    name="cube",
    aliases=("cubic",),
    family="polynomial",
    summary="The third power of the input.",
    f=_cube,
    df=_cube_derivative,
    formula="x^3",
    derivative_formula="3x^2",
    range=Range(-math.inf, math.inf),
    monotonic="increasing",
    lipschitz=math.inf,
    zero_centred=True,
    closed=(),
    papers=(
        Paper(
            "Chen, Manning",
            2014,
            "A fast and accurate dependency parser using neural networks",
            "EMNLP",
        ),
    ),
    use="One hidden layer that should see products of three features.",
    pitfalls="Next to no slope near 0, huge slopes far out: for shallow networks only.",
)


def _to_infinity(m: Any, x: Any, y: Any, constant: Any) -> Any:
    """The limit of a polynomial at x = ±∞, from its value ``y`` at ±1e30."""
    end = m.where(y > constant, math.inf, m.where(y < constant, -math.inf, y))
    return m.where(m.abs(x) == math.inf, end, y)


def _slaf(m: Any, x: Any, *, a0: Any, a1: Any, a2: Any, a3: Any) -> Any:
    finite = m.where(m.abs(x) == math.inf, 1e30 * m.sign(x), x)
    return _to_infinity(m, x, a0 + finite * (a1 + finite * (a2 + finite * a3)), a0)


def _slaf_derivative(m: Any, x: Any, *, a0: Any, a1: Any, a2: Any, a3: Any) -> Any:  # noqa: ARG001 - the record's signature
    finite = m.where(m.abs(x) == math.inf, 1e30 * m.sign(x), x)
    return _to_infinity(m, x, a1 + finite * (2.0 * a2 + finite * (3.0 * a3)), a1)


def _slaf_range(p: Any) -> Range:
    if p.a3 or (p.a1 and not p.a2):
        return Range(-math.inf, math.inf)
    if not p.a2:
        return Range(p.a0, p.a0, (True, True))
    top = p.a0 - p.a1 * p.a1 / (4.0 * p.a2)
    if p.a2 > 0:
        return Range(top, math.inf, (True, False))
    return Range(-math.inf, top, (False, True))


def _slaf_monotonic(p: Any) -> Monotonic:
    if p.a3 == 0:
        if p.a2 == 0:
            return "increasing" if p.a1 > 0 else "decreasing" if p.a1 < 0 else "non-decreasing"
        return "no"
    if p.a2 * p.a2 > 3.0 * p.a1 * p.a3:  # f′ has two roots
        return "no"
    return "increasing" if p.a3 > 0 else "decreasing"


_COEFFICIENTS: Final = (("a0", 0.0), ("a1", 1.0), ("a2", 0.25), ("a3", 0.0625))

slaf = Activation(
    name="slaf",
    aliases=("polynomial", "self_learnable_af"),
    family="polynomial",
    summary="A cubic polynomial with learnt coefficients.",
    f=_slaf,
    df=_slaf_derivative,
    formula=r"a_0 + a_1 x + a_2 x^2 + a_3 x^3",
    derivative_formula=r"a_1 + 2 a_2 x + 3 a_3 x^2",
    parameters=tuple(
        Parameter(name, value, REAL, f"{name}: a coefficient", array=True, learnable=True)
        for name, value in _COEFFICIENTS
    ),
    range=_slaf_range,
    monotonic=_slaf_monotonic,
    lipschitz=lambda p: math.inf if p.a2 or p.a3 else abs(p.a1),
    zero_centred=lambda p: p.a0 == 0 and p.a2 == 0,
    sparse=lambda p: not (p.a0 or p.a1 or p.a2 or p.a3),
    papers=(
        Paper(
            "Goyal, Goyal, Lall",
            2020,
            "Learning activation functions: a new paradigm for understanding neural networks",
            "arXiv:1906.09529",
        ),
    ),
    use="Small networks that may learn the shape of their activation.",
    pitfalls="Grows as the cube of the input: normalise before it, and clip gradients.",
)


def _seagull(m: Any, x: Any) -> Any:
    a = m.abs(x)
    near = m.minimum(a, 1e10)
    return m.where(a > 1e10, 2.0 * m.log(m.maximum(a, 1.0)), m.log1p(near * near))


def _seagull_derivative(m: Any, x: Any) -> Any:
    a = m.abs(x)
    longer, shorter = m.maximum(a, 1.0), m.minimum(a, 1.0)
    slope = (2.0 * shorter) / (longer + shorter * (shorter / longer))
    return m.where(x < 0, -slope, slope)


seagull = Activation(
    name="seagull",
    aliases=("log_square",),
    family="polynomial",
    summary="The logarithm of one plus the square.",
    f=_seagull,
    df=_seagull_derivative,
    formula=r"\log(1 + x^2)",
    derivative_formula=r"\frac{2x}{1 + x^2}",
    range=Range(0.0, math.inf, (True, False)),
    monotonic="no",
    lipschitz=1.0,
    use="Functions known to be even in each of their inputs' combinations.",
    pitfalls="Even: the sign of the input is lost, and the slope at 0 is 0.",
)
