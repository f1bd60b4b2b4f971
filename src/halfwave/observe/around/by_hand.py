"""Losses that a program writes by hand: squared differences, likelihoods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import Tensor

from halfwave.observe.around.loss_calls import LossCall

if TYPE_CHECKING:
    from types import CodeType

__all__ = ["DIFFERENCE", "by_hand", "value_of"]

#: Key under which a graph node's metadata holds what a difference was made of.
DIFFERENCE = "halfwave_difference"


def by_hand(node: Any) -> tuple[LossCall, tuple[CodeType, int, int] | None] | None:
    """Return the call of a loss that a graph node stands for, and its place; None for others."""
    name = type(node).__name__
    if not name.startswith(("PowBackward", "AbsBackward", "LinalgVectorNorm", "MulBackward")):
        return None
    return _difference_below(node, name) or _likelihood(node, name)


def value_of(call: LossCall) -> Tensor:
    """Return the mean of a loss that was written by hand."""
    output, target = call.output.detach(), call.target
    assert target is not None  # noqa: S101 – both kinds have one
    if call.function == "mse_loss":
        return ((output - target) ** 2).mean()
    if call.function == "l1_loss":
        return (output - target).abs().mean()
    return -(target * output.log()).nan_to_num().sum() / max(output.shape[0], 1)


def _difference_below(
    node: Any, name: str
) -> tuple[LossCall, tuple[CodeType, int, int] | None] | None:
    """Return the call that ``(output - target) ** 2`` or its absolute value stands for."""
    children = [child for child, _ in node.next_functions]
    squared = name.startswith("LinalgVectorNorm") or (
        name.startswith("PowBackward0") and getattr(node, "_saved_exponent", None) == 2
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
    node: Any, name: str
) -> tuple[LossCall, tuple[CodeType, int, int] | None] | None:
    """Return the call that ``target * log(output)`` stands for."""
    if not name.startswith("MulBackward"):
        return None
    children = [child for child, _ in node.next_functions]
    if len(children) != 2 or (children[0] is None) == (children[1] is None):
        return None
    log = children[0] or children[1]
    if not type(log).__name__.startswith("LogBackward"):
        return None
    output = getattr(log, "_saved_self", None)
    target = getattr(node, "_saved_other" if children[0] is not None else "_saved_self", None)
    if not isinstance(output, Tensor) or not isinstance(target, Tensor):
        return None
    if target.shape != output.shape or not output.dim() or not output.requires_grad:
        return None
    if bool(((target < 0) | (target > 1)).any()):
        return None  # a weight, not a target
    wide = output.dim() > 1 and output.shape[1] > 1
    function = "categorical_cross_entropy" if wide else "binary_cross_entropy"
    dim = 1 if output.dim() > 1 else 0
    return LossCall(function, "target * log(output)", output, target, dim, output.grad_fn), None
