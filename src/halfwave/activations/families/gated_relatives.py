"""Gated linear units with gates other than the sigmoid."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from halfwave.activations.parameters import AXIS, Parameter
from halfwave.activations.properties import Paper, Range
from halfwave.activations.record import Activation

from .exponential import selu
from .gated import glu
from .rectifiers import relu
from .sigmoidal import sigmoid
from .smooth import gelu, silu

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["bilinear", "geglu", "gtu", "reglu", "seglu", "swiglu"]

_AXIS: Final = Parameter("axis", -1, AXIS, "the axis that is cut in two", aliases=("dim",))
_SHAZEER: Final = Paper("Shazeer", 2020, "GLU variants improve transformer", "arXiv:2002.05202")
_NEEDS: Final = "an axis of even length, cut into values and gates"


def _halves(x: Any, axis: int) -> tuple[Any, Any]:
    """The two halves of an axis: values and gates."""
    size = x.shape[axis]
    if size % 2:
        raise ValueError(f"a gated unit needs an even axis to cut in two; axis {axis} has {size}")
    index: list[Any] = [slice(None)] * x.ndim
    index[axis] = slice(0, size // 2)
    first = x[tuple(index)]
    index[axis] = slice(size // 2, None)
    return first, x[tuple(index)]


def _gated(gate: Activation) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return f and vjp of a · gate(b)."""
    slope = gate.df
    assert slope is not None  # noqa: S101 - gates act on each element

    def f(m: Any, x: Any, *, axis: int) -> Any:
        a, b = _halves(x, axis)
        return a * m.where(b == b, gate.f(m, b), b)  # noqa: PLR0124 - false for nan

    def vjp(m: Any, x: Any, g: Any, *, axis: int) -> Any:
        a, b = _halves(x, axis)
        return m.concat([g * gate.f(m, b), g * a * slope(m, b)], axis)

    return f, vjp


def _bilinear(m: Any, x: Any, *, axis: int) -> Any:  # noqa: ARG001 - the record's signature
    a, b = _halves(x, axis)
    return a * b


def _bilinear_vjp(m: Any, x: Any, g: Any, *, axis: int) -> Any:
    a, b = _halves(x, axis)
    return m.concat([g * b, g * a], axis)


bilinear = Activation(
    name="bilinear",
    aliases=("bilinear_glu",),
    family="gated",
    summary="One half of an axis times the other: a gated unit without an activation.",
    f=_bilinear,
    vjp_of=_bilinear_vjp,
    formula=r"a \odot b",
    derivative_formula=r"\frac{\partial y}{\partial a} = b,\quad \frac{\partial y}{\partial b} = a",
    parameters=(_AXIS,),
    range=Range(-math.inf, math.inf),
    monotonic="no",
    lipschitz=math.inf,
    needs=_NEEDS,
    papers=(glu.papers[0], _SHAZEER),
    use="Transformers' feed-forward layers; the simplest of the gated units.",
    pitfalls="Halves the width, and products grow fast: initialise small.",
)

_reglu, _reglu_vjp = _gated(relu)

reglu = Activation(
    name="reglu",
    family="gated",
    summary="One half of an axis times the ReLU of the other.",
    f=_reglu,
    vjp_of=_reglu_vjp,
    formula=r"a \odot \max(0, b)",
    derivative_formula=r"\frac{\partial y}{\partial a} = \max(0, b),\quad"
    r" \frac{\partial y}{\partial b} = a\,[b > 0]",
    parameters=(_AXIS,),
    range=Range(-math.inf, math.inf),
    monotonic="no",
    lipschitz=math.inf,
    needs=_NEEDS,
    papers=(_SHAZEER,),
    use="Transformers' feed-forward layers, where exact zeros are wanted.",
    pitfalls="Halves the width; a gate that is never positive is dead, its value with it.",
)

_geglu, _geglu_vjp = _gated(gelu)

geglu = Activation(
    name="geglu",
    family="gated",
    summary="One half of an axis times the GELU of the other.",
    f=_geglu,
    vjp_of=_geglu_vjp,
    formula=r"a \odot b\,\Phi(b)",
    derivative_formula=r"\frac{\partial y}{\partial a} = b\,\Phi(b),\quad"
    r" \frac{\partial y}{\partial b} = a\,(\Phi(b) + b\,\varphi(b))",
    parameters=(_AXIS,),
    range=Range(-math.inf, math.inf),
    monotonic="no",
    lipschitz=math.inf,
    needs=_NEEDS,
    papers=(_SHAZEER,),
    use="Transformers' feed-forward layers (T5 v1.1, diffusion models).",
    pitfalls="Halves the width. Libraries differ in which half is the gate: here the second, as in"
    " torch's GLU.",
)

_swiglu, _swiglu_vjp = _gated(silu)

swiglu = Activation(
    name="swiglu",
    aliases=("siglu", "silu_glu"),
    family="gated",
    summary="One half of an axis times the SiLU of the other.",
    f=_swiglu,
    vjp_of=_swiglu_vjp,
    formula=r"a \odot b\,\sigma(b)",
    derivative_formula=r"\frac{\partial y}{\partial a} = b\,\sigma(b),\quad"
    r" \frac{\partial y}{\partial b} = a\,\sigma(b)\,(1 + b\,\sigma(-b))",
    parameters=(_AXIS,),
    range=Range(-math.inf, math.inf),
    monotonic="no",
    lipschitz=math.inf,
    needs=_NEEDS,
    papers=(_SHAZEER,),
    use="The feed-forward layers of most large language models.",
    pitfalls="Halves the width, so models take 2/3 of the usual hidden size. Libraries differ in"
    " which half is the gate: here the second, as in torch's GLU; Llama's weights have it first.",
)

_seglu, _seglu_vjp = _gated(selu)

seglu = Activation(
    name="seglu",
    family="gated",
    summary="One half of an axis times the SELU of the other.",
    f=_seglu,
    vjp_of=_seglu_vjp,
    formula=r"a \odot \operatorname{selu}(b)",
    derivative_formula=r"\frac{\partial y}{\partial a} = \operatorname{selu}(b),\quad"
    r" \frac{\partial y}{\partial b} = a\,\operatorname{selu}'(b)",
    parameters=(_AXIS,),
    range=Range(-math.inf, math.inf),
    monotonic="no",
    lipschitz=math.inf,
    needs=_NEEDS,
    use="To compare with the other gated units.",
    pitfalls="Halves the width; the product is not self-normalising, unlike SELU.",
)


def _gtu(m: Any, x: Any, *, axis: int) -> Any:
    a, b = _halves(x, axis)
    return m.tanh(a) * sigmoid.f(m, b)


def _gtu_vjp(m: Any, x: Any, g: Any, *, axis: int) -> Any:
    a, b = _halves(x, axis)
    return m.concat(
        [g * m.sech2(a) * m.expit(b), g * m.tanh(a) * m.expit_slope(b)],
        axis,
    )


gtu = Activation(
    name="gtu",
    aliases=("gated_tanh_unit", "gated_tanh"),
    family="gated",
    summary="The tanh of one half of an axis times the sigmoid of the other.",
    f=_gtu,
    vjp_of=_gtu_vjp,
    formula=r"\tanh(a) \odot \sigma(b)",
    derivative_formula=r"\frac{\partial y}{\partial a} = \frac{\sigma(b)}{\cosh^2(a)},\quad"
    r" \frac{\partial y}{\partial b} = \tanh(a)\,\sigma(b)\,\sigma(-b)",
    parameters=(_AXIS,),
    range=Range(-1.0, 1.0),
    monotonic="no",
    lipschitz=1.0,
    needs=_NEEDS,
    papers=(
        Paper(
            "van den Oord, Kalchbrenner, Vinyals, Espeholt, Graves, Kavukcuoglu",
            2016,
            "Conditional image generation with PixelCNN decoders",
            "NeurIPS",
        ),
    ),
    use="Autoregressive convolutional models of images and sound (PixelCNN, WaveNet).",
    pitfalls="Both factors saturate, so gradients vanish sooner than with GLU.",
)
