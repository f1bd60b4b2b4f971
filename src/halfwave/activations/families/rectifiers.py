"""ReLU and those that are exactly zero on one side."""

from __future__ import annotations

import math
from typing import Any, Final

from halfwave.activations.parameters import POSITIVE, REAL, Parameter
from halfwave.activations.properties import Kink, Names, Paper, Range
from halfwave.activations.record import Activation

__all__ = [
    "binary_step",
    "flexible_relu",
    "natural_log_relu",
    "relu",
    "relu6",
    "relu_n",
    "shifted_relu",
    "squared_relu",
    "star_relu",
    "threshold",
]

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


def _relu_n(m: Any, x: Any, *, n: Any) -> Any:
    return m.where(x > n, n, m.where(x > 0, x, 0.0))


def _relu_n_derivative(m: Any, x: Any, *, n: Any) -> Any:
    return m.where((x > 0) & (x < n), 1.0, m.full_like(x, 0.0))


relu_n = Activation(
    name="relu_n",
    aliases=("bounded_relu", "clipped_relu", "capped_relu"),
    family="rectifier",
    summary="ReLU cut off at n.",
    f=_relu_n,
    df=_relu_n_derivative,
    formula=r"\min(\max(0, x), n)",
    derivative_formula=r"\begin{cases}1 & 0 < x < n\\ 0 & \text{otherwise}\end{cases}",
    parameters=(Parameter("n", 1.0, POSITIVE, "n: the largest output"),),
    range=lambda p: Range(0.0, p.n, (True, True)),
    monotonic="non-decreasing",
    kinks=lambda p: (Kink(0.0, 0.0, _ZERO), Kink(p.n, 0.0, "the flat side, as at 0")),
    smoothness=0,
    lipschitz=1.0,
    sparse=True,
    exact=True,
    elsewhere=Names(keras="ReLU(max_value=n)", onnx="Clip"),
    papers=(
        Paper(
            "Liew, Khalil-Hani, Bakhteri",
            2016,
            "Bounded activation functions for enhanced training stability of deep neural networks",
            "Neurocomputing 216",
        ),
    ),
    use="Where the output's range must be known, for quantisation or stability.",
    pitfalls="Closed on both sides: a unit dies above n as well as below 0.",
)


def _shifted_relu(m: Any, x: Any, *, shift: Any) -> Any:
    return m.where(x > -shift, x, -shift)


def _shifted_relu_derivative(m: Any, x: Any, *, shift: Any) -> Any:
    return m.where(x > -shift, 1.0, m.full_like(x, 0.0))


shifted_relu = Activation(
    name="shifted_relu",
    aliases=("shifted_rectifier",),
    family="rectifier",
    summary="ReLU with its kink moved down the diagonal, so that outputs may be negative.",
    f=_shifted_relu,
    df=_shifted_relu_derivative,
    formula=r"\max(-s, x)",
    derivative_formula=r"\begin{cases}1 & x > -s\\ 0 & x \le -s\end{cases}",
    parameters=(Parameter("shift", 1.0, REAL, "s: the kink is at −s"),),
    range=lambda p: Range(-p.shift, math.inf, (True, False)),
    monotonic="non-decreasing",
    kinks=lambda p: (Kink(-p.shift, 0.0, "the flat side, as for ReLU"),),
    smoothness=0,
    lipschitz=1.0,
    sparse=lambda p: p.shift == 0,
    exact=True,
    papers=(
        Paper(
            "Clevert, Unterthiner, Hochreiter",
            2016,
            "Fast and accurate deep network learning by exponential linear units (ELUs)",
            "ICLR",
        ),
    ),
    use="A cheap way to outputs of mean near 0.",
    pitfalls="Dead units are possible below −s, and its outputs are not sparse.",
)


def _squared_relu(m: Any, x: Any) -> Any:
    positive = m.positive_part(x)
    return positive * positive


def _squared_relu_derivative(m: Any, x: Any) -> Any:
    return 2.0 * m.positive_part(x)


squared_relu = Activation(
    name="squared_relu",
    aliases=("relu2", "relu_squared", "relu^2"),
    family="rectifier",
    summary="The square of ReLU.",
    f=_squared_relu,
    df=_squared_relu_derivative,
    formula=r"\max(0, x)^2",
    derivative_formula=r"2 \max(0, x)",
    range=Range(0.0, math.inf, (True, False)),
    monotonic="non-decreasing",
    smoothness=1,
    lipschitz=math.inf,
    sparse=True,
    elsewhere=Names(transformers="relu2"),
    papers=(Paper("So et al.", 2021, "Primer: searching for efficient transformers", "NeurIPS"),),
    use="The feed-forward layers of language models: smooth at 0, and its zeros are exact.",
    pitfalls="Grows with the square: large inputs overflow half precision (256² is its largest).",
)

# with which a standard normal input gives mean 0 and variance 1
_STAR_SCALE: Final = 0.8944271909999159
_STAR_BIAS: Final = -0.4472135954999579


def _star_relu(m: Any, x: Any, *, scale: Any, bias: Any) -> Any:
    positive = m.positive_part(x)
    return scale * positive * positive + bias


def _star_relu_derivative(m: Any, x: Any, *, scale: Any, bias: Any) -> Any:  # noqa: ARG001 - the record's signature
    return 2.0 * scale * m.positive_part(x)


star_relu = Activation(
    name="star_relu",
    aliases=("starrelu",),
    family="rectifier",
    summary="Squared ReLU, scaled and shifted to mean 0 and variance 1.",
    f=_star_relu,
    df=_star_relu_derivative,
    formula=r"s \max(0, x)^2 + b",
    derivative_formula=r"2 s \max(0, x)",
    parameters=(
        Parameter("scale", _STAR_SCALE, POSITIVE, "s", array=True, learnable=True),
        Parameter("bias", _STAR_BIAS, REAL, "b", array=True, learnable=True),
    ),
    range=lambda p: Range(p.bias, math.inf, (True, False)),
    monotonic="non-decreasing",
    smoothness=1,
    lipschitz=math.inf,
    sparse=lambda p: p.bias == 0,
    papers=(Paper("Yu et al.", 2024, "MetaFormer baselines for vision", "IEEE TPAMI 46"),),
    use="MetaFormer vision models, in place of GELU at a fraction of its cost.",
    pitfalls="Its outputs are −0.447, not 0, where it is closed: no sparsity.",
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


def _flexible_relu(m: Any, x: Any, *, bias: Any) -> Any:
    return m.where(x > 0, x, 0.0) + bias


def _flexible_relu_derivative(m: Any, x: Any, *, bias: Any) -> Any:  # noqa: ARG001 - the record's signature
    return _relu_derivative(m, x)


flexible_relu = Activation(
    name="flexible_relu",
    aliases=("frelu",),
    family="rectifier",
    summary="ReLU plus a learnt offset.",
    f=_flexible_relu,
    df=_flexible_relu_derivative,
    formula=r"\max(0, x) + b",
    derivative_formula=r"\begin{cases}1 & x > 0\\ 0 & x \le 0\end{cases}",
    parameters=(Parameter("bias", -0.4, REAL, "b", array=True, learnable=True),),
    range=lambda p: Range(p.bias, math.inf, (True, False)),
    monotonic="non-decreasing",
    kinks=(Kink(0.0, 0.0, _ZERO),),
    smoothness=0,
    lipschitz=1.0,
    sparse=lambda p: p.bias == 0,
    papers=(
        Paper(
            "Qiu, Xu, Cai",
            2018,
            "FReLU: flexible rectified linear units for improving convolutional neural networks",
            "ICPR",
        ),
    ),
    use="Without batch normalisation, to let the mean of the outputs fall to 0.",
    pitfalls="Batch normalisation afterwards takes the offset out again.",
)


def _natural_log_relu(m: Any, x: Any, *, beta: Any) -> Any:
    return m.log1p(beta * m.positive_part(x))


def _natural_log_relu_derivative(m: Any, x: Any, *, beta: Any) -> Any:
    return m.where(x > 0, beta / (1.0 + beta * m.positive_part(x)), 0.0)


natural_log_relu = Activation(
    name="natural_log_relu",
    aliases=("nlrelu",),
    family="rectifier",
    summary="The logarithm of 1 + β ReLU.",
    f=_natural_log_relu,
    df=_natural_log_relu_derivative,
    formula=r"\log(1 + \beta \max(0, x))",
    derivative_formula=r"\begin{cases}\frac{\beta}{1 + \beta x} & x > 0\\ 0 & x \le 0\end{cases}",
    parameters=(Parameter("beta", 1.0, POSITIVE, "β: the slope just above 0"),),
    range=Range(0.0, math.inf, (True, False)),
    monotonic="non-decreasing",
    kinks=(Kink(0.0, 0.0, _ZERO),),
    smoothness=0,
    lipschitz=lambda p: p.beta,
    sparse=True,
    papers=(
        Paper(
            "Liu, Zhang, Guo, Zhou",
            2019,
            "Natural-logarithm-rectified activation function in convolutional neural networks",
            "ICCC",
        ),
    ),
    use="Inputs over many orders of magnitude.",
    pitfalls="Units die as with ReLU, and large inputs get little gradient.",
)
