"""A running PyTorch program to events and per-unit statistics.

Importing this room imports neither torch nor NumPy: the watcher comes in when
the program has imported torch itself.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from halfwave.observe.options import Options
    from halfwave.observe.watcher import Watcher

__all__ = ["Options", "Watcher"]

_HOMES = {"Options": "halfwave.observe.options", "Watcher": "halfwave.observe.watcher"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'halfwave.observe' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
