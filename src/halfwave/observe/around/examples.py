"""How much examples differ from each other, element by element."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

if TYPE_CHECKING:
    from torch import Tensor

    from halfwave.recording import Array

__all__ = ["ExamplesWatch"]

#: Examples of a call that are compared, at the least and at the most; elements of one, and of all.
_FEWEST, _MOST = 8, 256
_OF_ONE, _ELEMENTS = 512, 1 << 13
_WAITING: Final = 32


class ExamplesWatch:
    """Examples of one tensor, call after call: they are counted along its first dimension."""

    def __init__(self) -> None:
        self._waiting: list[Tensor] = []
        self._count = 0
        self._total: Array = np.zeros(0)
        self._square: Array = np.zeros(0)
        self._last = math.nan

    def add(self, values: Tensor) -> None:
        """Look at one call's tensor: some elements of some examples are copied."""
        if not values.dim() or len(values) < _FEWEST or not values.numel() or values.is_complex():
            return
        if len(self._waiting) < _WAITING:
            self._waiting.append(_some_of_each(values.detach()))

    def absorb(self) -> None:
        """Count what waits."""
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            examples: Array = each.to(torch.float64).cpu().numpy()
            if not np.isfinite(examples).all():
                continue
            if not self._count:
                self._total = np.zeros(examples.shape[1])
                self._square = np.zeros(examples.shape[1])
            with np.errstate(over="ignore", invalid="ignore"):
                self._last = float(np.sqrt(examples.var(axis=0).mean()))
                if examples.shape[1] == len(self._total):  # of a size that changes, the first
                    self._count += len(examples)
                    self._total += examples.sum(axis=0)
                    self._square += (examples * examples).sum(axis=0)

    def figures(self) -> dict[str, float]:
        """Return what `Values` has of it, by name."""
        return {
            "variation": self._last if math.isfinite(self._last) else math.nan,
            "element_std": self._element_std(),
            "element_entropy": self._element_entropy(),
        }

    def _element_std(self) -> float:
        if not self._count:
            return math.nan
        with np.errstate(over="ignore", invalid="ignore"):
            found = float((self._square / self._count - (self._total / self._count) ** 2).mean())
        return math.sqrt(max(found, 0.0)) if math.isfinite(found) else math.nan

    def _element_entropy(self) -> float:
        if not self._count:
            return math.nan
        ones = self._total / self._count
        if not (np.isfinite(ones).all() and ones.min() >= 0 and ones.max() <= 1):
            return math.nan
        both = np.stack([ones, 1 - ones])
        return float(-(both * np.log(np.where(both > 0, both, 1.0))).sum(axis=0).mean())


def _some_of_each(values: Tensor) -> Tensor:
    """Copy some elements of some examples, shape (examples, elements)."""
    of_one = max(values[0].numel(), 1)
    every = -(-of_one // _OF_ONE)
    most = min(max(_ELEMENTS // min(of_one, _OF_ONE), _FEWEST), _MOST)
    examples = values[:: -(-len(values) // most)]  # not the first of them alone: pixels in a row
    if every > 1 and examples.is_contiguous():
        return examples.view(len(examples), -1)[:, ::every].clone()
    if every > 1 and examples.dim() > 1:  # to flatten it would copy all of it
        examples = examples[..., :: min(every, examples.shape[-1])]
    return examples.reshape(len(examples), -1)[:, :_OF_ONE].clone()
