"""A torch function mode that is on at every step, in every place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfwave.observe.mode import WatchMode
from halfwave.observe.private import default_device, mode_stack, pop_mode, push_mode

if TYPE_CHECKING:
    from typing import Any

    from halfwave.observe.mode import Handler

__all__ = ["SteadyMode"]


class SteadyMode(WatchMode):
    """Stands right above the watcher's mode, under all of the program's own.

    What it calls in the place of a function is so seen by the watcher, as if
    the program had called it.
    """

    def __init__(self, handlers: dict[Any, Handler]) -> None:
        super().__init__(handlers)
        self.gate.thread = None  # a backward may run in others

    def put_on(self) -> None:
        """Stand above the watcher's mode in this thread's stack."""
        if self.present:
            return
        modes = list(mode_stack())
        for _ in modes:
            pop_mode()
        at = 0
        while at < len(modes) and _below(modes[at]):
            at += 1
        for mode in (*modes[:at], self, *modes[at:]):
            push_mode(mode)


def _below(mode: Any) -> bool:
    return mode is default_device() or type(mode) is WatchMode
