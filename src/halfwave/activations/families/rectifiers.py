"""ReLU and those that are exactly zero on one side."""

from __future__ import annotations

import math
from typing import Any

from halfwave.activations.parameters import REAL, Parameter
from halfwave.activations.properties import Kink, Names, Paper, Range
from halfwave.activations.record import Activation

__all__ = ["relu", "relu6", "threshold"]

_ZERO = (
    "the subgradient is [0, 1]; 0 keeps an inactive unit inactive, is what torch and JAX return,"
    " and did best for plain SGD (Bertoin et al. 2021)"
)

NAIR = Paper(
    "Nair, Hinton", 2010, "Rectified linear units improve restricted Boltzmann machines", "ICML"
)
GLOROT = Paper("Glorot, Bordes, Bengio", 2011, "Deep sparse rectifier neural networks", "AISTATS")
BERTOIN = Paper(
    "Bertoin, Bolte, Gerchinovitz, Pauwels",
    2021,
    "Numerical influence of ReLU'(0) on backpropagation",
    "NeurIPS",
)


def _relu(m: Any, x: Any) -> Any:
    return m.where(x > 0, x, 0.0)


def _relu_derivative(m: Any, x: Any) -> Any:
    return m.where(x > 0, 1.0, m.full_like(x, 0.0))


relu = Activation(
    name="relu",
    aliases=("rectifier", "rectified_linear", "ramp", "positive_part", "half_wave"),
    family="rectifier",
    summary="Passes positive inputs and blocks the rest.",
    f=_relu,
    df=_relu_derivative,
    formula=r"\max(0, x)",
    derivative_formula=r"\begin{cases}1 & x > 0\\ 0 & x \le 0\end{cases}",
    range=Range(0.0, math.inf, (True, False)),
    monotonic="non-decreasing",
    kinks=(Kink(0.0, 0.0, _ZERO),),
    smoothness=0,
    lipschitz=1.0,
    sparse=True,
    exact=True,
    elsewhere=Names(
        torch="torch.nn.ReLU",
        functional="torch.nn.functional.relu",
        jax="jax.nn.relu",
        keras="relu",
        onnx="Relu",
        transformers="relu",
    ),
    papers=(NAIR, GLOROT, BERTOIN),
    use="The default for convolutional and plain feed-forward networks; cheap, and its zeros are"
    " exact. Initialise with He's variance 2/fan_in.",
    pitfalls="A unit whose input is negative on every sample gets no gradient and stays dead: a"
    " high learning rate or a large negative bias does that. Outputs are never negative, so their"
    " mean is positive.",
)


def _relu6(m: Any, x: Any) -> Any:
    return m.where(x > 6, 6.0, m.where(x > 0, x, 0.0))


def _relu6_derivative(m: Any, x: Any) -> Any:
    return m.where((x > 0) & (x < 6), 1.0, m.full_like(x, 0.0))


relu6 = Activation(
    name="relu6",
    family="rectifier",
    summary="ReLU cut off at 6.",
    f=_relu6,
    df=_relu6_derivative,
    formula=r"\min(\max(0, x), 6)",
    derivative_formula=r"\begin{cases}1 & 0 < x < 6\\ 0 & \text{otherwise}\end{cases}",
    range=Range(0.0, 6.0, (True, True)),
    monotonic="non-decreasing",
    kinks=(Kink(0.0, 0.0, _ZERO), Kink(6.0, 0.0, "the flat side, as at 0")),
    smoothness=0,
    lipschitz=1.0,
    sparse=True,
    exact=True,
    elsewhere=Names(
        torch="torch.nn.ReLU6",
        functional="torch.nn.functional.relu6",
        jax="jax.nn.relu6",
        keras="relu6",
        transformers="relu6",
    ),
    papers=(
        Paper("Krizhevsky", 2010, "Convolutional deep belief networks on CIFAR-10", "Manuscript"),
    ),
    use="Small networks that will be quantised to few bits (MobileNet): the range is known.",
    pitfalls="Closed on both sides: a unit dies above 6 as well as below 0.",
)


def _threshold(m: Any, x: Any, *, threshold: Any, value: Any) -> Any:
    return m.where(x > threshold, x, value)


def _threshold_derivative(m: Any, x: Any, *, threshold: Any, value: Any) -> Any:  # noqa: ARG001 - the record's signature
    return m.where(x > threshold, 1.0, m.full_like(x, 0.0))


def _threshold_range(threshold: float, value: float) -> Range:
    low = min(threshold, value)
    return Range(low, math.inf, (low == value, False))


threshold = Activation(
    name="threshold",
    aliases=("thresholded_relu", "trec"),
    family="rectifier",
    summary="Passes inputs above a threshold and replaces the rest by one value.",
    f=_threshold,
    df=_threshold_derivative,
    formula=r"\begin{cases}x & x > \theta\\ v & x \le \theta\end{cases}",
    derivative_formula=r"\begin{cases}1 & x > \theta\\ 0 & x \le \theta\end{cases}",
    parameters=(
        Parameter("threshold", 1.0, REAL, "θ: inputs above it pass", aliases=("theta",)),
        Parameter("value", 0.0, REAL, "v: what the others become"),
    ),
    range=lambda p: _threshold_range(p.threshold, p.value),
    monotonic=lambda p: "non-decreasing" if p.value <= p.threshold else "no",
    kinks=lambda p: (
        Kink(p.threshold, 0.0, "the lower side, which includes θ", jump=p.threshold != p.value),
    ),
    smoothness=lambda p: 0 if p.threshold == p.value else -1,
    lipschitz=lambda p: 1.0 if p.threshold == p.value else math.inf,
    sparse=lambda p: p.value == 0,
    closed=lambda p: ((-math.inf, p.threshold),),
    exact=True,
    elsewhere=Names(
        torch="torch.nn.Threshold",
        functional="torch.nn.functional.threshold",
        keras="threshold",
        onnx="ThresholdedRelu",
    ),
    papers=(
        Paper(
            "Konda, Memisevic, Krueger",
            2015,
            "Zero-bias autoencoders and the benefits of co-adapting features",
            "ICLR",
        ),
    ),
    use="Autoencoders without biases, where the threshold takes the bias's place.",
    pitfalls="The jump at θ has no slope, so no gradient moves an input across it.",
)
