"""Optimizers whose step calls another's (SAM, ZeroRedundancyOptimizer): the inner one counts."""

from __future__ import annotations

import threading

__all__ = ["NestedSteps"]

#: Steps that began and never ended, as their optimizer raised something, are forgotten beyond.
_MOST = 50


class NestedSteps:
    """Steps that are under way, one within the other, on each thread."""

    def __init__(self) -> None:
        self._of_thread = threading.local()

    def begins(self) -> None:
        """Take note of a step that begins."""
        here = self._of_thread
        ended = getattr(here, "ended", 0)
        if ended == 0 or len(here.begun) > _MOST:
            here.begun = []
        here.ended = ended or 1
        here.begun.append(here.ended)

    def ended(self) -> bool:
        """Take note of its end; whether another has ended within it, and was counted."""
        here = self._of_thread
        if not getattr(here, "begun", None):
            return False  # it began before anybody listened
        counted = here.begun.pop() != here.ended
        here.ended += 1
        return counted
