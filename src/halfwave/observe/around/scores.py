"""What one call of a loss says: its value by example, and how many labels were met."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from halfwave.observe.around.loss_calls import LossCall

__all__ = ["Labels", "labels_met", "labels_of", "mean_loss"]

#: How many labels were met, and how many there were.
Labels: TypeAlias = tuple["Tensor", "Tensor"]

#: Elements whose labels are compared in full.
_LABELS: Final = 1 << 21
#: Elements that are copied to be compared later.
_KEPT: Final = 1 << 12


def mean_loss(call: LossCall, loss: Tensor) -> Tensor:
    """Return the loss of one example: sums are divided, as the mean would be."""
    value = loss.detach()
    if value.dim():
        return value.mean()
    if call.parameters.get("reduction") == "sum" and call.output.dim():
        return value / max(call.output.shape[0], 1)
    return value.clone()


def labels_of(call: LossCall) -> Callable[[], Labels | None]:
    """Return what gives the labels that were met: now or later, whichever costs less."""
    output, target = call.output, call.target
    if target is None or not output.is_cpu or output.numel() + target.numel() > _KEPT:
        found = labels_met(call)
        return lambda: found
    # two copies cost a third of the comparing: that is done for many calls in one go
    kept = replace(call, output=output.detach().clone(), target=target.detach().clone(), node=None)
    return lambda: labels_met(kept)


def labels_met(call: LossCall) -> Labels | None:
    """Return how many labels were met and how many there were, on their device."""
    output, target = call.output.detach(), call.target
    if target is None or output.numel() > _LABELS or not output.dim():
        return None
    target = target.detach()
    dim = call.class_dim if call.class_dim is not None else -1
    if call.function in _CATEGORICAL:
        if output.shape[dim] < 2:
            return None
        best = output.argmax(dim)
        if target.shape == output.shape:
            target = target.argmax(dim)
        elif target.dim() == output.dim() and target.shape[-1] == 1:
            target = target.squeeze(-1)
        if target.shape != best.shape:
            return None
        kept = target != int(call.parameters.get("ignore_index", -100))
        return ((best == target) & kept).sum(), kept.sum()
    bound = _BINARY.get(call.function)
    if bound is None or target.shape != output.shape:
        return None
    met = (output > bound) == (target > 0.5)
    return met.sum(), torch.ones_like(met).sum()


_CATEGORICAL: Final = frozenset(
    {
        "cross_entropy",
        "nll_loss",
        "categorical_cross_entropy",
        "sparse_categorical_cross_entropy",
        "multi_margin_loss",
    }
)
_BINARY: Final = {"binary_cross_entropy": 0.5, "binary_cross_entropy_with_logits": 0.0}
