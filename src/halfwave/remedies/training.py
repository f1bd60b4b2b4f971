"""Brings parameters that a remedy has made to the optimizer that trains what is around them.

A script hands its model's parameters to an optimizer before the first forward
pass, as a rule. New parameters that belong to modules are there by then, so
``model.parameters()`` has them. All others are added to a group that
is there already (so that schedulers go on as they were): the one that holds the weight
which feeds the site.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor, nn

__all__ = ["Adoption"]


class Adoption:
    """New modules, each to be trained by an optimizer of the program."""

    def __init__(self, optimizers: Iterable[Any]) -> None:
        self._optimizers = optimizers
        self._waiting: list[tuple[nn.Module, weakref.ref[Tensor] | None]] = []
        self._known: set[int] = set()
        #: parameters that an optimizer has
        self.trained = 0

    def add(self, module: nn.Module, beside: Tensor | None) -> None:
        """Take in a module once; `beside` is the weight that feeds the site."""
        if id(module) in self._known:
            return
        self._known.add(id(module))
        self._waiting.append((module, None if beside is None else weakref.ref(beside)))
        self.settle()

    def taken(self, module: nn.Module) -> None:
        """Take note that somebody else trains a module."""
        before = len(self._waiting)
        self._waiting = [entry for entry in self._waiting if entry[0] is not module]
        self.trained += before - len(self._waiting)

    def settle(self) -> None:
        """Hand over what an optimizer is there for by now."""
        still: list[tuple[nn.Module, weakref.ref[Tensor] | None]] = []
        for module, beside in self._waiting:
            weight = None if beside is None else beside()
            for parameter in module.parameters():
                if not self._adopt(parameter, weight):
                    still.append((module, beside))
                    break
        self._waiting = still

    def _adopt(self, parameter: Tensor, weight: Tensor | None) -> bool:
        groups = [group for optimizer in self._optimizers for group in optimizer.param_groups]
        if any(_holds(group, parameter) for group in groups):
            self.trained += 1
            return True
        if weight is not None:
            groups = [group for group in groups if _holds(group, weight)]
        if not groups:
            return False
        largest = max(groups, key=lambda group: len(group["params"]))
        largest["params"].append(parameter)
        self.trained += 1
        return True

    @property
    def untrained(self) -> int:
        """Modules whose parameters no optimizer has."""
        return len(self._waiting)


def _holds(group: dict[str, Any], tensor: Tensor) -> bool:
    return any(one is tensor for one in group["params"])
