"""A small network, what it is given, and targets of all kinds."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 – everybody's name for it
from torch import nn

import halfwave

__all__ = ["BITS", "CLASSES", "SHARES", "X", "net", "operations", "watched"]


def watched(loss, model, steps=3, **options):
    optimizer = torch.optim.Adam(model.parameters())
    with halfwave.watch(every=1, **options) as run:
        for _ in range(steps):
            optimizer.zero_grad()
            loss().backward()
            optimizer.step()
    return run.recording


def net(outputs=3, last=None):
    layers = [nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, outputs)]
    return nn.Sequential(*layers, *([last] if last else []))


def operations(objective):
    return [link.operations for link in objective.links]


X = torch.randn(12, 4, generator=torch.Generator().manual_seed(1))
CLASSES = torch.arange(12) % 3
SHARES = F.one_hot(CLASSES, 3).float()
BITS = (torch.arange(12) % 2).float()[:, None]
