"""Rectifiers that jump at a threshold."""

from __future__ import annotations

import math
from typing import Any

from halfwave.activations.parameters import REAL, Parameter
from halfwave.activations.properties import Kink, Names, Paper, Range
from halfwave.activations.record import Activation

__all__ = ["binary_step", "threshold"]


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


def _binary_step(m: Any, x: Any, *, threshold: Any) -> Any:
    return m.where(x > threshold, 1.0, m.full_like(x, 0.0))


def _binary_step_derivative(m: Any, x: Any, *, threshold: Any) -> Any:  # noqa: ARG001 - the record's signature
    return m.full_like(x, 0.0)


binary_step = Activation(
    name="binary_step",
    aliases=("heaviside", "step", "unit_step"),
    family="rectifier",
    summary="1 above a threshold, 0 up to it.",
    f=_binary_step,
    df=_binary_step_derivative,
    formula=r"\begin{cases}1 & x > \theta\\ 0 & x \le \theta\end{cases}",
    derivative_formula="0",
    parameters=(Parameter("threshold", 0.0, REAL, "θ", aliases=("theta",)),),
    range=Range(0.0, 1.0, (True, True)),
    monotonic="non-decreasing",
    kinks=lambda p: (Kink(p.threshold, 0.0, "the function jumps; 0 as everywhere", jump=True),),
    smoothness=-1,
    lipschitz=math.inf,
    sparse=True,
    closed=((-math.inf, math.inf),),
    exact=True,
    papers=(
        Paper(
            "McCulloch, Pitts",
            1943,
            "A logical calculus of the ideas immanent in nervous activity",
            "Bulletin of Mathematical Biophysics 5",
        ),
        Paper("Rosenblatt", 1958, "The perceptron", "Psychological Review 65"),
    ),
    use="Decisions, and the perceptron; in training only with a surrogate gradient.",
    pitfalls="Its derivative is 0 everywhere, so nothing before it learns by gradients.",
)
