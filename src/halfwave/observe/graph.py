"""What the autograd graph behind a tensor says: its feature dimension, its producer.

The graph is walked backwards from the tensor. A layer with a weight tells
where its features are; every operation between it and the tensor is undone in
terms of that dimension. Where an operation makes it ambiguous the answer is
None: nothing is guessed from the rank.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from halfwave.observe.private import output_shape

__all__ = ["VIEWS", "Origin", "leaf_behind", "origin"]

# nodes looked at before giving up; residual networks stay far below it
_FAR = 200

_PRODUCTS = {"AddmmBackward0", "MmBackward0", "LinearBackward0", "AddmvBackward0", "MvBackward0"}
_CONVOLUTIONS = (
    "ConvolutionBackward",
    "MkldnnConvolution",
    "CudnnConvolution",
    "MpsConvolution",
    "SlowConv",
    "ThnnConv",
    "ConvDepthwise",
)
_CHANNEL_NORMS = (
    "NativeBatchNorm",
    "CudnnBatchNorm",
    "MiopenBatchNorm",
    "BatchNorm",
    "NativeGroupNorm",
)
_LAST_NORMS = ("NativeLayerNorm", "RmsNorm", "FusedRmsNorm", "NativeRmsNorm")
_POOLS = ("MaxPool", "AvgPool", "AdaptiveAvgPool", "AdaptiveMaxPool", "MkldnnAdaptiveAvgPool")
_RESHAPES = (
    "View",
    "UnsafeView",
    "ReshapeAlias",
    "ReshapeCopy",
    "Squeeze",
    "Unsqueeze",
    "Flatten",
    "Unflatten",
)
VIEWS = (
    "TBackward",
    "TransposeBackward",
    "PermuteBackward",
    "ViewBackward",
    "UnsafeViewBackward",
    "ReshapeAliasBackward",
    "ExpandBackward",
    "SqueezeBackward",
    "UnsqueezeBackward",
    "SliceBackward",
    "SelectBackward",
    "SplitBackward",
    "ChunkBackward",
    "ToCopyBackward",
    "AliasBackward",
    "CloneBackward",
    "AsStridedBackward",
    "UnbindBackward",
)
_REDUCTIONS = (
    "MeanBackward",
    "SumBackward",
    "AmaxBackward",
    "MaxBackward",
    "LogsumexpBackward",
    "LinalgVectorNormBackward",
)

Origin = tuple[int | None, Tensor | None]

#: Under which a node remembers its own.
_ORIGIN = "halfwave_origin"


def _name(node: Any) -> str:
    return type(node).__name__


def leaf_behind(node: Any, hops: int = 6) -> Tensor | None:
    """Return the leaf that reaches `node` through views and casts only, or None."""
    while node is not None and hops:
        if _name(node) == "AccumulateGrad":
            return node.variable
        if not _name(node).startswith(VIEWS):
            return None
        node, hops = node.next_functions[0][0], hops - 1
    return None


def _leaf_of_weight(node: Any, hops: int = 12) -> Tensor | None:
    """Return a leaf that a layer's weight is computed from, or None.

    Weight norm and its kin compute a weight from several leaves: any of them
    names the layer. The walk stops at nothing, so `node` must be a weight.
    """
    if node is None or not hops:
        return None
    if _name(node) == "AccumulateGrad":
        return node.variable
    for child, _ in node.next_functions:
        if (leaf := _leaf_of_weight(child, hops - 1)) is not None:
            return leaf
    return None


def _through_reshape(before: tuple[int, ...], dim: int, after: tuple[int, ...]) -> int | None:
    """Follow dimension `dim` of shape `before` into a view of shape `after`."""
    size, behind = before[dim], 1
    for other in before[dim + 1 :]:
        behind *= other
    inner = 1
    for at in range(len(after) - 1, -1, -1):
        if after[at] == size and inner == behind:
            return at
        outer = inner * after[at]
        if inner <= behind and behind * size <= outer and after[at] > 1:
            return at  # merged with its neighbours: each element there is a unit
        inner = outer
    return None


class _Walk:
    """One walk; counts the nodes it looks at."""

    def __init__(self) -> None:
        self.left = _FAR

    def resolve(self, node: Any) -> Origin:  # noqa: PLR0911 – one case a kind of node
        """Return (dimension of the features in the node's output, weight behind it)."""
        self.left -= 1
        if node is None or self.left < 0:
            return None, None
        name, shape = _name(node), output_shape(node)
        if shape is None or name == "AccumulateGrad":
            return None, None
        if name in _PRODUCTS:
            return self._product(node, name, shape)
        if name.startswith(_CONVOLUTIONS):
            return min(1, len(shape) - 1), self._weight(node, (1, 2))
        if name.startswith(("BmmBackward", "BaddbmmBackward")):
            leaves = [leaf_behind(child) for child, _ in node.next_functions]
            weight = next((leaf for leaf in reversed(leaves) if leaf is not None), None)
            return (None, None) if weight is None else (len(shape) - 1, weight)
        if name.startswith("Embedding"):
            return len(shape) - 1, self._weight(node, (0,))
        if name.startswith("Trilinear"):  # nn.Bilinear
            return len(shape) - 1, self._weight(node, (1,))
        if "Rnn" in name or "Lstm" in name or "Gru" in name:
            return len(shape) - 1, None
        if name.startswith((*_CHANNEL_NORMS, *_LAST_NORMS)):
            return self._norm(node, name, shape)
        return self._remembered(node, name, shape)

    @staticmethod
    def _weight(node: Any, places: tuple[int, ...]) -> Tensor | None:
        """Return the weight among the inputs of a layer's node."""
        children = [node.next_functions[at][0] for at in places if at < len(node.next_functions)]
        for child in children:
            if (leaf := leaf_behind(child)) is not None:
                return leaf
        return next((leaf for c in children[:1] if (leaf := _leaf_of_weight(c)) is not None), None)

    def _product(self, node: Any, name: str, shape: tuple[int, ...]) -> Origin:
        added = name.startswith("Add")  # addmm, addmv: the bias is the first child
        first, second = (1, 2) if added else (0, 1)
        if name == "LinearBackward0":
            return len(shape) - 1, self._weight(node, (1, 2))
        if name in {"AddmvBackward0", "MvBackward0"}:
            return 0, self._weight(node, (first,))
        children = [child for child, _ in node.next_functions]
        if leaf_behind(children[second]) is None:
            weight = leaf_behind(children[first])
            # F.linear puts its weight second; a leaf in front of it is an input, or w of w @ x
            if weight is not None and not (added and not isinstance(weight, nn.Parameter)):
                return 0, weight
        return 1, self._weight(node, (second,))

    def _norm(self, node: Any, name: str, shape: tuple[int, ...]) -> Origin:
        weights = [leaf_behind(child) for child, _ in node.next_functions[1:3]]
        weight = next((leaf for leaf in weights if leaf is not None), None)
        dim, before = (
            self.resolve(node.next_functions[0][0]) if node.next_functions else (None, None)
        )
        if dim is None:
            dim = min(1, len(shape) - 1) if name.startswith(_CHANNEL_NORMS) else len(shape) - 1
        return dim, weight if weight is not None else before

    def _remembered(self, node: Any, name: str, shape: tuple[int, ...]) -> Origin:
        """Return what `_carried` gives, for the next one of a chain of sums to find."""
        known = node.metadata.get(_ORIGIN)
        if known is None:
            known = self._carried(node, name, shape)
            if known[0] is not None:
                node.metadata[_ORIGIN] = known
        return known

    def _carried(self, node: Any, name: str, shape: tuple[int, ...]) -> Origin:
        """Follow an operation that makes no features: undo what it did to dimensions."""
        children = [child for child, _ in node.next_functions if child is not None]
        # children of the full shape first: the others are broadcast against it
        children.sort(key=lambda child: output_shape(child) != shape)
        for child in children[:4]:
            before = output_shape(child)
            dim, weight = self.resolve(child)
            if dim is None or before is None:
                continue
            mapped = self._forward(node, name, before, dim, shape)
            if mapped is not None:
                return mapped, weight
        if name.startswith(_RESHAPES):
            return self._same_shape_below(node, shape)
        if name.startswith(_POOLS) and len(shape) > 2:
            return 1, None
        return None, None

    def _forward(  # noqa: PLR0911 – one case a kind of node
        self, node: Any, name: str, before: tuple[int, ...], dim: int, shape: tuple[int, ...]
    ) -> int | None:
        if name.startswith(("ViewAsReal", "ViewAsComplex")):  # real and imaginary parts stand last
            return dim if dim < len(shape) else None
        if name.startswith(_RESHAPES):
            return _through_reshape(before, dim, shape)
        rank = len(before)
        if name.startswith(("TransposeBackward", "SwapaxesBackward", "SwapdimsBackward")):
            first, second = (_wrap(getattr(node, a), rank) for a in ("_saved_dim0", "_saved_dim1"))
            return {first: second, second: first}.get(dim, dim)
        if name.startswith("TBackward"):
            return rank - 1 - dim
        if name.startswith("PermuteBackward"):
            order = [_wrap(d, rank) for d in node._saved_dims]  # noqa: SLF001 – autograd's name
            return order.index(dim)
        if name.startswith(("SelectBackward", "UnbindBackward")):
            gone = _wrap(node._saved_dim, rank)  # noqa: SLF001 – autograd's name
            return None if gone == dim else dim - (gone < dim)
        if name.startswith(_REDUCTIONS):
            return self._reduced(node, rank, dim, shape)
        if len(shape) >= rank:  # broadcasting aligns from the right
            mapped = dim + len(shape) - rank
            return mapped if shape[mapped] == before[dim] or before[dim] > 1 else None
        return None

    @staticmethod
    def _reduced(node: Any, rank: int, dim: int, shape: tuple[int, ...]) -> int | None:
        dims = getattr(node, "_saved_dim", None)
        if dims is None:
            return None
        gone = {_wrap(d, rank) for d in (dims if isinstance(dims, list | tuple) else (dims,))}
        if dim in gone:
            return None
        return dim if len(shape) == rank else dim - sum(d < dim for d in gone)

    def _same_shape_below(self, node: Any, shape: tuple[int, ...]) -> Origin:
        """Look through a view that a later view takes back (instance norm does so)."""
        for _ in range(4):
            following = [child for child, _ in node.next_functions if child is not None]
            if not following:
                return None, None
            node = following[0]
            if output_shape(node) == shape:
                return self.resolve(node)
        return None, None


def _wrap(dim: Any, rank: int) -> int:
    """Autograd saves negative dimensions as huge unsigned numbers."""
    dim = int(dim)
    if dim >= 1 << 63:
        dim -= 1 << 64
    return dim + rank if dim < 0 else dim


def origin(node: Any) -> Origin:
    """Return the feature dimension of the tensor that `node` made, and its weight.

    Parameters
    ----------
    node : torch.autograd.graph.Node or None
        The tensor's ``grad_fn``.

    Returns
    -------
    tuple
        The dimension (not negative), None where the graph does not tell it;
        the weight of the nearest layer, None where there is none.
    """
    if node is None:
        return None, None
    return _Walk().resolve(node)
