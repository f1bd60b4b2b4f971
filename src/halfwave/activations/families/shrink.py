"""Functions that pull small inputs to zero."""

from __future__ import annotations

import math
from typing import Any, Final

from halfwave.activations.parameters import Domain, Parameter
from halfwave.activations.properties import Kink, Names, Paper, Range
from halfwave.activations.record import Activation

__all__ = ["hardshrink", "softshrink", "tanhshrink"]

_NOT_NEGATIVE: Final = Domain(low=0.0)
_FLAT: Final = "the flat side, as torch returns"

_DONOHO: Final = Paper("Donoho", 1995, "De-noising by soft-thresholding", "IEEE Trans. Inf. Theory")


def _hardshrink(m: Any, x: Any, *, lambd: Any) -> Any:
    return m.where(m.abs(x) > lambd, x, 0.0)


def _shrink_derivative(m: Any, x: Any, *, lambd: Any) -> Any:
    return m.where(m.abs(x) > lambd, 1.0, m.full_like(x, 0.0))


_LAMBD = Parameter("lambd", 0.5, _NOT_NEGATIVE, "λ: inputs up to it become 0")


def _closed(lambd: float) -> tuple[tuple[float, float], ...]:
    return ((-lambd, lambd),) if lambd > 0 else ()


hardshrink = Activation(
    name="hardshrink",
    aliases=("hard_shrink", "hard_threshold"),
    family="shrink",
    summary="Zero for small inputs, the identity for the others.",
    f=_hardshrink,
    df=_shrink_derivative,
    formula=r"\begin{cases}x & |x| > \lambda\\ 0 & |x| \le \lambda\end{cases}",
    derivative_formula=r"\begin{cases}1 & |x| > \lambda\\ 0 & |x| \le \lambda\end{cases}",
    parameters=(_LAMBD,),
    range=Range(-math.inf, math.inf),
    monotonic="non-decreasing",
    kinks=lambda p: (
        Kink(-p.lambd, 0.0, _FLAT, jump=p.lambd > 0),
        Kink(p.lambd, 0.0, _FLAT, jump=p.lambd > 0),
    ),
    smoothness=-1,
    lipschitz=math.inf,
    zero_centred=True,
    sparse=True,
    closed=lambda p: _closed(p.lambd),
    exact=True,
    elsewhere=Names(
        torch="torch.nn.Hardshrink",
        functional="torch.nn.functional.hardshrink",
        keras="hard_shrink",
        onnx="Shrink",
    ),
    papers=(_DONOHO,),
    use="Denoising, sparse coding with an ℓ0 penalty.",
    pitfalls="Jumps at ±λ; units near 0 get no gradient.",
)


def _softshrink(m: Any, x: Any, *, lambd: Any) -> Any:
    return m.where(x > lambd, x - lambd, m.where(x < -lambd, x + lambd, 0.0))


softshrink = Activation(
    name="softshrink",
    aliases=("soft_shrink", "soft_threshold"),
    family="shrink",
    summary="Moves inputs towards zero by λ, and no further than zero.",
    f=_softshrink,
    df=_shrink_derivative,
    formula=r"\operatorname{sign}(x) \max(|x| - \lambda, 0)",
    derivative_formula=r"\begin{cases}1 & |x| > \lambda\\ 0 & |x| \le \lambda\end{cases}",
    parameters=(_LAMBD,),
    range=Range(-math.inf, math.inf),
    monotonic="non-decreasing",
    kinks=lambda p: (Kink(-p.lambd, 0.0, _FLAT), Kink(p.lambd, 0.0, _FLAT)),
    smoothness=0,
    lipschitz=1.0,
    zero_centred=True,
    sparse=True,
    closed=lambda p: _closed(p.lambd),
    elsewhere=Names(
        torch="torch.nn.Softshrink",
        functional="torch.nn.functional.softshrink",
        keras="soft_shrink",
        onnx="Shrink",
    ),
    papers=(_DONOHO,),
    use="Sparse coding and unrolled iterative shrinkage (LISTA).",
    pitfalls="Units near 0 get no gradient.",
)


def _tanhshrink(m: Any, x: Any) -> Any:
    return m.x_minus_tanh(x)


def _tanhshrink_derivative(m: Any, x: Any) -> Any:
    t = m.tanh(x)
    return t * t


tanhshrink = Activation(
    name="tanhshrink",
    aliases=("tanh_shrink",),
    family="shrink",
    summary="The input less its tanh.",
    f=_tanhshrink,
    df=_tanhshrink_derivative,
    formula=r"x - \tanh(x)",
    derivative_formula=r"\tanh^2(x)",
    range=Range(-math.inf, math.inf),
    monotonic="increasing",
    lipschitz=1.0,
    zero_centred=True,
    elsewhere=Names(
        torch="torch.nn.Tanhshrink",
        functional="torch.nn.functional.tanhshrink",
        keras="tanh_shrink",
    ),
    use="Denoising, with a smooth passage.",
    pitfalls="Its slope is 0 at 0, where inputs usually start.",
)
