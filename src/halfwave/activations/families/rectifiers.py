"""ReLU, and ReLU cut off or moved."""

from __future__ import annotations

import math
from typing import Any

from halfwave.activations.parameters import POSITIVE, REAL, Parameter
from halfwave.activations.properties import Kink, Names, Paper, Range
from halfwave.activations.record import Activation

__all__ = ["flexible_relu", "relu", "relu6", "relu_n", "shifted_relu"]

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


def _relu_n(m: Any, x: Any, *, n: Any) -> Any:
    return m.where(x > n, n, m.where(x > 0, x, 0.0))


def _relu_n_derivative(m: Any, x: Any, *, n: Any) -> Any:
    return m.where((x > 0) & (x < n), 1.0, m.full_like(x, 0.0))


relu_n = Activation(
    name="relu_n",
    aliases=("bounded_relu", "clipped_relu", "capped_relu", "dual_side_clipped_relu"),
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
