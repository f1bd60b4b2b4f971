"""A plain network and a plain training loop, for the claims that need nothing more."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional as F

import halfwave as hw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["accuracy", "activation", "mlp", "sgd", "train"]


def mlp(
    sizes: Iterable[int], activation: Callable[[], nn.Module] | None, *, seed: int | None = None
) -> nn.Sequential:
    """Stack linear layers of these sizes with an activation between them, none at the end.

    Weights and biases are those that torch gives; with `hw.nn.init_` afterwards each layer gets
    the gain of its activation. ``activation=None`` leaves the layers as they are.
    """
    if seed is not None:
        torch.manual_seed(seed)
    widths = list(sizes)
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers.append(nn.Linear(inputs, outputs))
        if activation is not None:
            layers.append(activation())
    return nn.Sequential(*(layers if activation is None else layers[:-1]))


def sgd(model: nn.Module, lr: float, momentum: float = 0.9) -> torch.optim.Optimizer:
    """Stochastic gradient descent with momentum."""
    return torch.optim.SGD(model.parameters(), lr=lr, momentum=momentum)


def train(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    x: torch.Tensor,
    y: torch.Tensor,
    *,
    steps: int,
    batch: int = 32,
    seed: int = 0,
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] = F.cross_entropy,
    after: Callable[[int], object] | None = None,
) -> list[float]:
    """Take so many steps, and return the loss of each.

    The batches depend on the seed alone: two models trained with the same one see the same.
    ``after(step)`` is called after each, from 1 on.
    """
    shuffle = torch.Generator().manual_seed(seed)
    losses: list[float] = []
    order = torch.empty(0, dtype=torch.long)
    model.train()
    for step in range(1, steps + 1):
        if len(order) < batch:
            order = torch.randperm(len(x), generator=shuffle)
        chosen, order = order[:batch], order[batch:]
        value = loss(model(x[chosen]), y[chosen])
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        losses.append(value.item())
        if after is not None:
            after(step)
    return losses


@torch.no_grad()
def accuracy(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> float:
    """Return the share of inputs told right by the largest of the outputs."""
    was_training = model.training
    model.eval()
    right = (model(x).argmax(1) == y).float().mean().item()
    model.train(was_training)
    return right


def activation(name: str) -> nn.Module:
    """Make the module of an activation of the catalogue, by its name."""
    return hw.nn.module_for(name)()
