"""Copies of parameters before a step, to see how far it moves them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from halfwave.kernels import norm_of_change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

__all__ = ["Copies"]

# bytes held at a time
_ROOM = 64 * 1024 * 1024


class Copies:
    """What was copied before the step that is under way."""

    def __init__(self) -> None:
        self._taken: list[tuple[int, Tensor, Tensor]] = []  # index, parameter, copy
        self._scratch: dict[torch.dtype, Tensor] = {}

    def take(self, values: Sequence[Tensor], start: int) -> int:
        """Copy as many as there is room for, from `start` on; return how many."""
        copies: list[tuple[int, Tensor, Tensor]] = []
        room, used = _ROOM, dict.fromkeys(self._scratch, 0)
        for offset in range(len(values)):
            index = (start + offset) % len(values)
            value = values[index]
            size = value.numel() * value.element_size()
            if size > room:
                continue
            room -= size
            at = used.get(value.dtype, 0)
            used[value.dtype] = at + value.numel()
            copies.append((index, value, self._copy(value, at)))
        for dtype, count in used.items():
            scratch = self._scratch.get(dtype)
            if scratch is None or scratch.numel() < count:
                self._scratch[dtype] = torch.empty(count, dtype=dtype, device="cpu")
        self._taken = copies
        return len(copies)

    def _copy(self, value: Tensor, at: int) -> Tensor:
        """Copy into the scratch memory from `at` on, if it fits there."""
        scratch, end = self._scratch.get(value.dtype), at + value.numel()
        if (
            scratch is not None
            and scratch.numel() >= end
            and value.is_cpu
            and value.is_contiguous()
        ):
            # fresh memory costs more than the copying: the system clears every page of it
            return scratch[at:end].view(value.shape).copy_(value)
        return value.clone()

    def moved(self) -> dict[int, Tensor | float]:
        """Return the norm of the change of what was copied, by index, and let go of it."""
        taken, self._taken = self._taken, []
        return {index: norm_of_change(now, old) for index, now, old in taken}
