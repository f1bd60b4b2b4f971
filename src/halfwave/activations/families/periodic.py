"""Functions with waves."""

from __future__ import annotations

import math
from typing import Any, Final

from halfwave.activations.parameters import POSITIVE, Parameter
from halfwave.activations.properties import Names, Paper, Range
from halfwave.activations.record import Activation

__all__ = ["cosine", "gcu", "sinc", "sine", "snake"]

_SITZMANN: Final = Paper(
    "Sitzmann, Martel, Bergman, Lindell, Wetzstein",
    2020,
    "Implicit neural representations with periodic activation functions",
    "NeurIPS",
)
_SMALL: Final = 2.0**-30  # keeps the splitting of the largest numbers from overflowing
_QUARTER_PI: Final = (0.7853981633974483, 3.061616997868383e-17)  # π/4 to 106 bits
_HALF_PI: Final = (1.5707963267948966, 6.123233995736766e-17)


def _sine(m: Any, x: Any) -> Any:
    return m.sin(x)


def _sine_derivative(m: Any, x: Any) -> Any:
    return m.cos(x)


sine = Activation(
    name="sine",
    aliases=("sin", "siren"),
    family="periodic",
    summary="The sine.",
    f=_sine,
    df=_sine_derivative,
    formula=r"\sin(x)",
    derivative_formula=r"\cos(x)",
    range=Range(-1.0, 1.0, (True, True)),
    monotonic="no",
    lipschitz=1.0,
    zero_centred=True,
    elsewhere=Names(functional="torch.sin", jax="jax.numpy.sin", onnx="Sin"),
    papers=(_SITZMANN,),
    use="Coordinate networks (SIREN), whose derivatives matter too.",
    pitfalls="Needs its own initialisation; large inputs give noise, since neighbours no longer"
    " have neighbouring outputs.",
)


def _cosine(m: Any, x: Any) -> Any:
    return m.cos(x)


def _cosine_derivative(m: Any, x: Any) -> Any:
    return -m.sin(x)


cosine = Activation(
    name="cosine",
    aliases=("cos",),
    family="periodic",
    summary="The cosine.",
    f=_cosine,
    df=_cosine_derivative,
    formula=r"\cos(x)",
    derivative_formula=r"-\sin(x)",
    range=Range(-1.0, 1.0, (True, True)),
    monotonic="no",
    lipschitz=1.0,
    elsewhere=Names(functional="torch.cos", jax="jax.numpy.cos", onnx="Cos"),
    papers=(
        Paper("Rahimi, Recht", 2007, "Random features for large-scale kernel machines", "NeurIPS"),
    ),
    use="Random Fourier features, which stand for a Gaussian kernel.",
    pitfalls="Even, with slope 0 at 0: add a bias or a random phase.",
)


def _sinc(m: Any, x: Any) -> Any:
    a = m.abs(x)
    safe = m.where((a > 0) & (a < math.inf), a, 1.0)
    return m.where(a == 0, 1.0, m.where(a == math.inf, 0.0, m.sin(safe) / safe))


def _sinc_derivative(m: Any, x: Any) -> Any:
    a = m.abs(x)
    near = m.minimum(a, 2.0)
    square = near * near
    series = m.full_like(x, 1.0)
    for n in range(13, 0, -1):  # −x/3 · (1 − x²/10 · (1 − 3x²/… ))
        series = 1.0 - series * (square * ((n + 1.0) / (n * (2 * n + 2.0) * (2 * n + 3.0))))
    inner = near * series / -3.0
    safe = m.where((a > 1) & (a < math.inf), a, 2.0)
    outer = (m.cos(safe) - m.sin(safe) / safe) / safe
    slope = m.where(a < 1.5, inner, m.where(a == math.inf, 0.0, outer))
    return m.where(x < 0, -slope, slope)


sinc = Activation(
    name="sinc",
    aliases=("cardinal_sine",),
    family="periodic",
    summary="The cardinal sine, not normalised: sin(x)/x.",
    f=_sinc,
    df=_sinc_derivative,
    formula=r"\frac{\sin(x)}{x}",
    derivative_formula=r"\frac{\cos(x)}{x} - \frac{\sin(x)}{x^2}",
    range=Range(-0.21723362821122166, 1.0, (True, True)),
    monotonic="no",
    lipschitz=0.43618181727145855,
    closed=((-math.inf, -2290.2659489363728), (2290.2659489363728, math.inf)),
    use="Interpolation of signals; coordinate networks with a limited band.",
    pitfalls="Its waves fade as 1/|x|; torch.sinc and numpy.sinc are sin(πx)/(πx), another scale.",
)


def _gcu(m: Any, x: Any) -> Any:
    return x * m.cos(x)


def _gcu_derivative(m: Any, x: Any) -> Any:
    return m.cos(x) - x * m.sin(x)


gcu = Activation(
    name="gcu",
    aliases=("growing_cosine", "growing_cosine_unit"),
    family="periodic",
    summary="The growing cosine unit: the input times its cosine.",
    f=_gcu,
    df=_gcu_derivative,
    formula=r"x \cos(x)",
    derivative_formula=r"\cos(x) - x \sin(x)",
    range=Range(-math.inf, math.inf),
    monotonic="no",
    lipschitz=math.inf,
    zero_centred=True,
    closed=(),
    papers=(
        Paper(
            "Noel, Advait, Trivedi, Dutta",
            2021,
            "Growing cosine unit: a novel oscillatory activation function that can speedup training"
            " and reduce parameters in convolutional neural networks",
            "arXiv:2108.12943",
        ),
    ),
    use="First layers of small convolutional networks; one unit can learn XOR.",
    pitfalls="Slopes grow with the input: keep inputs within a few units by normalisation.",
)


def _wave(m: Any, x: Any, a: Any, shift: tuple[Any, Any]) -> Any:
    """Return sin(a·x + shift) without the rounding error of the argument."""
    high, low = m.parameter(a)
    scaled = x * _SMALL
    product = m.rounded(high * scaled)
    a1, x1 = m.split(high), m.split(scaled)
    a2, x2 = high - a1, scaled - x1
    error = ((a1 * x1 - product) + a1 * x2 + a2 * x1) + a2 * x2
    angle, more = m.two_sum(product / _SMALL, shift[0] * m.full_like(x, 1.0))
    rest, last = m.two_sum(error / _SMALL, more)
    last = last + low * x + shift[1]
    rest_sine = m.sin(rest) * m.cos(last) + m.cos(rest) * m.sin(last)
    rest_cosine = m.cos(rest) * m.cos(last) - m.sin(rest) * m.sin(last)
    return m.sin(angle) * rest_cosine + m.cos(angle) * rest_sine


def _snake(m: Any, x: Any, *, a: Any) -> Any:
    near = m.where(m.abs(x) > 1e30, 0.0, x)  # the ripple is nothing beside a larger one
    s = _wave(m, near, a, (0.0, 0.0))
    square = s * s
    twice = _wave(m, 2.0 * near, a, m.constant(*_HALF_PI))  # cos(2ax)
    # sin² as it is where it is small, and as (1 − cos(2ax))/2 where it is large
    return m.where(square < 0.5, x + square / a, (x + 0.5 / a) - 0.5 * twice / a)


def _snake_derivative(m: Any, x: Any, *, a: Any) -> Any:
    s = _wave(m, x, a, m.constant(*_QUARTER_PI))
    return 2.0 * s * s


snake = Activation(
    name="snake",
    aliases=("snake_a",),
    family="periodic",
    summary="The identity with a ripple.",
    f=_snake,
    df=_snake_derivative,
    formula=r"x + \frac{\sin^2(a x)}{a}",
    derivative_formula=r"1 + \sin(2 a x)",
    parameters=(
        Parameter("a", 1.0, POSITIVE, "a: frequency of the ripple", array=True, learnable=True),
    ),
    range=Range(-math.inf, math.inf),
    monotonic="increasing",
    lipschitz=2.0,
    closed=(),  # flat at single points only
    papers=(
        Paper(
            "Ziyin, Hartwig, Ueda",
            2020,
            "Neural networks fail to learn periodic functions and how to fix it",
            "NeurIPS",
        ),
    ),
    use="Time series and sound, to carry a period beyond the training data.",
    pitfalls="The slope is 0 once a period; the period has to be near the data's.",
)
