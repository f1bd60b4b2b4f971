"""The last place among a process's exit callbacks.

Callbacks run in the reverse order of their registration: who comes first runs
last. The place is taken as the process starts, before it is known who needs it.
"""

from __future__ import annotations

import atexit
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["reserve_last_place", "take_last_place"]

_callbacks: list[tuple[int, Callable[[], None]]] = []


def reserve_last_place() -> None:
    """Take the last place; call this before anything else is imported."""
    atexit.register(_run)


def take_last_place(callback: Callable[[], None]) -> None:
    """Have a callback run after all others, in this process and in no fork of it."""
    _callbacks.append((os.getpid(), callback))


def _run() -> None:
    while _callbacks:
        pid, callback = _callbacks.pop()
        if pid == os.getpid():
            callback()
