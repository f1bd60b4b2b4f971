"""Run a user's script exactly as Python would, with something of ours beside it.

The script's frames, names and paths are those of plain Python; what goes along
with it (a `Companion`) is told when torch has been imported, when the script
has ended, and when nothing of it will run any more.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .companion import Companion, Outcome
    from .execute import run
    from .last import reserve_last_place
    from .program import Program, ProgramError, module, script
    from .same_names import find_ours_first

__all__ = [
    "Companion",
    "Outcome",
    "Program",
    "ProgramError",
    "find_ours_first",
    "module",
    "reserve_last_place",
    "run",
    "script",
]

# every command passes through this room; only those that run a script need all of it
_HOMES = {
    "Companion": "companion",
    "Outcome": "companion",
    "Program": "program",
    "ProgramError": "program",
    "find_ours_first": "same_names",
    "module": "program",
    "reserve_last_place": "last",
    "run": "execute",
    "script": "program",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'halfwave.launch' has no attribute {name!r}")
    return getattr(import_module(f"halfwave.launch.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
