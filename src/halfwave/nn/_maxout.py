"""Maxout without a stacked copy of its pieces."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

__all__ = ["maxout"]

# pyright: reportIncompatibleMethodOverride=false, reportReturnType=false

torch.fx.wrap("maxout")


def maxout(x: Tensor, size: int, dim: int) -> Tensor:
    """Return the largest of each group of ``size`` neighbours along ``dim``.

    For the backward pass one byte an output is kept (the place of the largest,
    the first of equals), not the input.
    """
    if not -x.dim() <= dim < x.dim():
        raise ValueError(f"maxout: dim={dim} is outside the input, whose shape is {tuple(x.shape)}")
    dim %= x.dim()
    if x.shape[dim] % size:
        raise ValueError(
            f"maxout: groups of {size} do not fit into axis {dim}, which has {x.shape[dim]}"
        )
    if size > 255:
        raise ValueError(f"maxout: groups of more than 255 need accurate=True; size={size}")
    groups = x.unflatten(dim, (x.shape[dim] // size, size))  # a view
    if not torch.is_grad_enabled() or not x.requires_grad:
        if size != 2:
            return groups.amax(dim + 1)
        return torch.maximum(groups.select(dim + 1, 0), groups.select(dim + 1, 1))
    return _Largest.apply(groups, dim + 1)[0]


class _Largest(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(groups: Tensor, dim: int) -> tuple[Tensor, Tensor]:
        if groups.shape[dim] != 2:
            y, place = groups.max(dim)
            return y, place.to(torch.uint8)
        first, second = groups.select(dim, 0), groups.select(dim, 1)
        return torch.maximum(first, second), (second > first).to(torch.uint8)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor]) -> None:
        groups, ctx.dim = inputs
        ctx.size = groups.shape[ctx.dim]
        ctx.mark_non_differentiable(output[1])
        ctx.save_for_backward(output[1])

    @staticmethod
    def backward(ctx: Any, g: Tensor, _: Any) -> tuple[Tensor, None]:
        (place,) = ctx.saved_tensors
        shape = [1] * (g.dim() + 1)
        shape[ctx.dim] = ctx.size
        numbers = torch.arange(ctx.size, dtype=torch.uint8, device=g.device).reshape(shape)
        largest = place.unsqueeze(ctx.dim) == numbers
        return torch.where(largest, g.unsqueeze(ctx.dim), 0.0), None
