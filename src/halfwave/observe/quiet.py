"""What is done in a step that is not watched: its loss is read, its rates are, it is counted.

Most steps are such. The engine would do the same, after asking for much that cannot be the
case here; but of Python code that has not run for one training step, each function costs some
ten microseconds: it has gone from the processor's caches. Where anything is out of the
ordinary, the answer is False, nothing has been done, and the engine does it.
"""

from __future__ import annotations

import os
from threading import get_ident
from time import perf_counter
from typing import TYPE_CHECKING, Any

from torch import Tensor

from halfwave.observe import private

if TYPE_CHECKING:
    from halfwave.observe.backwards import BackwardWatch
    from halfwave.observe.capture import Capture
    from halfwave.observe.losses import LossWatch, RateWatch
    from halfwave.observe.windows import Windows

__all__ = ["QuietSteps"]


class QuietSteps:
    """Takes note of steps that are not watched.

    Parameters
    ----------
    capture, windows, backwards, losses, rates
        Those of the engine.
    """

    def __init__(
        self,
        capture: Capture,
        windows: Windows,
        backwards: BackwardWatch,
        losses: LossWatch,
        rates: RateWatch,
    ) -> None:
        self._capture, self._windows, self._backwards = capture, windows, backwards
        self._losses, self._rates = losses, rates
        self._pid = os.getpid()
        #: Whether nothing but a quiet step is expected.
        self.is_ready = False

    def prepare(self, *, on: bool) -> None:
        """See whether the next step may be a quiet one; after every step that was none."""
        ordinary = self._backwards.is_ordinary and not self._capture.around.optimizers.asks
        self.is_ready = on and ordinary and not self._windows.is_open

    def _is_now(self) -> bool:
        return (
            not self._windows.is_open  # an evaluation may be watched in between
            and get_ident() == self._windows.mode.thread
            and os.getpid() == self._pid
            and not private.function_modes()
            and not private.is_intricate()
            and private.computing()
        )

    def backward_begins(self, outputs: Any) -> bool:
        """Take the value of a loss; `backward_ended` has to follow if that was done."""
        if not self.is_ready:
            return False
        started = perf_counter()
        root: Any = outputs[0]
        if type(root) is not Tensor or len(outputs) != 1 or not self._is_now():
            return False
        if not root.is_cpu or root.numel() != 1 or not root.is_floating_point():
            return False
        value: float = root.item()
        # what is not finite has a cause, which is looked for
        if value - value != 0 or not self._losses.add_here(value, self._capture.step):
            return False
        self._capture.around.breakdowns.last_finite = value
        self._capture.grad_scale = None
        self._capture.stamp += 1
        self._backwards.number += 1
        inside, windows = self._windows.inside, self._windows
        inside.depth = getattr(inside, "depth", 0) + 1
        windows.spent += perf_counter() - started
        return True

    def backward_ended(self) -> None:
        """It has run."""
        self._windows.inside.depth -= 1

    def stepped(self, optimizer: Any) -> bool:
        """Count a step that an optimizer has taken, if nothing is to be decided after it."""
        if not self.is_ready:
            return False
        started = perf_counter()
        windows = self._windows
        if not self._is_now() or not windows.passes(started, waiting=self._losses.full):
            return False
        self._rates.add(optimizer, windows.steps)
        windows.stepped(optimizer)
        self._capture.around.optimizers.stepped(optimizer, watched=False)
        windows.spent += perf_counter() - started
        return True
