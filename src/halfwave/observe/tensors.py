"""A set of tensors by identity: ``==`` of tensors compares their elements."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor

__all__ = ["TensorSet"]


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
        self._known: dict[int, weakref.ref[Tensor]] = {}
        for tensor in tensors:
            self.add(tensor)

    def add(self, tensor: Tensor) -> None:
        """Take a tensor in."""
        known = self._known.get(id(tensor))
        if known is None or known() is not tensor:
            self._known[id(tensor)] = weakref.ref(tensor)

    def __contains__(self, tensor: Tensor) -> bool:
        known = self._known.get(id(tensor))
        return known is not None and known() is tensor
