"""How a site's tensor is read: which dimension holds its units, which its samples."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Layout", "layout_of"]


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read a site's tensor: its units and its samples."""

    units: int
    unit_dim: int | None
    sample_dim: int | None
    inputs: int

    def view(self, values: Tensor) -> Tensor:
        """Return `values` as the layout describes them."""
        if self.unit_dim is not None and self.sample_dim == -1:
            return values.unsqueeze(0)
        if self.unit_dim == 1 and self.sample_dim == 0 and values.dim() > 2:
            return values
        if self.sample_dim == 0 and self.unit_dim is not None and self.unit_dim > 1:
            return values.flatten(0, self.unit_dim - 1)
        return values

    @property
    def dims(self) -> tuple[int | None, int | None]:
        """Unit and sample dimension after `view`."""
        if self.unit_dim is None or self.sample_dim is None:
            return self.unit_dim, None
        return 1, 0


@lru_cache(maxsize=4096)
def layout_of(shape: tuple[int, ...], unit_axis: int | None) -> Layout:
    """Return how a tensor of that shape is read; `unit_axis` counts from the end (-1 is last)."""
    rank = len(shape)
    if unit_axis is None or rank == 0 or -unit_axis > rank:
        return Layout(1, None, None, shape[0] if rank else 1)
    dim, units = rank + unit_axis, shape[unit_axis]
    if dim == rank - 1 or rank == 2:  # every position is a sample of its own
        return Layout(units, dim, None, math.prod(shape) // max(units, 1))
    if dim == 0:  # a convolution without a batch
        return Layout(units, 0, -1, 1)
    return Layout(units, dim, 0, math.prod(shape[:dim]))
