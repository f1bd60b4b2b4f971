"""References to tensors that keep none of them alive, and step back where torch swaps two.

``torch.utils.swap_tensors`` (what ``module.double()`` does to parameters of FSDP, of other
subclasses, and to all where ``torch.__future__`` says so) refuses a tensor that anybody holds a
weak reference to. So each tensor has one of ours, which is let go of for as long as that takes.
"""

from __future__ import annotations

import functools
import weakref
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

__all__ = ["Reference", "reference"]

#: Called, it returns the tensor; None once that is gone.
Reference: TypeAlias = "Callable[[], Tensor | None]"


class _Reference:
    """The one reference to a tensor."""

    __slots__ = ("_held",)

    def __init__(self, tensor: Tensor) -> None:
        self.hold(tensor)

    def __call__(self) -> Tensor | None:
        return self._held()

    def hold(self, tensor: Tensor) -> None:
        self._held: Callable[[], Any] = weakref.ref(tensor)

    def step_back(self, tensor: Tensor) -> None:
        self._held = lambda: tensor


class _References:
    """By identity, which another tensor may have once one is gone: ask the reference itself."""

    def __init__(self) -> None:
        self.known: dict[int, _Reference] = {}
        self._room = _FEWEST

    def add(self, tensor: Tensor) -> _Reference:
        """Make one; where there are many, those whose tensors are gone are dropped first."""
        if len(self.known) >= self._room:
            # nothing is told when a tensor goes: that would be code of ours in anybody's del
            self.known = {key: one for key, one in self.known.items() if one() is not None}
            self._room = max(_FEWEST, 2 * len(self.known))
        made = self.known[id(tensor)] = _Reference(tensor)
        return made


_FEWEST: Final = 1024
_all: Final = _References()


def reference(tensor: Tensor) -> Reference:
    """Return what leads to a tensor for as long as it lives."""
    if not tensor.is_leaf:  # what is computed is never swapped
        return weakref.ref(tensor)
    known = _all.known.get(id(tensor))
    if known is None or known() is not tensor:
        _hold_swapping()
        known = _all.add(tensor)
    return known


@functools.cache
def _hold_swapping() -> None:
    """Step back whenever two tensors are swapped; for good, as references outlive a run."""
    original = torch.utils.swap_tensors

    @functools.wraps(original)
    def swap_tensors(t1: Any, t2: Any) -> Any:
        ours = [(_all.known.get(id(tensor)), tensor) for tensor in (t1, t2)]
        for known, tensor in ours:
            if known is not None and known() is tensor:
                known.step_back(tensor)
        try:
            return original(t1, t2)
        finally:
            for known, tensor in ours:
                if known is not None and known() is tensor:
                    known.hold(tensor)

    torch.utils.swap_tensors = swap_tensors
