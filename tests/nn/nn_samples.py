"""How each module is made and what it is fed in the tests."""

from __future__ import annotations

from typing import Any

import torch

import halfwave as hw
from halfwave.activations import Activation, all_activations

RECORDS = all_activations()
EVERY = list(RECORDS)
IN_TORCH = [n for n in EVERY if not issubclass(hw.nn.module_for(n), hw.nn.ActivationModule)]
#: arguments where torch's module has no defaults
ARGUMENTS: dict[str, dict[str, Any]] = {"threshold": {"threshold": 0.3, "value": -1.0}}
ARGUMENTS |= {name: {"dim": -1} for name in ("softmax", "softmin", "log_softmax")}


def make(name: str, **options: Any) -> torch.nn.Module:
    """The module of a record, in evaluation (two of them are random in training)."""
    return hw.nn.module_for(name)(**ARGUMENTS.get(name, {}), **options).eval()


def points(record: Activation, shape: tuple[int, ...] = (2, 12)) -> torch.Tensor:
    """Inputs of float64, away from the kinks, no two of them equal."""
    x = torch.linspace(-4.3, 4.1, torch.Size(shape).numel(), dtype=torch.float64)
    if not record.mixes:
        p = record.resolve(ARGUMENTS.get(record.name, {}))
        for kink in record.kinks_at(**p):
            x = torch.where((x - kink.at).abs() < 0.05, x + 0.11, x)
    order = torch.randperm(x.numel(), generator=torch.Generator().manual_seed(1))
    return x[order].reshape(shape)
