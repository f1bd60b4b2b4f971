"""SIGTERM: have our say, then die of it as a plain Python would."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

__all__ = ["before_sigterm"]


def before_sigterm(callback: Callable[[], None]) -> None:
    """Call something before SIGTERM ends this process.

    Only where nobody else handles the signal; a script that sets a handler of
    its own takes it over as usual. Forks get the default back.
    """
    if threading.current_thread() is not threading.main_thread():
        return  # Python lets only the main thread set handlers
    if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        return

    def handler(number: int, _: FrameType | None) -> None:
        # a second one ends the process at once, whatever we are doing
        signal.signal(number, signal.SIG_DFL)
        try:
            callback()
        finally:
            os.kill(os.getpid(), number)

    signal.signal(signal.SIGTERM, handler)
    _restore_in_forks(handler)


def _restore_in_forks(handler: Callable[[int, FrameType | None], None]) -> None:
    """Give forked children the default handler, from their first moment on.

    The signal is held back around the fork: a child that inherits our handler
    forgets what came before it could restore the default, and would live on.
    """
    held = threading.local()  # threads may fork at the same time

    def before() -> None:
        held.mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})

    def in_parent() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, held.mask)

    def in_child() -> None:
        if signal.getsignal(signal.SIGTERM) is handler:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        in_parent()

    os.register_at_fork(before=before, after_in_parent=in_parent, after_in_child=in_child)
