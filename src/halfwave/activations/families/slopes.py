"""Functions that are another activation's derivative."""

from __future__ import annotations

from typing import Any

from halfwave.activations.properties import Paper, Range
from halfwave.activations.record import Activation

from .smooth import silu

__all__ = ["dsilu"]


def _dsilu(m: Any, x: Any) -> Any:
    assert silu.df is not None  # noqa: S101 - SiLU acts on each element
    return silu.df(m, x)


def _dsilu_derivative(m: Any, x: Any) -> Any:
    a = m.abs(x)
    z = m.exp(-a)
    inner = (2.0 - a) + z * (2.0 + a)  # (1 + z) · (2 − a tanh(a/2))
    return m.mul_exp(inner / (1.0 + z * (3.0 + z * (3.0 + z))), -a)


dsilu = Activation(
    name="dsilu",
    aliases=("silu_derivative", "dswish"),
    family="sigmoidal",
    summary="The derivative of SiLU: a sigmoid that overshoots on both sides.",
    f=_dsilu,
    df=_dsilu_derivative,
    formula=r"\sigma(x)\,(1 + x\,\sigma(-x))",
    derivative_formula=r"\sigma(x)\,\sigma(-x)\,(2 + x\,(1 - 2\sigma(x)))",
    range=Range(-0.0998393201288669, 1.0998393201288669, (True, True)),
    monotonic="no",
    lipschitz=0.5,
    papers=(
        Paper(
            "Elfwing, Uchibe, Doya",
            2018,
            "Sigmoid-weighted linear units for neural network function approximation in"
            " reinforcement learning",
            "Neural Networks 107",
        ),
    ),
    use="Hidden layers of reinforcement learning, in place of the sigmoid.",
    pitfalls="Its gradient vanishes on both sides, and it turns back beyond ±2.4.",
)
