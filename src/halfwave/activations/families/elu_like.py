"""Relatives of ELU, and the exponential itself."""

from __future__ import annotations

import math
from typing import Any, Final

from halfwave.activations.parameters import POSITIVE, Parameter
from halfwave.activations.properties import Kink, Names, Paper, Range
from halfwave.activations.record import Activation

__all__ = ["elish", "exponential", "hard_elish", "isrlu", "mpelu", "pelu"]

_BASIRAT: Final = Paper(
    "Basirat, Roth", 2018, "The quest for the golden activation function", "arXiv:1808.00783"
)


def _mpelu(m: Any, x: Any, *, alpha: Any, beta: Any) -> Any:
    return m.where(x > 0, x, alpha * m.expm1(beta * m.negative_part(x)))


def _mpelu_derivative(m: Any, x: Any, *, alpha: Any, beta: Any) -> Any:
    left = m.mul_exp_product(alpha * beta, beta, -m.negative_part(x))
    return m.where(x > 0, 1.0, left)


mpelu = Activation(
    name="mpelu",
    aliases=("multiple_parametric_elu",),
    family="exponential",
    summary="ELU with a learnt height α and rate β.",
    f=_mpelu,
    df=_mpelu_derivative,
    formula=r"\begin{cases}x & x > 0\\ \alpha (e^{\beta x} - 1) & x \le 0\end{cases}",
    derivative_formula=r"\begin{cases}1 & x > 0\\ \alpha \beta e^{\beta x} & x \le 0\end{cases}",
    parameters=(
        Parameter("alpha", 1.0, POSITIVE, "α: −α is the limit", array=True, learnable=True),
        Parameter("beta", 1.0, POSITIVE, "β: the rate", array=True, learnable=True),
    ),
    range=lambda p: Range(-p.alpha, math.inf),
    monotonic="increasing",
    kinks=lambda p: (
        ()
        if p.alpha * p.beta == 1
        else (Kink(0.0, p.alpha * p.beta, "the limit from the negative side, as for ELU"),)
    ),
    smoothness=lambda p: 1 if p.alpha * p.beta == 1 else 0,
    lipschitz=lambda p: max(1.0, p.alpha * p.beta),
    papers=(
        Paper(
            "Li, Fan, Li, Wu, Ming",
            2018,
            "Improving deep neural network with multiple parametric exponential linear units",
            "Neurocomputing 301",
        ),
    ),
    use="Very deep residual networks, with its own initialisation.",
    pitfalls="Two parameters a channel: leave them out of the weight decay.",
)


def _pelu(m: Any, x: Any, *, alpha: Any, beta: Any) -> Any:
    left = alpha * m.expm1(m.negative_part(x) / beta)
    return m.where(x > 0, x * (alpha / beta), left)


def _pelu_derivative(m: Any, x: Any, *, alpha: Any, beta: Any) -> Any:
    low = m.negative_part(x)
    ratio, rest = m.quotient(m.maximum(low, -800.0 * beta), beta)
    return m.where(x > 0, alpha / beta, m.mul_exp((alpha / beta) * (1.0 + rest), ratio))


pelu = Activation(
    name="pelu",
    aliases=("parametric_elu",),
    family="exponential",
    summary="ELU with learnt height and width, whose derivative stays continuous.",
    f=_pelu,
    df=_pelu_derivative,
    formula=r"\begin{cases}\frac{\alpha}{\beta} x & x > 0\\"
    r" \alpha (e^{x/\beta} - 1) & x \le 0\end{cases}",
    derivative_formula=r"\frac{\alpha}{\beta} \begin{cases}1 & x > 0\\"
    r" e^{x/\beta} & x \le 0\end{cases}",
    parameters=(
        Parameter("alpha", 1.0, POSITIVE, "α: −α is the limit", array=True, learnable=True),
        Parameter("beta", 1.0, POSITIVE, "β: the width", array=True, learnable=True),
    ),
    range=lambda p: Range(-p.alpha, math.inf),
    monotonic="increasing",
    smoothness=1,
    lipschitz=lambda p: p.alpha / p.beta,
    papers=(
        Paper(
            "Trottier, Giguère, Chaib-draa",
            2017,
            "Parametric exponential linear unit for deep convolutional neural networks",
            "ICMLA",
        ),
    ),
    use="Where ELU helps and nobody knows which α.",
    pitfalls="The parameters must stay positive in training.",
)


def _elish(m: Any, x: Any) -> Any:
    low = m.negative_part(x)
    left = m.mul_exp(m.expm1(low), low) / (1.0 + m.exp(low))
    return m.where(x > 0, x * m.expit(x), left)


def _elish_derivative(m: Any, x: Any) -> Any:
    a = m.abs(x)
    z = m.exp(-a)
    w = (1.0 + z) * (1.0 + z)
    right = 1.0 - m.mul_exp((1.0 - a) + z, -a) / w
    left = m.mul_exp(((z - 1.0) + z * (1.0 + z)) / w, -a)
    return m.where(x > 0, right, left)


elish = Activation(
    name="elish",
    family="exponential",
    summary="SiLU on the positive side, ELU times the sigmoid on the negative one.",
    f=_elish,
    df=_elish_derivative,
    formula=r"\sigma(x) \begin{cases}x & x > 0\\ e^x - 1 & x \le 0\end{cases}",
    derivative_formula=r"\begin{cases}\sigma(x)\,(1 + x\,\sigma(-x)) & x > 0\\"
    r" \sigma(x)\,(e^x + (e^x - 1)\,\sigma(-x)) & x \le 0\end{cases}",
    range=Range(2.0 * math.sqrt(2.0) - 3.0, math.inf, (True, False)),
    monotonic="no",
    smoothness=1,
    lipschitz=1.0998393201288669,
    papers=(_BASIRAT,),
    use="In place of SiLU.",
    pitfalls="Closed on the left tail; not monotonic.",
)


def _hard_elish(m: Any, x: Any) -> Any:
    low = m.negative_part(x)
    left = m.expm1(low) * (0.5 * (x + 1.0))
    right = m.where(x >= 1, x, x * (0.5 * (x + 1.0)))
    return m.where(x > 0, right, m.where(x <= -1, 0.0, left))


def _hard_elish_derivative(m: Any, x: Any) -> Any:
    low = m.negative_part(x)
    left = 0.5 * (m.exp(low) * (x + 1.0)) + 0.5 * m.expm1(low)
    right = m.where(x >= 1, 1.0, x + 0.5)
    return m.where(x > 0, right, m.where(x <= -1, 0.0, left))


hard_elish = Activation(
    name="hard_elish",
    aliases=("hardelish",),
    family="exponential",
    summary="ELiSH with a hard sigmoid.",
    f=_hard_elish,
    df=_hard_elish_derivative,
    formula=r"\min\left(\max\left(\frac{x + 1}{2}, 0\right), 1\right)"
    r" \begin{cases}x & x > 0\\ e^x - 1 & x \le 0\end{cases}",
    derivative_formula=r"\begin{cases}0 & x \le -1\\ \frac{e^x (x + 2) - 1}{2} & -1 < x \le 0\\"
    r" x + \frac12 & 0 < x < 1\\ 1 & x \ge 1\end{cases}",
    range=Range(-0.0996731515287426179, math.inf, (True, False)),
    monotonic="no",
    kinks=(
        Kink(-1.0, 0.0, "the flat side, as for ReLU"),
        Kink(1.0, 1.0, "the linear side, as for hardswish"),
    ),
    smoothness=0,
    lipschitz=1.5,
    sparse=True,
    papers=(_BASIRAT,),
    use="In place of ELiSH on small devices.",
    pitfalls="Exactly closed below −1; its slope jumps from 1.5 to 1 at 1.",
)


def _isrlu(m: Any, x: Any, *, alpha: Any) -> Any:
    low = m.negative_part(x)
    large = low < -1.0
    r = 1.0 / m.where(large, low, -1.0)
    small = m.where(large, 0.0, low)
    far = -1.0 / m.sqrt(alpha + r * r)
    return m.where(x > 0, x, m.where(large, far, small / m.sqrt(1.0 + alpha * small * small)))


def _isrlu_derivative(m: Any, x: Any, *, alpha: Any) -> Any:
    return m.where(x > 0, 1.0, m.inverse_root_cubed(m.negative_part(x), alpha))


isrlu = Activation(
    name="isrlu",
    aliases=("inverse_square_root_linear_unit",),
    family="exponential",
    summary="The identity on the positive side, an inverse square root on the negative one.",
    f=_isrlu,
    df=_isrlu_derivative,
    formula=r"\begin{cases}x & x > 0\\ \frac{x}{\sqrt{1 + \alpha x^2}} & x \le 0\end{cases}",
    derivative_formula=r"\begin{cases}1 & x > 0\\"
    r" \left(\frac{1}{\sqrt{1 + \alpha x^2}}\right)^3 & x \le 0\end{cases}",
    parameters=(Parameter("alpha", 1.0, POSITIVE, "α: the limit is −1/√α"),),
    range=lambda p: Range(-1.0 / math.sqrt(p.alpha), math.inf),
    monotonic="increasing",
    smoothness=2,
    lipschitz=1.0,
    papers=(
        Paper(
            "Carlile, Delamarter, Kinney, Marti, Whitney",
            2017,
            "Improving deep learning by inverse square root linear units (ISRLUs)",
            "arXiv:1710.09967",
        ),
    ),
    use="In place of ELU, without an exponential.",
    pitfalls="Closed below −10 at α = 1.",
)


def _exponential(m: Any, x: Any) -> Any:
    return m.exp(x)


exponential = Activation(
    name="exponential",
    aliases=("exp",),
    family="exponential",
    summary="The exponential function.",
    f=_exponential,
    df=_exponential,
    formula=r"e^x",
    derivative_formula=r"e^x",
    range=Range(0.0, math.inf),
    monotonic="increasing",
    lipschitz=math.inf,
    elsewhere=Names(functional="torch.exp", jax="jax.numpy.exp", keras="exponential", onnx="Exp"),
    use="An output that is a rate or a variance.",
    pitfalls="Overflows above 88 in float32 and above 11 in float16; its slope is unbounded.",
)
