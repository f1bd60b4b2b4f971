"""A watched run that can be put aside between steps, to measure what it costs."""

from __future__ import annotations

import time
from typing import Any

import halfwave
from halfwave.observe import capture, engine, windows

__all__ = ["Watched"]


class Watched:
    """`halfwave.watch` with some options; while it is off, torch is as it was.

    Its clock stands still meanwhile, so a budget is of the time of its own steps. A run has no
    such switch, as only a measurement has a use for it: this one reaches into its engine.
    """

    def __init__(self, **options: Any) -> None:
        self._away = 0.0
        for module in (capture, engine, windows):
            vars(module)["perf_counter"] = self._clock
        self._run = halfwave.watch(**options)
        self._run.start()
        self._engine: Any = vars(vars(self._run)["_watcher"])["_engine"]
        self.off()

    def _clock(self) -> float:
        return time.perf_counter() - self._away

    def on(self) -> None:
        """Take hold of torch."""
        self._away += time.perf_counter() - self._left
        vars(self._engine)["_holds"].take()
        self._engine.windows.settle()

    def done(self) -> None:
        """Do nothing: it has been told of the step."""

    def off(self) -> None:
        """Let go of torch."""
        self._engine.windows.mode.take_off()
        vars(self._engine)["_holds"].release(hooks=True)
        self._left = time.perf_counter()

    def stop(self) -> None:
        """End the run."""
        self.on()
        self._run.stop()
        for module in (capture, engine, windows):
            vars(module)["perf_counter"] = time.perf_counter
