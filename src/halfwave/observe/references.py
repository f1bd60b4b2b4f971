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
        key, all_of_them = id(tensor), _references  # as the interpreter ends there are no globals

        def gone(_: object) -> None:
            all_of_them.pop(key, None)

        self._held: Callable[[], Any] = weakref.ref(tensor, gone)

    def step_back(self, tensor: Tensor) -> None:
        self._held = lambda: tensor


_references: Final[dict[int, _Reference]] = {}


def reference(tensor: Tensor) -> Reference:
    """Return what leads to a tensor for as long as it lives."""
    if not tensor.is_leaf:  # what is computed is never swapped
        return weakref.ref(tensor)
    known = _references.get(id(tensor))
    if known is None or known() is not tensor:
        _hold_swapping()
        known = _references[id(tensor)] = _Reference(tensor)
    return known


@functools.cache
def _hold_swapping() -> None:
    """Step back whenever two tensors are swapped; for good, as references outlive a run."""
    original = torch.utils.swap_tensors

    @functools.wraps(original)
    def swap_tensors(t1: Any, t2: Any) -> Any:
        ours = [(_references.get(id(tensor)), tensor) for tensor in (t1, t2)]
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
