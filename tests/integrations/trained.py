"""A recording for writers to send, and a small network for callbacks to watch."""

from __future__ import annotations

import hashlib

import torch
from torch import nn

import halfwave

SITES = {"1 relu", "3 tanh"}


def net():
    """Two activations; six units of the first are dead."""
    made = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 6), nn.Tanh(), nn.Linear(6, 1))
    with torch.no_grad():
        made[0].bias[:6] = -50
    return made


def fingerprint(model):
    values = b"".join(p.detach().numpy().tobytes() for p in model.parameters())
    return hashlib.sha256(values + torch.get_rng_state().numpy().tobytes()).hexdigest()


def run():
    """Watch 15 steps of it."""
    torch.manual_seed(0)
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    with halfwave.watch(every=1) as watched:
        for _ in range(15):
            optimizer.zero_grad()
            model(torch.randn(32, 4)).square().mean().backward()
            optimizer.step()
    return watched
