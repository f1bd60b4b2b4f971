"""A watched run that can be put aside between steps, to measure what it costs."""

from __future__ import annotations

import time
from typing import Any

from torch.optim import optimizer

import halfwave
from halfwave.observe import capture, engine, ordinary, private, windows

__all__ = ["Watched"]

#: Where a clock is asked for what time it is, and how long something took.
CLOCKS = (capture, engine, ordinary, windows)
#: What torch calls around every step of an optimizer.
HOOKS: tuple[dict[int, Any], ...] = (
    vars(optimizer)["_global_optimizer_pre_hooks"],
    vars(optimizer)["_global_optimizer_post_hooks"],
)


class Watched:
    """`halfwave.watch` with some options; while it is off, a step meets nothing of it.

    Its clock stands still meanwhile, so a budget is of the time of its own steps. A run has no
    such switch, as only a measurement has a use for it: this one reaches into its engine. What
    a step passes is put back as it was, and no more: whatever is done between two steps fills
    the caches that the next one finds.
    """

    def __init__(self, **options: Any) -> None:
        self._away = self._left = self._spent = 0.0
        #: Seconds that each step took by the watcher's own clocks.
        self.told: list[float] = []
        for module in CLOCKS:
            vars(module)["perf_counter"] = self._clock
        without = private.run_backward(), *map(dict, HOOKS)
        self._run = halfwave.watch(**options)
        self._run.start()
        self._engine: Any = vars(vars(self._run)["_watcher"])["_engine"]
        self._with, self._without = (private.run_backward(), *map(dict, HOOKS)), without
        self.off()
        self.told.clear()

    def _clock(self) -> float:
        return time.perf_counter() - self._away

    def on(self) -> None:
        """Put the holds back that every step passes."""
        self._away += time.perf_counter() - self._left
        self._spent = self._engine.windows.total_spent
        self._put(*self._with)
        self._engine.windows.settle()

    def done(self) -> None:
        """Do nothing: it has been told of the step."""

    def off(self) -> None:
        """Take them off."""
        self._engine.windows.mode.take_off()
        self._put(*self._without)
        self._left = time.perf_counter()
        self.told.append(self._engine.windows.total_spent - self._spent)

    def _put(self, run_backward: Any, *hooks: dict[int, Any]) -> None:
        for module, name in private.BACKWARD_HOLDERS:
            setattr(module, name, run_backward)
        for held, wanted in zip(HOOKS, hooks, strict=True):
            held.clear()
            held.update(wanted)

    def stop(self) -> None:
        """End the run."""
        self.on()
        self._run.stop()
        for module in CLOCKS:
            vars(module)["perf_counter"] = time.perf_counter
