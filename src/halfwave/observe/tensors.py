"""Tensors: which can be read, and a set of them by identity (``==`` compares elements)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from halfwave.observe import private
from halfwave.observe.references import Reference, reference

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor

__all__ = ["TensorSet", "can_be_read"]


class TensorSet:
    """Tensors that live; those that die leave it.

    Examples
    --------
    >>> import torch
    >>> a, b = torch.ones(2), torch.ones(2)
    >>> known = TensorSet([a])
    >>> a in known, b in known
    (True, False)
    """

    def __init__(self, tensors: Iterable[Tensor] = ()) -> None:
        self._known: dict[int, Reference] = {}
        for tensor in tensors:
            self.add(tensor)

    def add(self, tensor: Tensor) -> None:
        """Take a tensor in."""
        known = self._known.get(id(tensor))
        if known is None or known() is not tensor:
            self._known[id(tensor)] = reference(tensor)

    def __contains__(self, tensor: Tensor) -> bool:
        known = self._known.get(id(tensor))
        return known is not None and known() is tensor


def can_be_read(given: Tensor) -> bool:
    """Whether figures can be taken of a tensor: real numbers that lie in a memory of their own."""
    if (
        not given.is_floating_point()
        or given.is_nested
        or given.layout != torch.strided
        or given.is_meta
        or given.numel() == 0
    ):
        return False
    if given.is_cuda and torch.cuda.is_current_stream_capturing():
        return False  # our looks would become part of the program's graph
    return not private.computes_its_own_way(type(given))
