"""When to watch: the first steps densely, then as often as the budget pays for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from halfwave.observe.options import Options

__all__ = ["Sampler"]

# a watched step may cost up to this many times the last ones: the estimate leans to caution
_MARGIN = 1.1


class Sampler:
    """Decides at the end of each step whether the next one is watched.

    All times are seconds of one clock; `spent` counts what the watching has
    taken so far, by its own measure.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self.start: float | None = None  # when the dense steps ended
        self.start_spent = 0.0
        self._estimate = 0.0
        #: Before this time no step needs to be thought about.
        self.next_time = 0.0

    @property
    def dense(self) -> bool:
        """Whether the first, densely watched steps are still going on."""
        return self.start is None

    def window_closed(self, cost: float) -> None:
        """Learn from what a watched step has cost."""
        if self._estimate == 0 or cost < self._estimate:
            self._estimate = cost
        else:
            self._estimate += 0.3 * (cost - self._estimate)

    def watch_next(self, steps: int, now: float, spent: float) -> bool:
        """Whether the step after the `steps` that are done is to be watched."""
        options = self._options
        if options.max_steps is not None and steps >= options.max_steps:
            return False
        if steps < options.dense:
            return True
        if self.start is None:
            self.start, self.start_spent = now, spent
        if options.every is not None:
            return steps % options.every == 0
        if options.budget is None:
            return True
        taken = spent - self.start_spent + self._estimate * _MARGIN
        earliest = self.start + taken / options.budget
        self.next_time = earliest
        return now >= earliest
