"""Shares of one with exact zeros, and other maps of a whole axis."""

from __future__ import annotations

import math
from typing import Any, Final

from halfwave.activations.parameters import AXIS, Parameter
from halfwave.activations.properties import Names, Paper, Range
from halfwave.activations.record import Activation

__all__ = ["entmax15", "softmax_one", "sparsemax", "squash", "taylor_softmax"]

_AXIS: Final = Parameter("axis", -1, AXIS, "the axis that is shared out", aliases=("dim",))
_NEEDS: Final = "an axis of scores"


def _sparsemax(m: Any, x: Any, *, axis: int) -> Any:
    z = x - m.max(x, axis)
    ranked = -m.sort(-z, axis)
    inside = 1.0 + m.arange_like(z, axis) * ranked > m.cumsum(ranked, axis)
    count = m.sum(m.where(inside, 1.0, m.full_like(z, 0.0)), axis)
    threshold = (m.sum(m.where(inside, ranked, 0.0), axis) - 1.0) / count
    share = z - threshold
    return m.where(share <= 0, 0.0, share)  # nan stays


def _sparsemax_vjp(m: Any, x: Any, g: Any, *, axis: int) -> Any:
    kept = _sparsemax(m, x, axis=axis) > 0
    count = m.sum(m.where(kept, 1.0, m.full_like(x, 0.0)), axis)
    mean = m.sum(m.where(kept, g, 0.0), axis) / count
    return m.where(kept, g - mean, 0.0)


sparsemax = Activation(
    name="sparsemax",
    family="softmax",
    shape="folding",
    summary="The nearest shares of one to the scores: small scores get exactly 0.",
    f=_sparsemax,
    vjp_of=_sparsemax_vjp,
    formula=r"\arg\min_{p \in \Delta} \lVert p - x \rVert^2 = \max(x - \tau, 0)",
    derivative_formula=r"\frac{\partial p_i}{\partial x_j} ="
    r" \delta_{ij} - \frac{1}{|S|} \text{ on the support } S",
    parameters=(_AXIS,),
    range=Range(0.0, 1.0, (True, True)),
    monotonic="non-decreasing",
    smoothness=0,
    lipschitz=1.0,
    sparse=True,
    needs=_NEEDS,
    elsewhere=Names(keras="sparsemax"),
    papers=(
        Paper(
            "Martins, Astudillo",
            2016,
            "From softmax to sparsemax: a sparse model of attention and multi-label classification",
            "ICML",
        ),
    ),
    use="Attention that should point at few places, and be read.",
    pitfalls="A score outside the support gets no gradient; needs a loss of its own in place of"
    " cross entropy, whose logarithm of 0 is infinite.",
)


def _entmax15_root(m: Any, x: Any, axis: int) -> Any:
    """The square roots of entmax-1.5's shares: max(x/2 − τ, 0)."""
    z = 0.5 * (x - m.max(x, axis))
    ranked = -m.sort(-z, axis)
    count = m.arange_like(z, axis)
    mean = m.cumsum(ranked, axis) / count
    spread = m.cumsum(ranked * ranked, axis) - count * mean * mean
    room = (1.0 - spread) / count
    positive = room > 0
    step = m.where(positive, m.sqrt(m.where(positive, room, 1.0)), 0.0)
    inside = mean - step <= ranked
    size = m.sum(m.where(inside, 1.0, m.full_like(z, 0.0)), axis)
    threshold = m.sum(m.where(count == size, mean - step, 0.0), axis)
    root = z - threshold
    return m.where(root <= 0, 0.0, root)  # nan stays


def _entmax15(m: Any, x: Any, *, axis: int) -> Any:
    root = _entmax15_root(m, x, axis)
    return root * root


def _entmax15_vjp(m: Any, x: Any, g: Any, *, axis: int) -> Any:
    root = _entmax15_root(m, x, axis)
    back = g * root
    return back - root * (m.sum(back, axis) / m.sum(root, axis))


entmax15 = Activation(
    name="entmax15",
    aliases=("entmax", "entmax_1.5"),
    family="softmax",
    shape="folding",
    summary="Halfway between softmax and sparsemax: exact zeros, but smooth.",
    f=_entmax15,
    vjp_of=_entmax15_vjp,
    formula=r"\max(x/2 - \tau, 0)^2, \quad \tau \text{ such that the sum is } 1",
    derivative_formula=r"\frac{\partial p_i}{\partial x_j} ="
    r" \delta_{ij} s_i - \frac{s_i s_j}{\sum_k s_k}, \quad s_i = \sqrt{p_i}",
    parameters=(_AXIS,),
    range=Range(0.0, 1.0, (True, True)),
    monotonic="non-decreasing",
    smoothness=1,
    lipschitz=1.0,
    sparse=True,
    needs=_NEEDS,
    papers=(Paper("Peters, Niculae, Martins", 2019, "Sparse sequence-to-sequence models", "ACL"),),
    use="Attention and outputs that should rule most choices out.",
    pitfalls="A score far below the largest gets no gradient; slower than softmax, as it sorts.",
)


def _softmax_one(m: Any, x: Any, *, axis: int) -> Any:
    top = m.positive_part(m.max(x, axis))
    z = m.exp(x - top)
    return z / (m.exp(-top) + m.sum(z, axis))


def _softmax_one_vjp(m: Any, x: Any, g: Any, *, axis: int) -> Any:
    s = _softmax_one(m, x, axis=axis)
    return s * (g - m.sum(g * s, axis))


softmax_one = Activation(
    name="softmax_one",
    aliases=("softmax1", "softmax_plus_one", "quiet_softmax"),
    family="softmax",
    shape="folding",
    summary="Softmax with a silent extra score of 0, so that all shares may be small.",
    f=_softmax_one,
    vjp_of=_softmax_one_vjp,
    formula=r"\frac{e^{x_i}}{1 + \sum_j e^{x_j}}",
    derivative_formula=r"\frac{\partial s_i}{\partial x_j} = s_i (\delta_{ij} - s_j)",
    parameters=(_AXIS,),
    range=Range(0.0, 1.0),
    monotonic="increasing",
    lipschitz=0.5,
    needs=_NEEDS,
    use="Attention that may look at nothing, which keeps weights and activations small.",
    pitfalls="Weights trained with softmax do not carry over; shares do not sum to one.",
)


def _terms(x: Any) -> Any:
    return 1.0 + x * (1.0 + 0.5 * x)


def _taylor_softmax(m: Any, x: Any, *, axis: int) -> Any:
    terms = _terms(x)
    return terms / m.sum(terms, axis)


def _taylor_softmax_vjp(m: Any, x: Any, g: Any, *, axis: int) -> Any:
    terms = _terms(x)
    total = m.sum(terms, axis)
    return (1.0 + x) / total * (g - m.sum(g * terms, axis) / total)


taylor_softmax = Activation(
    name="taylor_softmax",
    family="softmax",
    shape="folding",
    summary="Softmax with the exponential's first three terms in its place.",
    f=_taylor_softmax,
    vjp_of=_taylor_softmax_vjp,
    formula=r"\frac{1 + x_i + x_i^2/2}{\sum_j (1 + x_j + x_j^2/2)}",
    derivative_formula=r"\frac{\partial s_i}{\partial x_j} ="
    r" \frac{1 + x_j}{\sum_k t_k} (\delta_{ij} - s_i), \quad t_k = 1 + x_k + x_k^2/2",
    parameters=(_AXIS,),
    range=Range(0.0, 1.0),
    monotonic="no",
    lipschitz=1.0,
    needs=_NEEDS,
    papers=(
        Paper(
            "de Brébisson, Vincent",
            2016,
            "An exploration of softmax alternatives belonging to the spherical loss family",
            "ICLR",
        ),
    ),
    use="Classes with many outputs, where exponentials are dear.",
    pitfalls="Scores below −1 count upwards again: the shares do not keep the order of the scores.",
)


def _squash(m: Any, x: Any, *, axis: int) -> Any:
    square = m.sum(x * x, axis)
    return x * (m.sqrt(square) / (1.0 + square))


def _squash_vjp(m: Any, x: Any, g: Any, *, axis: int) -> Any:
    square = m.sum(x * x, axis)
    some = square > 0
    length = m.where(some, m.sqrt(m.where(some, square, 1.0)), 0.0)
    bend = (1.0 - square) / ((1.0 + square) * (1.0 + square))
    along = m.sum(g * x, axis) / m.where(some, length, 1.0)
    return g * (length / (1.0 + square)) + x * (along * bend)


squash = Activation(
    name="squash",
    aliases=("capsule_squash",),
    family="folding",
    shape="folding",
    summary="Shortens a vector to a length below one, and keeps its direction.",
    f=_squash,
    vjp_of=_squash_vjp,
    formula=r"\frac{\lVert x \rVert^2}{1 + \lVert x \rVert^2}\,\frac{x}{\lVert x \rVert}",
    derivative_formula=r"c\,g + \frac{x\,(x \cdot g)}{\lVert x \rVert}"
    r" \frac{1 - \lVert x \rVert^2}{(1 + \lVert x \rVert^2)^2}, \quad"
    r" c = \frac{\lVert x \rVert}{1 + \lVert x \rVert^2}",
    parameters=(Parameter("axis", -1, AXIS, "the axis of the vectors", aliases=("dim",)),),
    range=Range(-1.0, 1.0),
    monotonic="no",
    smoothness=1,
    lipschitz=3.0 * math.sqrt(3.0) / 8.0,
    needs="an axis along which the vectors lie",
    papers=(Paper("Sabour, Frosst, Hinton", 2017, "Dynamic routing between capsules", "NeurIPS"),),
    use="Capsule networks: a vector's length stands for the probability that a thing is there.",
    pitfalls="Short vectors get small gradients, which shrink further from layer to layer.",
)
