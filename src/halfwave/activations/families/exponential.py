"""Linear on the positive side, exponential on the negative one."""

from __future__ import annotations

import math
from typing import Any, Final

from halfwave.activations.parameters import Domain, Parameter
from halfwave.activations.properties import Kink, Names, Paper, Range
from halfwave.activations.record import Activation

__all__ = ["celu", "elu", "selu"]

_LEFT: Final = "the limit from the negative side, as torch and JAX return"
_NOT_NEGATIVE: Final = Domain(low=0.0)
_NOT_ZERO: Final = Domain(low=0.0, open_low=True)

#: the constants with which mean 0 and variance 1 are a stable fixed point
_SELU_SCALE: Final = 1.0507009873554805
_SELU_BOTH: Final = 1.7580993408473766  # times alpha, 1.6732632423543772, rounded once


def _elu(m: Any, x: Any, *, alpha: Any) -> Any:
    return m.where(x > 0, x, alpha * m.expm1(m.negative_part(x)))


def _elu_derivative(m: Any, x: Any, *, alpha: Any) -> Any:
    return m.where(x > 0, 1.0, m.mul_exp(alpha, m.negative_part(x)))


elu = Activation(
    name="elu",
    aliases=("exponential_linear_unit",),
    family="exponential",
    summary="Linear for positive inputs, levelling off at −α for negative ones.",
    f=_elu,
    df=_elu_derivative,
    formula=r"\begin{cases}x & x > 0\\ \alpha (e^x - 1) & x \le 0\end{cases}",
    derivative_formula=r"\begin{cases}1 & x > 0\\ \alpha e^x & x \le 0\end{cases}",
    parameters=(Parameter("alpha", 1.0, _NOT_NEGATIVE, "α: −α is the limit for x → −∞"),),
    range=lambda p: Range(-p.alpha, math.inf, (p.alpha == 0, False)),
    monotonic=lambda p: "increasing" if p.alpha > 0 else "non-decreasing",
    kinks=lambda p: () if p.alpha == 1 else (Kink(0.0, p.alpha, _LEFT),),
    smoothness=lambda p: 1 if p.alpha == 1 else 0,
    lipschitz=lambda p: max(1.0, p.alpha),
    sparse=lambda p: p.alpha == 0,
    elsewhere=Names(
        torch="torch.nn.ELU",
        functional="torch.nn.functional.elu",
        jax="jax.nn.elu",
        keras="elu",
        onnx="Elu",
    ),
    papers=(
        Paper(
            "Clevert, Unterthiner, Hochreiter",
            2016,
            "Fast and accurate deep network learning by exponential linear units (ELUs)",
            "ICLR",
        ),
    ),
    use="Where ReLU's units die or their mean drifts; without batch normalisation.",
    pitfalls="Closed below about −7; slower than ReLU; α ≠ 1 puts a kink at 0.",
)


def _selu(m: Any, x: Any) -> Any:
    return m.where(x > 0, _SELU_SCALE * x, _SELU_BOTH * m.expm1(m.negative_part(x)))


def _selu_derivative(m: Any, x: Any) -> Any:
    return m.where(x > 0, _SELU_SCALE, m.mul_exp(_SELU_BOTH, m.negative_part(x)))


selu = Activation(
    name="selu",
    aliases=("scaled_elu", "scaled_exponential_linear_unit"),
    family="exponential",
    summary="Scaled ELU: keeps mean 0 and variance 1 from layer to layer.",
    f=_selu,
    df=_selu_derivative,
    formula=r"\lambda \begin{cases}x & x > 0\\ \alpha (e^x - 1) & x \le 0\end{cases},"
    r"\quad \alpha \approx 1.6733,\ \lambda \approx 1.0507",
    derivative_formula=r"\lambda \begin{cases}1 & x > 0\\ \alpha e^x & x \le 0\end{cases}",
    range=Range(-_SELU_BOTH, math.inf),
    monotonic="increasing",
    kinks=(Kink(0.0, _SELU_BOTH, _LEFT),),
    smoothness=0,
    lipschitz=_SELU_BOTH,
    self_normalising=True,
    elsewhere=Names(
        torch="torch.nn.SELU",
        functional="torch.nn.functional.selu",
        jax="jax.nn.selu",
        keras="selu",
        onnx="Selu",
    ),
    papers=(
        Paper(
            "Klambauer, Unterthiner, Mayr, Hochreiter",
            2017,
            "Self-normalizing neural networks",
            "NeurIPS",
        ),
    ),
    use="Deep plain feed-forward networks without normalisation layers.",
    pitfalls="Needs LeCun initialisation (gain 1) and AlphaDropout; anything else breaks the"
    " self-normalisation.",
)


def _celu(m: Any, x: Any, *, alpha: Any) -> Any:
    return m.where(x > 0, x, alpha * m.expm1(m.negative_part(x) / alpha))


def _celu_derivative(m: Any, x: Any, *, alpha: Any) -> Any:
    ratio, rest = m.quotient(m.maximum(m.negative_part(x), -800.0 * alpha), alpha)
    return m.where(x > 0, 1.0, m.mul_exp(1.0 + rest, ratio))


celu = Activation(
    name="celu",
    aliases=("continuously_differentiable_elu",),
    family="exponential",
    summary="ELU with its exponential stretched, so that the derivative stays continuous.",
    f=_celu,
    df=_celu_derivative,
    formula=r"\begin{cases}x & x > 0\\ \alpha (e^{x/\alpha} - 1) & x \le 0\end{cases}",
    derivative_formula=r"\begin{cases}1 & x > 0\\ e^{x/\alpha} & x \le 0\end{cases}",
    parameters=(Parameter("alpha", 1.0, _NOT_ZERO, "α: −α is the limit for x → −∞"),),
    range=lambda p: Range(-p.alpha, math.inf),
    monotonic="increasing",
    smoothness=1,
    lipschitz=1.0,
    elsewhere=Names(
        torch="torch.nn.CELU",
        functional="torch.nn.functional.celu",
        jax="jax.nn.celu",
        keras="celu",
        onnx="Celu",
    ),
    papers=(
        Paper(
            "Barron",
            2017,
            "Continuously differentiable exponential linear units",
            "arXiv:1704.07483",
        ),
    ),
    use="Where ELU is wanted with α ≠ 1.",
    pitfalls="Closed below about −7 α.",
)
