"""Straight lines in pieces, with learnt slopes or places."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any, Final

from halfwave.activations.parameters import POSITIVE, REAL, Domain, Parameter
from halfwave.activations.properties import Kink, Monotonic, Paper, Range
from halfwave.activations.record import Activation

__all__ = ["apl", "arelu", "bipolar_step", "plu", "probact"]

_LEFT: Final = "the slope of the side that includes it, the left"


def _plu(m: Any, x: Any, *, alpha: Any, c: Any) -> Any:
    a = m.abs(x)
    slope = alpha * m.full_like(x, 1.0)
    outer = m.where(slope == 0, 0.0, slope * (a - c)) + c
    return m.where(a <= c, x, m.where(x < 0, -outer, outer))


def _plu_derivative(m: Any, x: Any, *, alpha: Any, c: Any) -> Any:
    one = m.full_like(x, 1.0)
    return m.where(m.abs(x) <= c, one, alpha * one)


plu = Activation(
    name="plu",
    aliases=("piecewise_linear_unit",),
    family="piecewise",
    summary="The identity near 0, a small slope beyond ±c: tanh in three straight lines.",
    f=_plu,
    df=_plu_derivative,
    formula=r"\max(\alpha(x + c) - c, \min(\alpha(x - c) + c, x))",
    derivative_formula=r"\begin{cases}1 & |x| \le c\\ \alpha & |x| > c\end{cases}",
    parameters=(
        Parameter("alpha", 0.1, Domain(low=0.0, high=1.0), "α: slope of the outer lines"),
        Parameter("c", 1.0, POSITIVE, "c: where the slope changes"),
    ),
    range=lambda p: Range(-math.inf, math.inf) if p.alpha > 0 else Range(-p.c, p.c, (True, True)),
    monotonic=lambda p: "increasing" if p.alpha > 0 else "non-decreasing",
    kinks=lambda p: (
        ()
        if p.alpha == 1
        else (
            Kink(-p.c, 1.0, "the inner slope"),
            Kink(p.c, 1.0, "the inner slope"),
        )
    ),
    smoothness=lambda p: math.inf if p.alpha == 1 else 0,
    lipschitz=1.0,
    zero_centred=True,
    papers=(
        Paper(
            "Nicolae",
            2018,
            "PLU: the piecewise linear unit activation function",
            "arXiv:1809.09534",
        ),
    ),
    use="In place of tanh: it never closes, and is invertible.",
    pitfalls="Only a tenth of the gradient passes beyond ±c.",
)


def _arelu_slopes(m: Any, x: Any, alpha: Any, beta: Any) -> tuple[Any, Any]:
    one = m.full_like(x, 1.0)
    left = m.minimum(m.maximum(alpha * one, 0.01), 0.99)
    return left, 1.0 + m.expit(beta * one)


def _arelu(m: Any, x: Any, *, alpha: Any, beta: Any) -> Any:
    left, right = _arelu_slopes(m, x, alpha, beta)
    return m.where(x > 0, right, left) * x


def _arelu_derivative(m: Any, x: Any, *, alpha: Any, beta: Any) -> Any:
    left, right = _arelu_slopes(m, x, alpha, beta)
    return m.where(x > 0, right, left)


arelu = Activation(
    name="arelu",
    aliases=("attention_relu",),
    family="piecewise",
    summary="ReLU with learnt attention: amplifies positive inputs, damps negative ones.",
    f=_arelu,
    df=_arelu_derivative,
    formula=r"\begin{cases}(1 + \sigma(\beta))\,x & x > 0\\"
    r" \min(\max(\alpha, 0.01), 0.99)\,x & x \le 0\end{cases}",
    derivative_formula=r"\begin{cases}1 + \sigma(\beta) & x > 0\\"
    r" \min(\max(\alpha, 0.01), 0.99) & x \le 0\end{cases}",
    parameters=(
        Parameter(
            "alpha",
            0.9,
            REAL,
            "α: slope of the left, kept in [0.01, 0.99]",
            array=True,
            learnable=True,
        ),
        Parameter(
            "beta", 2.0, REAL, "β: 1 + σ(β) is the slope of the right", array=True, learnable=True
        ),
    ),
    range=Range(-math.inf, math.inf),
    monotonic="increasing",
    kinks=lambda p: (Kink(0.0, min(max(p.alpha, 0.01), 0.99), _LEFT),),
    smoothness=0,
    lipschitz=lambda p: 1.0 + 1.0 / (1.0 + math.exp(-p.beta)),
    papers=(Paper("Chen, Li, Xu", 2020, "AReLU: attention-based rectified linear unit", "arXiv"),),
    use="Fast first epochs at small learning rates, and transfer learning.",
    pitfalls="Slopes above 1 let activations grow with depth: normalise.",
)


def _apl(m: Any, x: Any, *, a1: Any, b1: Any, a2: Any, b2: Any) -> Any:
    one = m.full_like(x, 1.0)
    # what the hinges add is taken together: each alone is infinite far on the left
    slope = m.where(x < b1, a1 * one, 0.0) + m.where(x < b2, a2 * one, 0.0)
    start = m.where(x < b1, a1 * b1 * one, 0.0) + m.where(x < b2, a2 * b2 * one, 0.0)
    return m.positive_part(x) + (start - m.where(slope == 0, 0.0, slope * x))


def _apl_derivative(m: Any, x: Any, *, a1: Any, b1: Any, a2: Any, b2: Any) -> Any:
    one = m.full_like(x, 1.0)
    first = m.where(x < b1, a1 * one, 0.0)
    return m.where(x > 0, 1.0, 0.0 * one) - first - m.where(x < b2, a2 * one, 0.0)


def _apl_pieces(p: Any) -> tuple[list[float], list[float], list[float]]:
    """Where it bends, its values there, and the slopes from left to right."""
    places = sorted({0.0, p.b1, p.b2})
    values = [max(x, 0.0) + p.a1 * max(p.b1 - x, 0.0) + p.a2 * max(p.b2 - x, 0.0) for x in places]
    middles = [places[0] - 1.0, *((a + b) / 2 for a, b in pairwise(places))]
    slopes = [
        (x > 0) * 1.0 - p.a1 * (x < p.b1) - p.a2 * (x < p.b2) for x in (*middles, places[-1] + 1.0)
    ]
    return places, values, slopes


def _apl_range(p: Any) -> Range:
    _, values, slopes = _apl_pieces(p)
    low, high = min(values), max(values)
    return Range(
        -math.inf if slopes[0] > 0 else low,
        math.inf if slopes[-1] > 0 else high,
        (slopes[0] <= 0, False),
    )


def _apl_monotonic(p: Any) -> Monotonic:
    low, high = min(_apl_pieces(p)[2]), max(_apl_pieces(p)[2])
    if low < 0 < high:
        return "no"
    if low >= 0:
        return "increasing" if low > 0 else "non-decreasing"
    return "decreasing" if high < 0 else "non-increasing"


def _apl_kinks(p: Any) -> tuple[Kink, ...]:
    places, _, slopes = _apl_pieces(p)
    found: list[Kink] = []
    for number, at in enumerate(places):
        returned = 0.0 - p.a1 * (at < p.b1) - p.a2 * (at < p.b2) + (at > 0)
        if slopes[number] != slopes[number + 1]:
            found.append(Kink(at, returned, "each hinge counts as flat where it starts"))
    return tuple(found)


apl = Activation(
    name="apl",
    aliases=("adaptive_piecewise_linear",),
    family="piecewise",
    summary="ReLU with two further hinges on its left, whose slopes and places are learnt.",
    f=_apl,
    df=_apl_derivative,
    formula=r"\max(0, x) + a_1 \max(0, b_1 - x) + a_2 \max(0, b_2 - x)",
    derivative_formula=r"[x > 0] - a_1 [x < b_1] - a_2 [x < b_2]",
    parameters=(
        Parameter("a1", 0.2, REAL, "a₁: slope of the first hinge", array=True, learnable=True),
        Parameter("b1", 0.0, REAL, "b₁: place of the first hinge", array=True, learnable=True),
        Parameter("a2", -0.4, REAL, "a₂: slope of the second hinge", array=True, learnable=True),
        Parameter("b2", -1.0, REAL, "b₂: place of the second hinge", array=True, learnable=True),
    ),
    range=_apl_range,
    monotonic=_apl_monotonic,
    kinks=_apl_kinks,
    smoothness=0,
    lipschitz=lambda p: max(map(abs, _apl_pieces(p)[2])),
    papers=(
        Paper(
            "Agostinelli, Hoffman, Sadowski, Baldi",
            2015,
            "Learning activation functions to improve deep neural networks",
            "ICLR workshop",
        ),
    ),
    use="Small networks that may learn the shape of their activation.",
    pitfalls="Learnt hinges may make it non-monotonic; decay their slopes.",
)


def _probact(m: Any, x: Any, *, sigma: Any, noise: Any) -> Any:
    return m.where(x > 0, x, 0.0) + sigma * noise


def _probact_derivative(m: Any, x: Any, *, sigma: Any, noise: Any) -> Any:  # noqa: ARG001 - the record's signature
    return m.where(x > 0, 1.0, m.full_like(x, 0.0))


probact = Activation(
    name="probact",
    aliases=("probabilistic_relu",),
    family="piecewise",
    summary="ReLU plus noise of a fixed or learnt width; without noise given, its mean.",
    f=_probact,
    df=_probact_derivative,
    formula=r"\max(0, x) + \sigma \varepsilon, \quad \varepsilon \sim N(0, 1)",
    derivative_formula=r"\begin{cases}1 & x > 0\\ 0 & x \le 0\end{cases}",
    parameters=(
        Parameter("sigma", 1.0, REAL, "σ: width of the noise", array=True, learnable=True),
        Parameter("noise", 0.0, REAL, "ε: the noise, drawn by the caller", array=True),
    ),
    range=lambda p: Range(p.sigma * p.noise, math.inf, (True, False)),
    monotonic="non-decreasing",
    kinks=(Kink(0.0, 0.0, "the flat side, as for ReLU"),),
    smoothness=0,
    lipschitz=1.0,
    sparse=lambda p: p.sigma * p.noise == 0,
    papers=(
        Paper(
            "Shridhar, Lee, Hayashi, Mehta, Iwana, Kang, Uchida, Ahmed, Dengel",
            2019,
            "ProbAct: a probabilistic activation function for deep neural networks",
            "arXiv:1905.10761",
        ),
    ),
    use="Small data sets: the noise acts as a regulariser and gives a spread of predictions.",
    pitfalls="Random in training; average several passes, or take the mean, in use.",
)


def _bipolar_step(m: Any, x: Any, *, threshold: Any) -> Any:
    return m.where(x >= threshold, 1.0, m.full_like(x, -1.0))


def _bipolar_step_derivative(m: Any, x: Any, *, threshold: Any) -> Any:  # noqa: ARG001 - the record's signature
    return m.full_like(x, 0.0)


bipolar_step = Activation(
    name="bipolar_step",
    aliases=("sign", "hard_limit", "binarize"),
    family="piecewise",
    summary="−1 below a threshold, 1 from there on.",
    f=_bipolar_step,
    df=_bipolar_step_derivative,
    formula=r"\begin{cases}1 & x \ge \theta\\ -1 & x < \theta\end{cases}",
    derivative_formula="0",
    parameters=(Parameter("threshold", 0.0, REAL, "θ: where it jumps", aliases=("theta",)),),
    range=Range(-1.0, 1.0, (True, True)),
    monotonic="non-decreasing",
    kinks=lambda p: (Kink(p.threshold, 0.0, "as everywhere", jump=True),),
    smoothness=-1,
    lipschitz=math.inf,
    closed=((-math.inf, math.inf),),
    exact=True,
    papers=(
        Paper(
            "Hubara, Courbariaux, Soudry, El-Yaniv, Bengio",
            2016,
            "Binarized neural networks",
            "NeurIPS",
        ),
    ),
    use="Networks with weights and outputs of one bit, trained by a straight-through estimator.",
    pitfalls="Its derivative is 0 everywhere: it cannot be trained through as it stands.",
)
