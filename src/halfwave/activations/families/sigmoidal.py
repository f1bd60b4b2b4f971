"""S-shaped functions between two limits."""

from __future__ import annotations

import math
from typing import Any

from halfwave.activations.properties import Names, Paper, Range
from halfwave.activations.record import Activation

__all__ = ["logsigmoid", "sigmoid", "softsign", "tanh"]

_LECUN = Paper("LeCun, Bottou, Orr, Müller", 1998, "Efficient BackProp", "Neural Networks: Tricks")


def _sigmoid(m: Any, x: Any) -> Any:
    return m.expit(x)


def _sigmoid_derivative(m: Any, x: Any) -> Any:
    return m.expit_slope(x)


sigmoid = Activation(
    name="sigmoid",
    aliases=("logistic", "expit", "logistic_sigmoid"),
    family="sigmoidal",
    summary="The logistic function: any number to one between 0 and 1.",
    f=_sigmoid,
    df=_sigmoid_derivative,
    formula=r"\sigma(x) = \frac{1}{1 + e^{-x}}",
    derivative_formula=r"\sigma(x)\,\sigma(-x)",
    range=Range(0.0, 1.0),
    monotonic="increasing",
    lipschitz=0.25,
    elsewhere=Names(
        torch="torch.nn.Sigmoid",
        functional="torch.sigmoid",
        jax="jax.nn.sigmoid",
        keras="sigmoid",
        onnx="Sigmoid",
        transformers="sigmoid",
    ),
    papers=(_LECUN,),
    use="Gates, and the output for a probability of yes or no (with a loss that takes logits).",
    pitfalls="In hidden layers gradients vanish: the slope is at most 1/4 and closed for |x| ≥ 8.3;"
    " outputs are all positive.",
)


def _tanh(m: Any, x: Any) -> Any:
    return m.tanh(x)


def _tanh_derivative(m: Any, x: Any) -> Any:
    return m.sech2(x)


tanh = Activation(
    name="tanh",
    aliases=("hyperbolic_tangent",),
    family="sigmoidal",
    summary="The hyperbolic tangent: any number to one between −1 and 1.",
    f=_tanh,
    df=_tanh_derivative,
    formula=r"\tanh(x) = \frac{e^x - e^{-x}}{e^x + e^{-x}}",
    derivative_formula=r"\frac{1}{\cosh^2(x)}",
    range=Range(-1.0, 1.0),
    monotonic="increasing",
    lipschitz=1.0,
    zero_centred=True,
    elsewhere=Names(
        torch="torch.nn.Tanh",
        functional="torch.tanh",
        jax="jax.nn.tanh",
        keras="tanh",
        onnx="Tanh",
        transformers="tanh",
    ),
    papers=(_LECUN,),
    use="Recurrent networks, small networks on centred data, bounded outputs.",
    pitfalls="Gradients vanish for |x| ≥ 4.15; initialise with Xavier's variance.",
)


def _logsigmoid(m: Any, x: Any) -> Any:
    return -m.softplus(-x)


def _logsigmoid_derivative(m: Any, x: Any) -> Any:
    return m.expit(-x)


logsigmoid = Activation(
    name="logsigmoid",
    aliases=("log_sigmoid", "log_expit"),
    family="sigmoidal",
    summary="The logarithm of the sigmoid.",
    f=_logsigmoid,
    df=_logsigmoid_derivative,
    formula=r"\log \sigma(x) = -\log(1 + e^{-x})",
    derivative_formula=r"\sigma(-x)",
    range=Range(-math.inf, 0.0),
    monotonic="increasing",
    lipschitz=1.0,
    elsewhere=Names(
        torch="torch.nn.LogSigmoid",
        functional="torch.nn.functional.logsigmoid",
        jax="jax.nn.log_sigmoid",
        keras="log_sigmoid",
    ),
    use="In a loss, for the logarithm of a probability.",
    pitfalls="Not meant for hidden layers: never positive, and closed above about 6.9.",
)


def _softsign(m: Any, x: Any) -> Any:
    a = m.abs(x)
    return m.where(a == math.inf, m.sign(x), x / (1.0 + a))


def _softsign_derivative(m: Any, x: Any) -> Any:
    r = 1.0 / (1.0 + m.abs(x))
    return r * r


softsign = Activation(
    name="softsign",
    family="sigmoidal",
    summary="Like tanh, but nears its limits slowly.",
    f=_softsign,
    df=_softsign_derivative,
    formula=r"\frac{x}{1 + |x|}",
    derivative_formula=r"\frac{1}{(1 + |x|)^2}",
    range=Range(-1.0, 1.0),
    monotonic="increasing",
    smoothness=1,
    lipschitz=1.0,
    zero_centred=True,
    elsewhere=Names(
        torch="torch.nn.Softsign",
        functional="torch.nn.functional.softsign",
        jax="jax.nn.soft_sign",
        keras="softsign",
        onnx="Softsign",
    ),
    papers=(
        Paper(
            "Bergstra, Desjardins, Lamblin, Bengio",
            2009,
            "Quadratic polynomials learn better image features",
            "Technical report 1337, Montréal",
        ),
    ),
    use="In place of tanh, where saturation hurts.",
    pitfalls="The slope falls fast from 0: 1/4 at |x| = 1.",
)
