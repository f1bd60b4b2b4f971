"""Functions of a whole axis that give shares of one."""

from __future__ import annotations

import math
from typing import Any, Final

from halfwave.activations.parameters import AXIS, POSITIVE, Parameter
from halfwave.activations.properties import Names, Paper, Range
from halfwave.activations.record import Activation

__all__ = ["gumbel_softmax", "log_softmax", "softmax", "softmin"]

_AXIS: Final = Parameter("axis", -1, AXIS, "the axis that is shared out", aliases=("dim",))
_NEEDS: Final = "an axis of scores"
_BRIDLE: Final = Paper(
    "Bridle",
    1990,
    "Probabilistic interpretation of feedforward classification network outputs",
    "Neurocomputing",
)


def _softmax(m: Any, x: Any, *, axis: int) -> Any:
    z = m.exp(x - m.max(x, axis))
    return z / m.sum(z, axis)


def _softmax_vjp(m: Any, x: Any, g: Any, *, axis: int) -> Any:
    s = _softmax(m, x, axis=axis)
    return s * (g - m.sum(g * s, axis))


softmax = Activation(
    name="softmax",
    aliases=("softargmax",),
    family="softmax",
    shape="folding",
    summary="Shares of one, in proportion to the exponentials of the scores.",
    f=_softmax,
    vjp_of=_softmax_vjp,
    formula=r"\frac{e^{x_i}}{\sum_j e^{x_j}}",
    derivative_formula=r"\frac{\partial s_i}{\partial x_j} = s_i (\delta_{ij} - s_j)",
    parameters=(_AXIS,),
    range=Range(0.0, 1.0),
    monotonic="increasing",
    lipschitz=0.5,
    needs=_NEEDS,
    elsewhere=Names(
        torch="torch.nn.Softmax",
        functional="torch.softmax",
        jax="jax.nn.softmax",
        keras="softmax",
        onnx="Softmax",
    ),
    papers=(_BRIDLE,),
    use="Attention weights; class probabilities (in training take the loss on the scores).",
    pitfalls="Large scores saturate it; never exactly 0, so nothing is ever ruled out.",
)


def _softmin(m: Any, x: Any, *, axis: int) -> Any:
    return _softmax(m, -x, axis=axis)


def _softmin_vjp(m: Any, x: Any, g: Any, *, axis: int) -> Any:
    return -_softmax_vjp(m, -x, g, axis=axis)


softmin = Activation(
    name="softmin",
    family="softmax",
    shape="folding",
    summary="Softmax of the negated scores: the smallest gets the most.",
    f=_softmin,
    vjp_of=_softmin_vjp,
    formula=r"\frac{e^{-x_i}}{\sum_j e^{-x_j}}",
    derivative_formula=r"\frac{\partial s_i}{\partial x_j} = -s_i (\delta_{ij} - s_j)",
    parameters=(_AXIS,),
    range=Range(0.0, 1.0),
    monotonic="decreasing",
    lipschitz=0.5,
    needs=_NEEDS,
    elsewhere=Names(torch="torch.nn.Softmin", functional="torch.nn.functional.softmin"),
    use="Weights from distances or energies.",
    pitfalls="As for softmax.",
)


def _log_softmax(m: Any, x: Any, *, axis: int) -> Any:
    shifted = x - m.max(x, axis)
    return shifted - m.log(m.sum(m.exp(shifted), axis))


def _log_softmax_vjp(m: Any, x: Any, g: Any, *, axis: int) -> Any:
    return g - _softmax(m, x, axis=axis) * m.sum(g, axis)


log_softmax = Activation(
    name="log_softmax",
    family="softmax",
    shape="folding",
    summary="The logarithm of softmax.",
    f=_log_softmax,
    vjp_of=_log_softmax_vjp,
    formula=r"x_i - \log \sum_j e^{x_j}",
    derivative_formula=r"\frac{\partial y_i}{\partial x_j} = \delta_{ij} - s_j",
    parameters=(_AXIS,),
    range=Range(-math.inf, 0.0),
    monotonic="increasing",
    lipschitz=math.sqrt(2.0),
    needs=_NEEDS,
    elsewhere=Names(
        torch="torch.nn.LogSoftmax",
        functional="torch.log_softmax",
        jax="jax.nn.log_softmax",
        keras="log_softmax",
        onnx="LogSoftmax",
    ),
    papers=(_BRIDLE,),
    use="In a loss, for logarithms of class probabilities.",
    pitfalls="Not for hidden layers.",
)


def _gumbel(m: Any, x: Any, *, tau: Any, noise: Any, axis: int) -> Any:
    return _softmax(m, (x + noise) / tau, axis=axis)


def _gumbel_vjp(m: Any, x: Any, g: Any, *, tau: Any, noise: Any, axis: int) -> Any:
    return _softmax_vjp(m, (x + noise) / tau, g, axis=axis) / tau


gumbel_softmax = Activation(
    name="gumbel_softmax",
    aliases=("concrete",),
    family="softmax",
    shape="folding",
    summary="A differentiable draw from the classes: softmax of scores with Gumbel noise.",
    f=_gumbel,
    vjp_of=_gumbel_vjp,
    formula=r"\operatorname{softmax}\frac{x + g}{\tau},\quad g_i = -\log(-\log u_i)",
    derivative_formula=r"\frac{\partial s_i}{\partial x_j} = s_i (\delta_{ij} - s_j) / \tau",
    parameters=(
        Parameter("tau", 1.0, POSITIVE, "τ: temperature"),
        Parameter("noise", 0.0, meaning="g: the noise, drawn by the caller", array=True),
        _AXIS,
    ),
    range=Range(0.0, 1.0),
    monotonic="increasing",
    lipschitz=lambda p: 0.5 / p.tau,
    needs=_NEEDS,
    elsewhere=Names(functional="torch.nn.functional.gumbel_softmax"),
    papers=(
        Paper(
            "Jang, Gu, Poole", 2017, "Categorical reparameterization with Gumbel-softmax", "ICLR"
        ),
        Paper("Maddison, Mnih, Teh", 2017, "The Concrete distribution", "ICLR"),
    ),
    use="Sampling a class inside a network that is trained by gradients.",
    pitfalls="A low τ gives gradients of high variance, a high one blurred draws.",
)
