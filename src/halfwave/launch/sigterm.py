"""SIGTERM: have our say, then die of it as a plain Python would."""

from __future__ import annotations

import threading
from importlib import import_module
from typing import TYPE_CHECKING, Any
from weakref import WeakMethod

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["before_sigterm"]


def before_sigterm(callback: Callable[[], bool]) -> None:
    """Call a method, for as long as its object lives, before SIGTERM ends this process.

    If it returns True the process goes on, until it sends itself the signal again.
    Only where nobody else handles the signal; a script that sets a handler of its own takes it
    over as usual. To the script the signal has its default: a handler of Python's would be found
    by ``signal.getsignal``, and called by whoever passes a signal on to the one before him.
    On other systems than Linux, and without the native core, there is no say; what was recorded
    is there all the same.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    try:
        core: Any = import_module("halfwave._native")
    except ImportError:
        return
    reference = WeakMethod(callback)  # the core never lets go of what it is given

    def say() -> bool:
        found = reference()
        return found is not None and found()

    core.before_sigterm(say)
