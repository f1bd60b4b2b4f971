"""Gated linear units: one half of an axis gates the other."""

from __future__ import annotations

import math
from typing import Any, Final

from halfwave.activations.parameters import AXIS, Parameter
from halfwave.activations.properties import Names, Paper, Range
from halfwave.activations.record import Activation

__all__ = ["glu"]

_AXIS: Final = Parameter("axis", -1, AXIS, "the axis that is cut in two", aliases=("dim",))


def _halves(x: Any, axis: int) -> tuple[Any, Any]:
    size = x.shape[axis]
    if size % 2:
        raise ValueError(f"a gated unit needs an even axis to cut in two; axis {axis} has {size}")
    index: list[Any] = [slice(None)] * x.ndim
    index[axis] = slice(0, size // 2)
    first = x[tuple(index)]
    index[axis] = slice(size // 2, None)
    return first, x[tuple(index)]


def _glu(m: Any, x: Any, *, axis: int) -> Any:
    a, b = _halves(x, axis)
    return a * m.expit(b)


def _glu_vjp(m: Any, x: Any, g: Any, *, axis: int) -> Any:
    a, b = _halves(x, axis)
    return m.concat([g * m.expit(b), g * a * m.expit_slope(b)], axis)


glu = Activation(
    name="glu",
    aliases=("gated_linear_unit",),
    family="gated",
    summary="One half of an axis times the sigmoid of the other.",
    f=_glu,
    vjp_of=_glu_vjp,
    formula=r"a \odot \sigma(b)",
    derivative_formula=r"\frac{\partial y}{\partial a} = \sigma(b),\quad"
    r" \frac{\partial y}{\partial b} = a\,\sigma(b)\,\sigma(-b)",
    parameters=(_AXIS,),
    range=Range(-math.inf, math.inf),
    monotonic="no",
    lipschitz=math.inf,
    needs="an axis of even length, cut into values and gates",
    elsewhere=Names(
        torch="torch.nn.GLU",
        functional="torch.nn.functional.glu",
        jax="jax.nn.glu",
        keras="glu",
    ),
    papers=(
        Paper(
            "Dauphin, Fan, Auli, Grangier",
            2017,
            "Language modeling with gated convolutional networks",
            "ICML",
        ),
    ),
    use="Convolutional sequence models; its relatives with SiLU and GELU in transformers.",
    pitfalls="Halves the width: the layer before needs twice the outputs.",
)
