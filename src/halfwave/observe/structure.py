"""One walk from a loss back through the graph: roles of sites, order of parameters.

A site's role is decided by what consumes it. What reaches the loss without
passing another layer is the *output*, or the *loss* itself where nothing but
sums and scalings follow (a hinge). What is multiplied by another signal is a
*gate*; a softmax that weighs a product of two signals is *attention*. All else
is *hidden*.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from torch import Tensor

from halfwave.observe.graph import leaf_behind
from halfwave.observe.private import output_shape, sequence_number

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["MARK", "Reached", "Structure", "walk"]

#: Key under which a graph node's metadata names the site that made it.
MARK = "halfwave_site"

# nodes visited at most; a walk that meets more says nothing of what lies behind
_MOST = 30_000

State = Literal["scaled", "compared", "layered"]
Context = Literal["plain", "gate", "attention"]

_SCALINGS = (
    "Mean",
    "Sum",
    "Add",
    "Mul",
    "Div",
    "Neg",
    "Pow",
    "Abs",
    "Sqrt",
    "View",
    "UnsafeView",
    "ReshapeAlias",
    "Squeeze",
    "Unsqueeze",
    "Select",
    "Stack",
    "Cat",
    "ToCopy",
    "Clone",
)
_LAYERS = (
    "Addmm",
    "Mm",
    "Linear",
    "Addmv",
    "Mv",
    "Bmm",
    "Baddbmm",
    "Convolution",
    "MkldnnConvolution",
    "CudnnConvolution",
    "SlowConv",
    "NativeBatchNorm",
    "CudnnBatchNorm",
    "NativeLayerNorm",
    "NativeGroupNorm",
    "FusedRmsNorm",
    "Embedding",
    "CudnnRnn",
    "MkldnnRnn",
    "ScaledDotProduct",
)
# carry a signal on to its consumer as it is, for the question of who consumes it
_CARRIERS = (
    "View",
    "UnsafeView",
    "ReshapeAlias",
    "Expand",
    "Transpose",
    "Permute",
    "Clone",
    "ToCopy",
    "NativeDropout",
    "Squeeze",
    "Unsqueeze",
    "Slice",
    "Select",
    "Topk",
    "Gather",
    "Index",
    "Div",  # by a sum: weights that are normalised again
)


@dataclass(slots=True)
class Reached:
    """How the loss was seen to reach one site."""

    states: set[State] = field(default_factory=set[State])
    contexts: set[Context] = field(default_factory=set[Context])


@dataclass(slots=True)
class Structure:
    """What one walk found."""

    sites: dict[int, Reached] = field(default_factory=dict[int, Reached])
    leaves: list[tuple[Tensor, int]] = field(default_factory=list[tuple[Tensor, int]])
    complete: bool = True


def _is_signal(node: Any) -> bool:
    """Whether the node carries a signal, not a mere parameter."""
    return node is not None and leaf_behind(node) is None


def _step(name: str, node: Any, state: State, context: Context) -> tuple[State, Context]:
    """Return what holds for the inputs of `node`, given what holds for its output."""
    children = [child for child, _ in node.next_functions]
    signals = sum(_is_signal(child) for child in children[:2])
    if name.startswith(_LAYERS):
        product = name.startswith(("Bmm", "Baddbmm", "Mm")) and signals == 2
        return "layered", "attention" if product else "plain"
    if state == "scaled" and not name.startswith(_SCALINGS):
        # one loss less another is a loss; an output less a target is not
        differs = name.startswith(("Sub", "Rsub")) and output_shape(node) == ()
        state = "scaled" if differs else "compared"
    if name.startswith("Mul"):
        if signals == 2:
            return state, "gate"
        return state, context  # dropout on a CPU, or a scale
    if name.startswith(("Add", "Sub", "Rsub")) and signals == 1:
        return state, context  # a constant is added: x * (1 + tanh(x)), a GELU by hand
    return state, context if name.startswith(_CARRIERS) else "plain"


def walk(roots: Iterable[Any]) -> Structure:
    """Walk back from the ``grad_fn`` of each loss.

    Parameters
    ----------
    roots : iterable of torch.autograd.graph.Node

    Returns
    -------
    Structure
        Of every marked site how it was reached; the leaves that take a
        gradient, each with its place in the forward order (smaller is earlier).
    """
    found = Structure()
    queue: deque[tuple[Any, State, Context]] = deque((root, "scaled", "plain") for root in roots)
    seen: set[tuple[Any, State, Context]] = set(queue)
    leaves: dict[int, tuple[Tensor, int]] = {}
    while queue:
        node, state, context = queue.popleft()
        if len(seen) > _MOST:
            found.complete = False
            break
        name = type(node).__name__
        site = node.metadata.get(MARK) if node.metadata else None
        if site is not None:
            reached = found.sites.setdefault(site, Reached())
            reached.states.add(state)
            reached.contexts.add(context)
            context = "plain"
        after = _step(name, node, state, context)
        for child, _ in node.next_functions:
            if child is None:
                continue
            variable = getattr(child, "variable", None)
            if variable is not None and type(child).__name__ == "AccumulateGrad":
                order = sequence_number(node)
                known = leaves.get(id(variable))
                if known is None or order < known[1]:
                    leaves[id(variable)] = (variable, order)
                continue
            item = (child, *after)
            if item not in seen:
                seen.add(item)
                queue.append(item)
    found.leaves = sorted(leaves.values(), key=lambda pair: pair[1])
    return found
