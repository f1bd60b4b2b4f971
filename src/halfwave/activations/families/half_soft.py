"""Relatives of SiLU, GELU and ELU, most of them in two pieces."""

from __future__ import annotations

import math
from typing import Any, Final

from halfwave.activations.extremes import lowest
from halfwave.activations.parameters import POSITIVE, REAL, Parameter
from halfwave.activations.properties import Kink, Names, Paper, Range
from halfwave.activations.record import Activation

from .smooth import HENDRYCKS, gelu, silu

__all__ = [
    "elu_plus_one",
    "flatten_tswish",
    "gelu_clip10",
    "serlu",
    "xielu",
]

_FLAT: Final = "the flat side, as for ReLU"


def _flatten_tswish(m: Any, x: Any, *, threshold: Any) -> Any:
    return m.where(x > 0, silu.f(m, m.positive_part(x)), 0.0) + threshold


def _flatten_tswish_derivative(m: Any, x: Any, *, threshold: Any) -> Any:  # noqa: ARG001 - the record's signature
    return m.where(x > 0, _silu_slope(m, m.positive_part(x)), 0.0)


def _silu_slope(m: Any, x: Any) -> Any:
    assert silu.df is not None  # noqa: S101 - SiLU acts on each element
    return silu.df(m, x)


flatten_tswish = Activation(
    name="flatten_tswish",
    aliases=("flatten_t_swish", "ftswish"),
    family="half-soft",
    summary="SiLU for positive inputs, flat for the others, all moved by a threshold.",
    f=_flatten_tswish,
    df=_flatten_tswish_derivative,
    formula=r"\begin{cases}x\,\sigma(x) + T & x > 0\\ T & x \le 0\end{cases}",
    derivative_formula=r"\begin{cases}\sigma(x)\,(1 + x\,\sigma(-x)) & x > 0\\"
    r" 0 & x \le 0\end{cases}",
    parameters=(Parameter("threshold", -0.2, REAL, "T: the value for x ≤ 0"),),
    range=lambda p: Range(p.threshold, math.inf, (True, False)),
    monotonic="non-decreasing",
    kinks=(Kink(0.0, 0.0, _FLAT),),
    smoothness=0,
    lipschitz=1.0998393201288669,
    sparse=lambda p: p.threshold == 0,
    papers=(
        Paper(
            "Chieng, Wahid, Pauline, Perla",
            2018,
            "Flatten-T Swish: a thresholded ReLU-Swish-like activation function for deep learning",
            "arXiv:1812.06247",
        ),
    ),
    use="In place of ReLU, with outputs whose mean is nearer to 0.",
    pitfalls="Units die as with ReLU.",
)


def _gelu_clip10(m: Any, x: Any) -> Any:
    return m.where(x > 10, 10.0, gelu.f(m, x))


def _gelu_clip10_derivative(m: Any, x: Any) -> Any:
    assert gelu.df is not None  # noqa: S101 - GELU acts on each element
    return m.where(x > 10, 0.0, gelu.df(m, x))


gelu_clip10 = Activation(
    name="gelu_clip10",
    aliases=("gelu_10", "clipped_gelu"),
    family="half-soft",
    summary="GELU cut off at 10.",
    f=_gelu_clip10,
    df=_gelu_clip10_derivative,
    formula=r"\min(x\,\Phi(x), 10)",
    derivative_formula=r"\begin{cases}\Phi(x) + x\,\varphi(x) & x \le 10\\ 0 & x > 10\end{cases}",
    range=Range(-0.16997120747990369, 10.0, (True, True)),
    monotonic="no",
    kinks=(
        Kink(
            math.nextafter(10.0, math.inf),
            0.0,
            "the flat side; GELU passes 10 between 10 and this next larger number",
        ),
    ),
    smoothness=0,
    lipschitz=1.1289041451202377,
    elsewhere=Names(transformers="gelu_10"),
    papers=(HENDRYCKS,),
    use="Transformers that will be quantised to few bits: the range is known.",
    pitfalls="Closed above 10; reference implementations also clip at −10, which GELU never is.",
)


def _elu_plus_one(m: Any, x: Any) -> Any:
    return m.where(x > 0, x + 1.0, m.exp(m.negative_part(x)))


def _elu_plus_one_derivative(m: Any, x: Any) -> Any:
    return m.where(x > 0, 1.0, m.exp(m.negative_part(x)))


elu_plus_one = Activation(
    name="elu_plus_one",
    aliases=("elu1",),
    family="half-soft",
    summary="ELU moved up by one, so that it is always positive.",
    f=_elu_plus_one,
    df=_elu_plus_one_derivative,
    formula=r"\begin{cases}x + 1 & x > 0\\ e^x & x \le 0\end{cases}",
    derivative_formula=r"\begin{cases}1 & x > 0\\ e^x & x \le 0\end{cases}",
    range=Range(0.0, math.inf, (False, False)),
    monotonic="increasing",
    smoothness=1,
    lipschitz=1.0,
    papers=(
        Paper(
            "Katharopoulos, Vyas, Pappas, Fleuret",
            2020,
            "Transformers are RNNs: fast autoregressive transformers with linear attention",
            "ICML",
        ),
    ),
    use="Feature maps of linear attention; outputs that must be positive.",
    pitfalls="Closed below about −7; all outputs are positive.",
)

_SERLU_SCALE: Final = 1.07862
_SERLU_BOTH: Final = 3.1326037074  # times alpha, 2.90427


def _serlu(m: Any, x: Any) -> Any:
    left = m.negative_part(x)
    return m.where(x > 0, _SERLU_SCALE * x, m.mul_exp(_SERLU_BOTH * left, left))


def _serlu_derivative(m: Any, x: Any) -> Any:
    left = m.negative_part(x)
    return m.where(x > 0, _SERLU_SCALE, m.mul_exp(_SERLU_BOTH * (1.0 + left), left))


serlu = Activation(
    name="serlu",
    aliases=("scaled_exponentially_regularized_linear_unit",),
    family="half-soft",
    summary="Linear for positive inputs; a dip that returns to 0 for negative ones.",
    f=_serlu,
    df=_serlu_derivative,
    formula=r"\lambda \begin{cases}x & x > 0\\ \alpha x e^x & x \le 0\end{cases},"
    r"\quad \alpha = 2.90427,\ \lambda = 1.07862",
    derivative_formula=r"\lambda \begin{cases}1 & x > 0\\"
    r" \alpha (1 + x) e^x & x \le 0\end{cases}",
    range=Range(-_SERLU_BOTH / math.e, math.inf, (True, False)),
    monotonic="no",
    kinks=(Kink(0.0, _SERLU_BOTH, "the limit from the negative side, as for SELU"),),
    smoothness=0,
    lipschitz=_SERLU_BOTH,
    self_normalising=True,
    papers=(
        Paper(
            "Zhang, Li",
            2018,
            "Effectiveness of scaled exponentially-regularized linear units (SERLUs)",
            "arXiv:1807.10117",
        ),
    ),
    use="Deep plain networks, as SELU, with a shift-dropout of its own.",
    pitfalls="The slope jumps from 3.1 to 1.08 at 0; closed below about −9.",
)


def _expm1_minus_x(m: Any, x: Any) -> Any:
    """Return e^x − 1 − x for x <= 0 without the cancellation near 0."""
    near = m.maximum(x, -1.0)
    series = m.full_like(x, 1.0)
    for n in range(19, 2, -1):
        series = 1.0 + near * series / n
    return m.where(x < -1, m.expm1(x) - x, 0.5 * near * (near * series))


def _xielu(m: Any, x: Any, *, alpha_p: Any, alpha_n: Any, beta: Any) -> Any:
    right, left = m.positive_part(x), m.negative_part(x)
    rest = (beta - alpha_n) * m.full_like(x, 1.0)
    far = alpha_n * m.expm1(left) + m.where(rest == 0, 0.0, rest * left)
    near = alpha_n * _expm1_minus_x(m, m.maximum(left, -1.0)) + beta * left
    return m.where(x > 0, right * (alpha_p * right + beta), m.where(x < -1, far, near))


def _xielu_derivative(m: Any, x: Any, *, alpha_p: Any, alpha_n: Any, beta: Any) -> Any:
    right, left = m.positive_part(x), m.negative_part(x)
    flat = (beta - alpha_n) * m.full_like(x, 1.0) == 0
    bent = m.where(flat, alpha_n * m.exp(left), alpha_n * m.expm1(left) + beta)
    return m.where(x > 0, 2.0 * alpha_p * right + beta, bent)


def _xielu_range(p: Any) -> Range:
    if p.alpha_n > p.beta:
        return Range(lowest(_xielu, p), math.inf, (True, False))
    return Range(-p.alpha_n if p.alpha_n == p.beta else -math.inf, math.inf)


xielu = Activation(
    name="xielu",
    aliases=("expanded_integral_elu",),
    family="half-soft",
    summary="A parabola for positive inputs, the integral of ELU for negative ones.",
    f=_xielu,
    df=_xielu_derivative,
    formula=r"\begin{cases}\alpha_p x^2 + \beta x & x > 0\\"
    r" \alpha_n (e^x - 1 - x) + \beta x & x \le 0\end{cases}",
    derivative_formula=r"\begin{cases}2 \alpha_p x + \beta & x > 0\\"
    r" \alpha_n (e^x - 1) + \beta & x \le 0\end{cases}",
    parameters=(
        Parameter("alpha_p", 0.8, POSITIVE, "α_p: bend of the right", array=True, learnable=True),
        Parameter(
            "alpha_n", 0.8, POSITIVE, "α_n: bend of the left, above β", array=True, learnable=True
        ),
        Parameter("beta", 0.5, POSITIVE, "β: slope at 0"),
    ),
    range=_xielu_range,
    monotonic=lambda p: "no" if p.alpha_n > p.beta else "increasing",
    smoothness=lambda p: 2 if 2.0 * p.alpha_p == p.alpha_n else 1,
    lipschitz=math.inf,
    closed=(),
    elsewhere=Names(transformers="xielu"),
    papers=(
        Paper(
            "Huang, Schlag",
            2024,
            "Deriving activation functions using integration",
            "arXiv:2411.13010",
        ),
    ),
    use="Feed-forward layers of language models (Apertus).",
    pitfalls="Grows as the square of the input; transformers keeps α_p and α_n as the inverse"
    " softplus of the values here.",
)
