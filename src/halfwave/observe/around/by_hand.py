"""Losses that a program writes by hand: squared differences, likelihoods, cross entropies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import torch
from torch import Tensor

from halfwave.observe.around.loss_calls import LossCall
from halfwave.observe.private import saved

if TYPE_CHECKING:
    from collections.abc import Container
    from types import CodeType

__all__ = ["DIFFERENCE", "by_hand", "halves_of", "value_of"]

#: Key under which a graph node's metadata holds what a difference was made of.
DIFFERENCE = "halfwave_difference"

#: Operations that may stand between a mean and what it is the mean of, and how many.
_UNCHANGED: Final = ("NegBackward", "ViewBackward", "ReshapeAlias", "SqueezeBackward", "Unsqueeze")
_BETWEEN: Final = 4
_LAST: Final = (1 << 64) - 1
#: How far a sum that is to be 1 may lie from it: that of bfloat16.
_ROUNDING: Final = 0.02


def by_hand(
    node: Any, halves: Container[Any] = ()
) -> tuple[LossCall, tuple[CodeType, int, int] | None] | None:
    """Return the call of a loss that a graph node stands for, and its place; None for others.

    `halves` are nodes of which `halves_of` has told.
    """
    name = type(node).__name__
    if name.startswith(("MeanBackward", "SumBackward")):
        return _picked(node)
    if not name.startswith(("PowBackward", "AbsBackward", "LinalgVectorNorm", "MulBackward")):
        return None
    return _difference_below(node, name) or _likelihood(node, name, is_half=node in halves)


def halves_of(node: Any) -> tuple[Any, ...]:
    """Return the nodes of both products where one stands for their sum, else none.

    ``target * log(output) + (1 - target) * log(1 - output)`` judges each output by itself, of
    however many; one of the products alone judges a row of them.
    """
    if not type(node).__name__.startswith(("AddBackward", "SubBackward")):
        return ()
    products = [_below_signs(child) for child, _ in node.next_functions]
    parts = [_product(each) for each in products if each is not None]
    if len(parts) != 2 or None in parts:
        return ()
    (log, target), (other_log, other) = (part for part in parts if part is not None)
    if not all(type(each).__name__.startswith("LogBackward") for each in (log, other_log)):
        return ()
    if target.shape != other.shape:
        return ()
    target, other = target.float(), other.float()  # they may be truth values
    # a minus may stand before either: -target * log(output) - (1 - target) * …
    sums = (target + other).abs(), (target - other).abs()
    return tuple(products) if any(bool(_is_one(each)) for each in sums) else ()


def _is_one(values: Tensor) -> Tensor:
    return (values - 1).abs().lt(_ROUNDING).all()


def _below_signs(node: Any) -> Any:
    while node is not None and type(node).__name__.startswith("NegBackward"):
        node = node.next_functions[0][0]
    return node


def _product(node: Any) -> tuple[Any, Tensor] | None:
    """Return the node and the constant of which a node is the product, None for others."""
    if not type(node).__name__.startswith("MulBackward"):
        return None
    children = [child for child, _ in node.next_functions]
    if len(children) != 2 or (children[0] is None) == (children[1] is None):
        return None
    constant = saved(node, "other" if children[0] is not None else "self")
    if not isinstance(constant, Tensor) or constant.is_complex():
        return None
    return children[0] or children[1], constant


def value_of(call: LossCall) -> Tensor:
    """Return the mean of a loss that was written by hand."""
    output, target = call.output.detach(), call.target
    assert target is not None  # noqa: S101 – all kinds have one
    if call.function == "mse_loss":
        return ((output - target) ** 2).mean()
    if call.function == "l1_loss":
        return (output - target).abs().mean()
    if call.function == "cross_entropy":  # of log-probabilities: their log-softmax is the same
        if target.dim() < output.dim():
            return -output.gather(1, target.unsqueeze(1)).mean()
        return -(target * output).sum() / max(output.shape[0], 1)
    return -(target * output.log()).nan_to_num().sum() / max(output.shape[0], 1)


def _difference_below(
    node: Any, name: str
) -> tuple[LossCall, tuple[CodeType, int, int] | None] | None:
    """Return the call that ``(output - target) ** 2`` or its absolute value stands for."""
    children = [child for child, _ in node.next_functions]
    squared = name.startswith("LinalgVectorNorm") or (
        name.startswith("PowBackward0") and saved(node, "exponent") == 2
    )
    if name.startswith("MulBackward"):
        squared = len(children) == 2 and children[0] is children[1]
    if not squared and not name.startswith("AbsBackward"):
        return None
    below = children[0]
    made = below.metadata.get(DIFFERENCE) if below is not None and below.metadata else None
    if made is None:
        return None
    output, node, target, place = made
    function = "mse_loss" if squared else "l1_loss"
    text = "(output - target) ** 2" if squared else "abs(output - target)"
    dim = (1 if output.dim() > 1 else 0) if output.dim() else None
    return LossCall(function, text, output, target, dim, node), place


def _likelihood(  # noqa: PLR0911 - one a doubt
    node: Any, name: str, *, is_half: bool
) -> tuple[LossCall, tuple[CodeType, int, int] | None] | None:
    """Return the call that ``target * log(output)`` stands for."""
    found = _product(node) if name.startswith("MulBackward") else None
    if found is None:
        return None
    log, target = found
    logits = type(log).__name__.startswith("LogSoftmaxBackward")
    if logits:
        output = _rows_of(log)
    elif type(log).__name__.startswith("LogBackward"):
        output = saved(log, "self")
    else:
        return None
    if not isinstance(output, Tensor) or target.shape != output.shape or not output.dim():
        return None
    if not (logits or output.requires_grad):
        return None
    if is_half and target.dtype != torch.bool and bool((target <= 0).all()):
        target = -target
    if not is_half and bool(((target < 0) | (target > 1)).any()):
        return None  # a weight, not a target
    if logits:
        return _cross_entropy(log, output, target, "target * log_softmax(output)"), None
    function = "binary_cross_entropy"
    if not is_half and _are_shares(target):
        function = "categorical_cross_entropy"
    dim = 1 if output.dim() > 1 else 0
    return LossCall(function, "target * log(output)", output, target, dim, output.grad_fn), None


def _are_shares(target: Tensor) -> bool:
    """Whether a target tells the shares of several classes, rather than judging each by itself."""
    if target.dim() < 2 or target.shape[1] < 2:
        return False
    return bool(_is_one(target.sum(1)))


def _picked(node: Any) -> tuple[LossCall, tuple[CodeType, int, int] | None] | None:
    """Return the call that the mean of ``log_softmax(output)[range(n), target]`` stands for.

    Of nothing else: times an advantage it would be a policy's gradient.
    """
    for _ in range(_BETWEEN):
        node = node.next_functions[0][0] if node.next_functions else None
        name = type(node).__name__
        if node is None or not name.startswith(_UNCHANGED):
            break
    if node is None or not node.next_functions:
        return None
    name, log = type(node).__name__, node.next_functions[0][0]
    if not type(log).__name__.startswith("LogSoftmaxBackward"):
        return None
    output, target = _rows_of(log), None
    if name.startswith("GatherBackward"):
        index = saved(node, "index")
        if isinstance(index, Tensor) and index.dim() == 2 and index.shape[1] == 1:
            target = index.squeeze(1)
    elif name.startswith("IndexBackward"):
        indices = [i for i in saved(node, "indices") or () if isinstance(i, Tensor)]
        target = indices[1] if len(indices) == 2 else None
    if output is None or target is None or target.shape != output.shape[:1]:
        return None
    if target.dtype == torch.bool or target.is_floating_point():
        return None
    return _cross_entropy(log, output, target, "log_softmax(output)[range(n), target]"), None


def _rows_of(log: Any) -> Tensor | None:
    """Return the result of a log-softmax over the last of two dimensions; None for others."""
    result = saved(log, "result")
    if not isinstance(result, Tensor) or result.dim() != 2 or result.shape[1] < 2:
        return None
    # a negative dimension is saved as a number of 64 bits without a sign
    return result.detach() if saved(log, "dim") in {1, _LAST} else None


def _cross_entropy(log: Any, output: Tensor, target: Tensor, text: str) -> LossCall:
    made = log.next_functions[0][0]
    return LossCall("cross_entropy", text, output, target.detach(), 1, made)
