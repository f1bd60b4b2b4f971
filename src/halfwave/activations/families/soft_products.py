"""A power of the sigmoid, and softplus times a sigmoid of its own."""

from __future__ import annotations

import math
from typing import Any, Final

from halfwave.activations.extremes import lowest, steepest
from halfwave.activations.parameters import POSITIVE, Parameter
from halfwave.activations.properties import Paper, Range
from halfwave.activations.record import Activation

__all__ = ["aria2", "eis", "tanhsoft"]

_FAR: Final = -40.0  # below it 1 + e^x is 1 to the last place


def _aria2(m: Any, x: Any, *, alpha: Any, beta: Any) -> Any:
    a = m.abs(x)
    z = m.mul_exp_product(1.0, beta, a)
    share = m.mul_exp_product(1.0, alpha, m.log1p(z))
    return m.where(x > 0, share, _power_tail(m, share, alpha, beta, a))


def _aria2_derivative(m: Any, x: Any, *, alpha: Any, beta: Any) -> Any:
    a = m.abs(x)
    z = m.mul_exp_product(1.0, beta, a)
    share = (alpha * beta) * (m.mul_exp_product(1.0, alpha, m.log1p(z)) / (1.0 + z))
    right = m.mul_exp_product(share, beta, a)
    return m.where(x > 0, right, _power_tail(m, share, alpha, beta, a))


def _power_tail(m: Any, share: Any, alpha: Any, beta: Any, a: Any) -> Any:
    """``share`` · exp(−α·β·a) without the rounding errors of the products."""
    near = m.minimum(a, 1000.0 / (alpha * beta))
    inner = m.multiply(m.parameter(beta), (near, 0.0))
    product, rest = m.multiply(m.parameter(alpha), inner)
    return m.mul_exp(share * (1.0 - rest), -product)


aria2 = Activation(
    name="aria2",
    aliases=("aria",),
    family="half-soft",
    summary="A sigmoid with two parameters, after Richards' growth curve.",
    f=_aria2,
    df=_aria2_derivative,
    formula=r"(1 + e^{-\beta x})^{-\alpha}",
    derivative_formula=r"\alpha \beta\, e^{-\beta x} (1 + e^{-\beta x})^{-\alpha - 1}",
    parameters=(
        Parameter("alpha", 1.5, POSITIVE, "α: how much steeper the left side is"),
        Parameter("beta", 2.0, POSITIVE, "β: how fast it grows"),
    ),
    range=Range(0.0, 1.0),
    monotonic="increasing",
    lipschitz=lambda p: p.beta * math.exp(-(p.alpha + 1.0) * math.log1p(1.0 / p.alpha)),
    papers=(
        Paper(
            "Patwardhan, Ingalhalikar, Walambe",
            2018,
            "ARiA: utilizing Richard's curve for controlling the non-monotonicity of the activation"
            " function in deep neural nets",
            "arXiv:1805.08878",
        ),
    ),
    use="As a gate, in place of the sigmoid.",
    pitfalls="Saturates on both sides; outputs are all positive.",
)


def _tanhsoft(m: Any, x: Any, *, alpha: Any) -> Any:
    t = m.tanh(alpha * x)
    tail = m.mul_exp(t, m.minimum(x, 0.0))  # softplus(x) is e^x there
    return m.where(x < _FAR, tail, t * m.softplus(m.maximum(x, _FAR)))


def _tanhsoft_derivative(m: Any, x: Any, *, alpha: Any) -> Any:
    t = m.tanh(alpha * x)
    s = alpha * m.sech2(alpha * x)
    near = m.maximum(x, _FAR)
    middle = s * m.softplus(m.minimum(near, 1e4 / alpha)) + t * m.expit(near)
    return m.where(x < _FAR, m.mul_exp(s + t, m.minimum(x, 0.0)), middle)


tanhsoft = Activation(
    name="tanhsoft",
    aliases=("tanhsoft1", "tanhsoft_1"),
    family="half-soft",
    summary="Softplus times a tanh of the input.",
    f=_tanhsoft,
    df=_tanhsoft_derivative,
    formula=r"\tanh(\alpha x) \log(1 + e^x)",
    derivative_formula=r"\frac{\alpha \log(1 + e^x)}{\cosh^2(\alpha x)}"
    r" + \tanh(\alpha x)\,\sigma(x)",
    parameters=(
        Parameter("alpha", 0.87, POSITIVE, "α: slope of the tanh", array=True, learnable=True),
    ),
    range=lambda p: Range(lowest(_tanhsoft, p), math.inf, (True, False)),
    monotonic="no",
    lipschitz=lambda p: steepest(_tanhsoft_derivative, p),
    papers=(
        Paper(
            "Biswas, Kumar, Banerjee, Pandey",
            2021,
            "TanhSoft: dynamic trainable activation functions for faster learning and better"
            " performance",
            "IEEE Access 9",
        ),
    ),
    use="In place of SiLU, where its shape may be learnt.",
    pitfalls="Two transcendental functions a value; closed on the left tail.",
)


def _eis_share(m: Any, x: Any, beta: Any, gamma: Any) -> tuple[Any, Any]:
    """x/√(β + γx²) and its derivative β/(β + γx²)^(3/2)."""
    a = m.abs(x)
    near = m.minimum(a, 1.0)
    r = 1.0 / m.maximum(a, 1.0)
    square = beta * (r * r) + gamma * (near * near)  # of the root over max(|x|, 1)
    share = m.where(x < 0, -near, near) / m.sqrt(square)
    return share, (beta / square) * (r * r * r / m.sqrt(square))


def _eis(m: Any, x: Any, *, beta: Any, gamma: Any) -> Any:
    share, _ = _eis_share(m, x, beta, gamma)
    tail = m.mul_exp(share, m.minimum(x, 0.0))
    return m.where(x < _FAR, tail, share * m.softplus(m.maximum(x, _FAR)))


def _eis_derivative(m: Any, x: Any, *, beta: Any, gamma: Any) -> Any:
    share, slope = _eis_share(m, x, beta, gamma)
    near = m.maximum(x, _FAR)
    a = m.minimum(m.abs(near), m.far)
    square = beta + gamma * (a * a)
    # the terms have opposite signs for x < 0, so what they share is divided last
    near = m.minimum(near, m.far)  # the slope is constant beyond
    inner = (beta / square) * m.softplus(near) + near * m.expit(near)
    middle = m.where(a < m.far, inner / m.sqrt(square), 1.0 / gamma**0.5)
    return m.where(x < _FAR, m.mul_exp(slope + share, m.minimum(x, 0.0)), middle)


eis = Activation(
    name="eis",
    aliases=("eis2", "eis_2"),
    family="half-soft",
    summary="Softplus times an inverse square root unit.",
    f=_eis,
    df=_eis_derivative,
    formula=r"\frac{x \log(1 + e^x)}{\sqrt{\beta + \gamma x^2}}",
    derivative_formula=r"\frac{\beta \log(1 + e^x)}{(\beta + \gamma x^2)^{3/2}}"
    r" + \frac{x\,\sigma(x)}{\sqrt{\beta + \gamma x^2}}",
    parameters=(
        Parameter("beta", 1.16, POSITIVE, "β: √β is the width of the bend"),
        Parameter("gamma", 1.0, POSITIVE, "γ: 1/√γ is the slope far on the right"),
    ),
    range=lambda p: Range(lowest(_eis, p), math.inf, (True, False)),
    monotonic="no",
    lipschitz=lambda p: steepest(_eis_derivative, p),
    papers=(
        Paper(
            "Biswas, Kumar, Banerjee, Pandey",
            2020,
            "EIS: a family of activation functions combining exponential, ISRU, and softplus",
            "arXiv:2009.13501",
        ),
    ),
    use="In place of SiLU.",
    pitfalls="Closed on the left tail; the second of three forms in the paper.",
)
