"""What this process holds of a parameter and of its gradient, read without a trace."""

from __future__ import annotations

import torch
from torch import Tensor

from halfwave.observe import private

__all__ = ["gradient", "is_readable", "is_sparse", "readable"]


def readable(tensor: Tensor | None) -> Tensor | None:
    """Return what this process holds of a tensor, detached; None if it cannot be read."""
    values = _held(tensor)
    return None if values is None else values.detach()


def is_readable(tensor: Tensor) -> bool:
    """Whether there is anything of it to read: asked for without an operation of torch's."""
    return _held(tensor) is not None


def _held(tensor: Tensor | None) -> Tensor | None:
    held = None if tensor is None else private.memory(tensor)
    if held is None:
        return None
    values, _ = held
    if (
        values.is_floating_point()
        and values.layout == torch.strided
        and not values.is_nested
        and values.numel() > 0
        and not values.is_meta
        and not private.computes_its_own_way(type(values))
    ):
        return values
    return None


def gradient(tensor: Tensor) -> Tensor | None:
    """Return a parameter's gradient; of a sparse one (embeddings) the values that it has."""
    grad = tensor.grad
    if grad is not None and is_sparse(grad):
        return readable(grad.detach().coalesce().values())
    return readable(grad)


def is_sparse(grad: Tensor | None) -> bool:
    """Whether a gradient has values of some rows only."""
    return grad is not None and grad.layout == torch.sparse_coo
