"""Run a user's script exactly as Python would, with something of ours beside it.

The script's frames, names and paths are those of plain Python; what goes along
with it (a `Companion`) is told when torch has been imported, when the script
has ended, and when nothing of it will run any more.
"""

from __future__ import annotations

from .companion import Companion, Outcome
from .execute import run
from .last import reserve_last_place
from .program import Program, ProgramError, module, script

__all__ = [
    "Companion",
    "Outcome",
    "Program",
    "ProgramError",
    "module",
    "reserve_last_place",
    "run",
    "script",
]
