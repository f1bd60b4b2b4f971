"""What one call of a loss says: its value by example, and how many labels were met."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Final, TypeAlias

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from halfwave.observe.around.loss_calls import LossCall

__all__ = ["Labels", "labels_of", "labels_of_many", "mean_loss"]

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


def labels_of(call: LossCall) -> Labels | LossCall | None:
    """Return the labels that were met, or what `labels_of_many` is to tell them from later."""
    output, target = call.output, call.target
    if target is None or not output.dim():
        return None
    if not output.is_cpu or output.numel() + target.numel() > _KEPT:
        return _labels(call)
    # two copies cost a third of the comparing: that is done for many calls in one go
    return replace(call, output=output.detach().clone(), target=target.detach().clone(), node=None)


def labels_of_many(calls: Sequence[LossCall]) -> list[tuple[int, int] | None]:
    """Return how many labels were met and how many there were, for each of the calls kept."""
    found: list[tuple[int, int] | None] = []
    for _, alike in groupby(calls, _likeness):
        some = list(alike)
        compared = _compared(_stacked(some))
        if compared is None:
            found += [None] * len(some)
            continue
        met, asked = (mask.reshape(len(some), -1).sum(1).tolist() for mask in compared)
        found += zip(met, asked, strict=True)
    return found


def _likeness(call: LossCall) -> tuple[object, ...]:
    output, target = call.output, call.target
    assert target is not None  # noqa: S101 – of those that are kept
    tensors = output.shape, output.dtype, target.shape, target.dtype
    return call.function, call.class_dim, call.parameters.get("ignore_index"), *tensors


def _stacked(calls: Sequence[LossCall]) -> LossCall:
    """Return calls that are alike as one, along a new first dimension."""
    first = calls[0]
    output = torch.stack([call.output for call in calls])
    target = torch.stack([call.target for call in calls if call.target is not None])
    dim = first.class_dim
    dim = dim + 1 if dim is not None and dim >= 0 else dim
    return replace(first, output=output, target=target, class_dim=dim)


def _labels(call: LossCall) -> Labels | None:
    """Return how many labels were met and how many there were, on their device."""
    compared = None if call.output.numel() > _LABELS else _compared(call)
    return None if compared is None else (compared[0].sum(), compared[1].sum())


def _compared(call: LossCall) -> tuple[Tensor, Tensor] | None:
    """Return where labels were met, and where there were any."""
    output, target = call.output.detach(), call.target
    if target is None:
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
        asked = target != int(call.parameters.get("ignore_index", -100))
        return (best == target) & asked, asked
    bound = _BINARY.get(call.function)
    if bound is None or target.shape != output.shape:
        return None
    met = (output > bound) == (target > 0.5)
    return met, torch.ones_like(met)


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
