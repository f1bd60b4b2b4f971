"""Which module holds another: a module does not know what it is part of."""

from __future__ import annotations

import gc
import weakref
from typing import Final

from torch import nn

from halfwave.observe.parts import all_parts, own_parts

__all__ = ["Owners"]

# passes over all objects of the process: a tenth of a second each in a large one
_SEARCHES: Final = 4


class Owners:
    """Finds the outermost module around one that was called by itself.

    Lightning calls ``self.encoder(x)`` from a step of its own and never the module
    that has the encoder, so no call and no variable at hand tells of it.
    """

    def __init__(self) -> None:
        self._left = _SEARCHES
        self._holders: dict[int, list[weakref.ref[nn.Module]]] = {}

    def outermost(self, module: nn.Module) -> nn.Module:
        """Return the outermost module that holds `module`, itself where none does."""
        if id(module) not in self._holders and self._left:
            self._left -= 1
            self._search()
        found, seen = module, {id(module)}
        while True:
            around = [holder for holder in self._around(found) if id(holder) not in seen]
            if not around:
                return found
            found = max(around, key=lambda holder: sum(1 for _ in all_parts(holder)))
            seen.add(id(found))

    def _around(self, module: nn.Module) -> list[nn.Module]:
        holders = (reference() for reference in self._holders.get(id(module), ()))
        # an identity may be in use again, and a child may have been taken out
        return [
            holder
            for holder in holders
            if holder is not None and any(child is module for child in own_parts(holder).values())
        ]

    def _search(self) -> None:
        kinds: dict[type, bool] = {}
        self._holders = {}
        for thing in gc.get_objects():
            kind = type(thing)  # not isinstance: a proxy of the program's would be asked
            is_module = kinds.get(kind)
            if is_module is None:
                is_module = kinds[kind] = issubclass(kind, nn.Module)
            if is_module:
                for child in own_parts(thing).values():
                    self._holders.setdefault(id(child), []).append(weakref.ref(thing))
