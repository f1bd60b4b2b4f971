"""Functions of small groups of neighbouring channels, and those that double the channels."""

from __future__ import annotations

import math
from typing import Any, Final

from halfwave.activations.parameters import AXIS, Domain, Parameter
from halfwave.activations.properties import Paper, Range
from halfwave.activations.record import Activation

__all__ = ["bipolar_relu", "crelu", "groupsort", "lwta", "maxout", "mean_pooling"]

_AXIS: Final = Parameter("axis", -1, AXIS, "the axis of the channels", aliases=("dim",))
_SIZE: Final = Parameter("size", 2, Domain(low=1, integer=True), "how many channels form a group")
_NEEDS: Final = "an axis whose length is a multiple of the group's size"


def _groups(x: Any, axis: int, size: int) -> tuple[tuple[int, ...], tuple[int, ...], int]:
    """Shapes with the axis cut into groups, and with one number a group; the groups' axis."""
    axis = axis % x.ndim
    length = x.shape[axis]
    if length % size:
        raise ValueError(f"groups of {size} do not fit into axis {axis}, which has {length}")
    before, after = tuple(x.shape[:axis]), tuple(x.shape[axis + 1 :])
    return (*before, length // size, size, *after), (*before, length // size, *after), axis + 1


def _first_largest(m: Any, groups: Any, axis: int) -> Any:
    """1 at the largest of each group, the first of equals, else 0."""
    top = m.where(groups == m.max(groups, axis), 1.0, m.full_like(groups, 0.0))
    return m.where(m.cumsum(top, axis) == 1, top, 0.0)


def _maxout(m: Any, x: Any, *, size: int, axis: int) -> Any:
    cut, one, along = _groups(x, axis, size)
    return m.reshape(m.max(m.reshape(x, cut), along), one)


def _maxout_vjp(m: Any, x: Any, g: Any, *, size: int, axis: int) -> Any:
    cut, _, along = _groups(x, axis, size)
    top = _first_largest(m, m.reshape(x, cut), along)
    wide = (*cut[:along], 1, *cut[along + 1 :])
    return m.reshape(top * m.reshape(g, wide), tuple(x.shape))


maxout = Activation(
    name="maxout",
    aliases=("max_pooling", "max_pool", "channel_max"),
    family="grouping",
    shape="folding",
    summary="The largest of each group of neighbouring channels.",
    f=_maxout,
    vjp_of=_maxout_vjp,
    formula=r"\max_{j \in G_i} x_j",
    derivative_formula=r"\frac{\partial y_i}{\partial x_j} = [j = \arg\max_{k \in G_i} x_k]",
    parameters=(_SIZE, _AXIS),
    range=Range(-math.inf, math.inf),
    monotonic="non-decreasing",
    smoothness=0,
    lipschitz=1.0,
    needs=_NEEDS,
    papers=(
        Paper(
            "Goodfellow, Warde-Farley, Mirza, Courville, Bengio", 2013, "Maxout networks", "ICML"
        ),
    ),
    use="With dropout; each unit learns its own convex activation.",
    pitfalls="Divides the width by the group's size: the layer before needs that many more weights."
    " Of equal channels only the first gets the gradient.",
)


def _mean(m: Any, x: Any, *, size: int, axis: int) -> Any:
    cut, one, along = _groups(x, axis, size)
    return m.reshape(m.sum(m.reshape(x, cut), along), one) / size


def _mean_vjp(m: Any, x: Any, g: Any, *, size: int, axis: int) -> Any:
    cut, _, along = _groups(x, axis, size)
    wide = (*cut[:along], 1, *cut[along + 1 :])
    share = m.reshape(g, wide) / size
    return m.reshape(share + 0.0 * m.full_like(m.reshape(x, cut), 1.0), tuple(x.shape))


mean_pooling = Activation(
    name="mean_pooling",
    aliases=("average_pooling", "avg_pooling", "avg_pool", "mean_pool"),
    family="grouping",
    shape="folding",
    summary="The mean of each group of neighbours.",
    f=_mean,
    vjp_of=_mean_vjp,
    formula=r"\frac{1}{|G_i|} \sum_{j \in G_i} x_j",
    derivative_formula=r"\frac{\partial y_i}{\partial x_j} = \frac{[j \in G_i]}{|G_i|}",
    parameters=(_SIZE, _AXIS),
    range=Range(-math.inf, math.inf),
    monotonic="increasing",
    lipschitz=lambda p: 1.0 / math.sqrt(p.size),
    needs=_NEEDS,
    use="Making a signal shorter; the gradient reaches every input.",
    pitfalls="Linear: it smooths peaks away, and adds nothing to the layer before it.",
)


def _lwta(m: Any, x: Any, *, size: int, axis: int) -> Any:
    cut, _, along = _groups(x, axis, size)
    groups = m.reshape(x, cut)
    loses = _first_largest(m, groups, along) == 0
    winners = m.where(loses & (groups == groups), 0.0, groups)  # noqa: PLR0124 - false for nan
    return m.reshape(winners, tuple(x.shape))


def _lwta_vjp(m: Any, x: Any, g: Any, *, size: int, axis: int) -> Any:
    cut, _, along = _groups(x, axis, size)
    top = _first_largest(m, m.reshape(x, cut), along)
    return m.reshape(m.where(top == 1, m.reshape(g, cut), 0.0), tuple(x.shape))


lwta = Activation(
    name="lwta",
    aliases=("local_winner_takes_all",),
    family="grouping",
    shape="folding",
    summary="In each group the largest channel passes; the others become 0.",
    f=_lwta,
    vjp_of=_lwta_vjp,
    formula=r"x_i\,[i = \arg\max_{k \in G(i)} x_k]",
    derivative_formula=r"\frac{\partial y_i}{\partial x_j} ="
    r" \delta_{ij}\,[i = \arg\max_{k \in G(i)} x_k]",
    parameters=(_SIZE, _AXIS),
    range=Range(-math.inf, math.inf),
    monotonic="no",
    smoothness=-1,
    lipschitz=math.inf,
    sparse=True,
    needs=_NEEDS,
    papers=(
        Paper(
            "Srivastava, Masci, Kazerounian, Gomez, Schmidhuber",
            2013,
            "Compete to compute",
            "NeurIPS",
        ),
    ),
    use="Continual learning, and layers with a fixed share of zeros.",
    pitfalls="A channel that never wins gets no gradient; outputs jump where the winner changes.",
)


def _groupsort(m: Any, x: Any, *, size: int, axis: int) -> Any:
    cut, _, along = _groups(x, axis, size)
    return m.reshape(m.sort(m.reshape(x, cut), along), tuple(x.shape))


def _groupsort_vjp(m: Any, x: Any, g: Any, *, size: int, axis: int) -> Any:
    cut, _, along = _groups(x, axis, size)
    column = (*cut[: along + 1], 1, *cut[along + 1 :])  # of each element, against …
    row = (*cut[:along], 1, *cut[along:])  # … all of its group
    mine, others = m.reshape(x, column), m.reshape(x, row)
    zero = m.full_like(mine - others, 0.0)
    number = m.arange_like(zero, along)
    before = (others < mine) | ((others == mine) & (m.arange_like(zero, along + 1) < number))
    place = 1.0 + m.sum(m.where(before, 1.0, zero), along + 1)
    goes = m.where(place == m.arange_like(zero, along + 1), m.reshape(g, row), zero)
    return m.reshape(m.sum(goes, along + 1), tuple(x.shape))


groupsort = Activation(
    name="groupsort",
    aliases=("maxmin", "group_sort", "orthogonal_permutation"),
    family="grouping",
    shape="folding",
    summary="Sorts each group of neighbouring channels in ascending order.",
    f=_groupsort,
    vjp_of=_groupsort_vjp,
    formula=r"\operatorname{sort}(x_{G_1}), \operatorname{sort}(x_{G_2}), \dots",
    derivative_formula=r"\frac{\partial y_i}{\partial x_j} ="
    r" [x_j \text{ takes place } i \text{ of its group}]",
    parameters=(_SIZE, _AXIS),
    range=Range(-math.inf, math.inf),
    monotonic="non-decreasing",
    smoothness=0,
    lipschitz=1.0,
    needs=_NEEDS,
    papers=(
        Paper("Anil, Lucas, Grosse", 2019, "Sorting out Lipschitz function approximation", "ICML"),
    ),
    use="Networks with a bounded Lipschitz constant: it keeps the gradient's norm exactly.",
    pitfalls="Slower than ReLU; sorts neighbours, so the order of channels matters.",
)


def _crelu(m: Any, x: Any, *, axis: int) -> Any:
    return m.concat([m.where(x <= 0, 0.0, x), m.where(x >= 0, 0.0, -x)], axis)  # nan stays


def _crelu_vjp(m: Any, x: Any, g: Any, *, axis: int) -> Any:
    index: list[Any] = [slice(None)] * x.ndim
    index[axis] = slice(0, x.shape[axis])
    up = g[tuple(index)]
    index[axis] = slice(x.shape[axis], None)
    return m.where(x > 0, up, 0.0) - m.where(x < 0, g[tuple(index)], 0.0)


crelu = Activation(
    name="crelu",
    aliases=("concatenated_relu",),
    family="grouping",
    summary="ReLU of the input and of its negative, side by side.",
    f=_crelu,
    vjp_of=_crelu_vjp,
    formula=r"[\max(0, x),\ \max(0, -x)]",
    derivative_formula=r"g^+\,[x > 0] - g^-\,[x < 0]",
    parameters=(_AXIS,),
    range=Range(0.0, math.inf, (True, False)),
    monotonic="no",
    smoothness=0,
    lipschitz=1.0,
    sparse=True,
    needs="an axis of channels, which doubles in length",
    papers=(
        Paper(
            "Shang, Sohn, Almeida, Lee",
            2016,
            "Understanding and improving convolutional neural networks via concatenated rectified"
            " linear units",
            "ICML",
        ),
    ),
    use="First convolutional layers, whose filters otherwise come in pairs of opposite sign.",
    pitfalls="Doubles the channels: the layer after it needs twice the weights.",
)


def _odd(m: Any, x: Any, axis: int) -> Any:
    """Whether a channel has an odd number, counted from 0."""
    number = m.arange_like(x, axis) - 1.0
    half = 0.5 * number
    # an odd number's half is not whole: its double angle on the circle differs
    return m.cos(6.283185307179586 * half) < 0


def _bipolar_relu(m: Any, x: Any, *, axis: int) -> Any:
    odd = _odd(m, x, axis)
    stops = (odd & (x > 0)) | ((x < 0) & ~odd)
    return m.where(stops, 0.0, x)


def _bipolar_relu_vjp(m: Any, x: Any, g: Any, *, axis: int) -> Any:
    odd = _odd(m, x, axis)
    passes = (odd & (x < 0)) | ((x > 0) & ~odd)
    return m.where(passes, g, 0.0)


bipolar_relu = Activation(
    name="bipolar_relu",
    aliases=("brelu",),
    family="grouping",
    summary="ReLU for even channels, its mirror image min(x, 0) for odd ones.",
    f=_bipolar_relu,
    vjp_of=_bipolar_relu_vjp,
    formula=r"\begin{cases}\max(0, x_i) & i \text{ even}\\ \min(0, x_i) & i \text{ odd}\end{cases}",
    derivative_formula=r"\begin{cases}[x_i > 0] & i \text{ even}\\"
    r" [x_i < 0] & i \text{ odd}\end{cases}",
    parameters=(_AXIS,),
    range=Range(-math.inf, math.inf),
    monotonic="non-decreasing",
    smoothness=0,
    lipschitz=1.0,
    sparse=True,
    needs="an axis of channels, whose numbers say which half passes",
    papers=(
        Paper(
            "Eidnes, Nøkland",
            2017,
            "Shifting mean activation towards zero with bipolar activation functions",
            "arXiv:1709.04054",
        ),
    ),
    use="Deep networks without normalisation: the mean over channels stays near 0.",
    pitfalls="Units die as with ReLU, on either side.",
)
