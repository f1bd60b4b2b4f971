"""By which ways a signal reaches a tensor: back through the graph to the nearest layers."""

from __future__ import annotations

import re
from collections import deque
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from torch import Tensor, nn

from halfwave.observe.graph import leaf_behind
from halfwave.observe.structure import MARK
from halfwave.recording import LayerKind, Link

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MADE_BY", "NAMED", "kind_of", "links_to", "weight_and_signals"]

#: Key under which a graph node's metadata names the operation that made it.
NAMED: Final = "halfwave_operation"
#: … and names the layer that put it out, where that is one call of many operations: its number,
#: and the activation it ended with ("": gates). The graph shows torch's way of computing it.
MADE_BY: Final = "halfwave_layer"

# nodes looked at behind one tensor, and ways that are kept of it
_FAR: Final = 160
_MOST: Final = 8
_LONGEST: Final = 24

_LINEAR: Final = ("Addmm", "Mm", "Linear", "Addmv", "Mv", "Bmm", "Baddbmm")
_CONVOLUTIONS: Final = (
    "Convolution",
    "MkldnnConvolution",
    "CudnnConvolution",
    "MpsConvolution",
    "SlowConv",
    "ThnnConv",
    "ConvDepthwise",
)
# names that torch gives one operation, or none worth saying
_SHORT: Final = (
    ("NativeBatchNorm", "batch_norm"),
    ("CudnnBatchNorm", "batch_norm"),
    ("MiopenBatchNorm", "batch_norm"),
    ("NativeLayerNorm", "layer_norm"),
    ("NativeGroupNorm", "group_norm"),
    ("FusedRmsNorm", "rms_norm"),
    ("MaxPool", "max_pool"),
    ("AdaptiveMaxPool", "max_pool"),
    ("AvgPool", "avg_pool"),
    ("AdaptiveAvgPool", "avg_pool"),
    ("MkldnnAdaptiveAvgPool", "avg_pool"),
    ("NativeDropout", "dropout"),
    ("FusedDropout", "dropout"),
    ("ScaledDotProduct", "attention"),
    ("Upsample", "upsample"),
)
_SILENT: Final = """
    view unsafe_view reshape_alias t transpose permute expand squeeze unsqueeze slice
    select split split_with_sizes chunk to_copy alias clone as_strided unbind contiguous
    copy_slices copy index index_select gather unfold swapdims swapaxes movedim flatten
    unflatten narrow error accumulate_grad
"""
_TWO: Final = {"mul": "product", "bmm": "product", "mm": "product", "baddbmm": "product"}
_ONE: Final = {"mul": "scale", "div": "scale", "add": "", "sub": "", "rsub": "", "neg": "scale"}


def links_to(
    node: Any,
    layer_of: Callable[[Tensor, LayerKind], int],
    activation_of: Callable[[int], str],
) -> tuple[Link, ...]:
    """Return the ways from the nearest layers to what `node` put out.

    Parameters
    ----------
    node : torch.autograd.graph.Node or None
    layer_of : callable
        Gives the number of the layer with a weight; makes it if it is new.
    activation_of : callable
        Gives the name of the activation that a marked node stands for.

    Returns
    -------
    tuple of Link
        Empty where the graph does not tell.
    """
    if node is None:
        return ()
    found: dict[Link, None] = {}
    queue: deque[tuple[Any, tuple[str, ...]]] = deque([(node, ())])
    seen = {node}
    while queue and len(seen) < _FAR and len(found) < _MOST:
        node, passed = queue.popleft()
        name = operation(node)
        made_by = node.metadata.get(MADE_BY) if node.metadata else None
        if made_by is not None:
            number, last = made_by
            found[Link(number, (last, *passed) if last else passed)] = None
            continue
        if name == "opaque":  # compiled, or a Function of the program's own
            return () if _is_compiled(node) else _continued(found, passed)
        weight, signals = weight_and_signals(node)
        if weight is not None:
            found[Link(layer_of(weight, kind_of(node)), passed)] = None
            continue
        step = _said(node, name, signals, activation_of)
        after = (step, *passed) if step and len(passed) < _LONGEST else passed
        if name == "alias" and node.metadata and MARK in node.metadata:
            # what a subclass of tensors puts out is an alias of what torch has computed
            signals = [below for child in signals for below in weight_and_signals(child)[1]]
        if not signals:
            found.setdefault(Link(None, after))
        for child in signals:
            if child not in seen:
                seen.add(child)
                queue.append((child, after))
    return tuple(found)


def _continued(found: dict[Link, None], passed: tuple[str, ...]) -> tuple[Link, ...]:
    return (*found, Link(None, ("function", *passed)))


@cache
def _silent() -> frozenset[str]:
    return frozenset(_SILENT.split())


def _said(node: Any, name: str, signals: list[Any], activation_of: Callable[[int], str]) -> str:
    """Return what a link says of an operation, "" for nothing."""
    metadata = node.metadata
    if metadata:
        site = metadata.get(MARK)
        if site is not None:
            return activation_of(site)
        if NAMED in metadata:
            return metadata[NAMED]
    if name in _silent():
        return ""
    table = _TWO if len(signals) > 1 else _ONE
    return table.get(name, name)


def weight_and_signals(node: Any) -> tuple[Tensor | None, list[Any]]:
    """Return the weight of a layer's node (None: it is no layer), and the nodes of its signals."""
    children = [child for child, _ in node.next_functions if child is not None]
    if not _is_layer(type(node).__name__):
        return None, [child for child in children if not _is_parameter(child)]
    leaves = [(child, _parameter_behind(child)) for child in children]
    signals = [child for child, leaf in leaves if leaf is None]
    # a network's input may be a leaf too, and a learned query a parameter: the weight comes last
    ranked = [
        (isinstance(leaf, nn.Parameter), leaf.dim() > 1, at)
        for at, (_, leaf) in enumerate(leaves)
        if leaf is not None
    ]
    return (leaves[max(ranked)[2]][1] if ranked else None), signals


@cache
def _is_layer(name: str) -> bool:
    return name.startswith((*_LINEAR, *_CONVOLUTIONS, "Embedding", "MkldnnRnn", "CudnnRnn"))


def kind_of(node: Any) -> LayerKind:
    """Return what kind of layer a node belongs to."""
    name = type(node).__name__
    if name.startswith(_CONVOLUTIONS):
        return "convolution"
    if name.startswith("Embedding"):
        return "embedding"
    return "recurrent" if "Rnn" in name else "linear"


@cache
def _operation(name: str) -> str:
    for start, short in _SHORT:
        if name.startswith(start):
            return short
    if not re.search(r"Backward\d+$", name) and name != "AccumulateGrad":
        # what a Python class makes has no number: a Function of the program's, or compiled code
        known = name in ("CopySlices", "CopyBackwards", "Error")
        return "copy" if known else "opaque"
    name = re.sub(r"Backward\d+$", "", name)
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().rstrip("_")


def operation(node: Any) -> str:
    """Return torch's name of the operation in lower case: "log_softmax"."""
    return _operation(type(node).__name__)


def _is_compiled(node: Any) -> bool:
    return "Compiled" in type(node).__name__


def _is_parameter(node: Any) -> bool:
    leaf = leaf_behind(node)
    return leaf is not None and (isinstance(leaf, nn.Parameter) or leaf.dim() > 0)


def _parameter_behind(node: Any, hops: int = 24) -> Tensor | None:
    """Return a leaf that `node` is computed from, if it is computed from leaves alone.

    Weight norm and its kin compute a weight from several leaves.
    """
    leaf = leaf_behind(node)
    if leaf is not None:
        return leaf
    largest: Tensor | None = None
    queue = [node]
    while queue and hops:
        hops -= 1
        for child, _ in queue.pop().next_functions:
            if child is None:
                continue
            variable = getattr(child, "variable", None)
            if variable is None:
                if _is_layer(type(child).__name__):
                    return None  # a signal
                queue.append(child)
            elif largest is None or variable.numel() > largest.numel():
                largest = variable
    return None if queue else largest
