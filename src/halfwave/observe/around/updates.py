"""Updates that a program writes by hand: whether the gradients that they use were cleared.

Nothing tells when ``p -= rate * p.grad`` is computed. But where a parameter has changed between
two backwards, and its gradient is untouched, the second backward adds to what was used already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from torch import Tensor

from halfwave.kernels import norm, norm_of_change
from halfwave.observe.private import memory
from halfwave.observe.references import reference
from halfwave.recording import HAND_WRITTEN, Optimizer

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["UpdateWatch"]

_CHECKS: Final = 200
# elements of the parameter that is looked at: it is copied
_MOST: Final = 1 << 16


class _Witness:
    """A parameter and its gradient as a backward has left them."""

    def __init__(self, parameter: Tensor, values: Tensor, gradient: Tensor, held: Tensor) -> None:
        self.parameter, self.gradient = reference(parameter), reference(gradient)
        self.before = values.detach().clone()
        self.size = norm(held.detach())


class UpdateWatch:
    """The updates of a program without an optimizer of torch's."""

    def __init__(self) -> None:
        self._checked = self._stale = self._parameters = 0
        self._witness: _Witness | None = None
        # how far the parameter moved; its gradient's size after the last backward, and now
        self._waiting: list[tuple[Tensor | float, Tensor | float, Tensor | float]] = []

    def backward_ended(self, parameters: Iterable[Tensor]) -> None:
        """A backward has come to some parameters, in a step that is watched."""
        if self._witness is not None or self._checked + len(self._waiting) >= _CHECKS:
            return
        with_gradient = [p for p in parameters if isinstance(p.grad, Tensor)]
        self._parameters = max(self._parameters, len(with_gradient))
        smallest = min(with_gradient, key=Tensor.numel, default=None)
        if smallest is None or smallest.grad is None or smallest.numel() > _MOST:
            return
        values, gradient = memory(smallest), memory(smallest.grad)
        if values is not None and gradient is not None:
            self._witness = _Witness(smallest, values[0], smallest.grad, gradient[0])

    def backward_begins(self) -> None:
        """See what has become of that gradient, and of its parameter."""
        witness = self._witness
        if witness is None:
            return
        parameter, gradient = witness.parameter(), witness.gradient()
        if parameter is None or gradient is None or parameter.grad is not gradient:
            self._witness = None  # cleared, as it should be
            self._checked += 1
            return
        values, held = memory(parameter), memory(gradient)
        if values is None or held is None or values[0].shape != witness.before.shape:
            self._witness = None
            return
        moved = norm_of_change(values[0].detach(), witness.before)
        if not (isinstance(moved, float) and moved == 0.0):  # else: several backwards an update
            self._witness = None
            self._waiting.append((moved, witness.size, norm(held[0].detach())))

    def absorb(self) -> None:
        """Bring what waits on a device to the host."""
        waiting, self._waiting = self._waiting, []
        for moved, size, now in waiting:
            if float(moved) > 0 and float(size) > 0:
                self._checked += 1
                self._stale += float(now) == float(size)

    def frozen(self, number: int) -> list[Optimizer]:
        """Return them as one optimizer, as the recording holds it; none if none was looked at."""
        if not self._checked:
            return []
        return [
            Optimizer(
                id=number,
                name=HAND_WRITTEN,
                parameters=self._parameters,
                checked=self._checked,
                stale=self._stale,
            )
        ]
