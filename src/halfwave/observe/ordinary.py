"""What is done around an ordinary step: its loss is read, its rates are, it is counted.

Most steps are such: those that are not watched, and those that are where every step is. The
engine would do the same, after asking for much that cannot be the case here; but of Python code
that has not run for one training step, each function costs some ten microseconds: it has gone
from the processor's caches. Where anything is out of the ordinary, the answer is False, nothing
has been done, and the engine does it.
"""

from __future__ import annotations

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

__all__ = ["OrdinarySteps"]


class OrdinarySteps:
    """Takes note of steps of which nothing is to be decided.

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
        self._thread = 0  # the one that is watched
        self._watched = False  # whether the step under way is
        #: Whether nothing but an ordinary step is expected.
        self.is_ready = False

    def prepare(self, *, on: bool) -> None:
        """See whether the next step may be an ordinary one; after every step that was none."""
        windows, backwards = self._windows, self._backwards
        self._watched = windows.is_open
        self._thread = windows.mode.gate.thread
        if self._watched:
            expected = windows.watches_all and not backwards.looks_for_sites
        else:
            expected = not self._capture.around.optimizers.asks
        self.is_ready = on and expected and backwards.is_ordinary

    # in a fork it is not ready any more: the process need not be asked for

    def _is_here(self) -> bool:
        # an evaluation may be watched in between
        return self._windows.is_open is self._watched and get_ident() == self._thread

    def _is_now(self) -> bool:
        return (
            self._windows.is_open is self._watched
            and get_ident() == self._thread
            and private.is_undisturbed()
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
        around, step = self._capture.around, self._capture.step
        # what is not finite has a cause, which is looked for; others are sums, or made by hand
        known = not self._watched or around.objectives.expects(root.grad_fn, step)
        if value - value != 0 or not known or not self._losses.add_here(root, value, step):
            return False
        if self._watched:
            around.optimizers.backward_begins()
            around.objectives.expected_backward(root.grad_fn, step)
        around.breakdowns.last_finite = value
        self._capture.grad_scale = None
        self._backwards.number += 1
        inside, windows = self._windows.inside, self._windows
        inside.depth = getattr(inside, "depth", 0) + 1
        windows.spent += perf_counter() - started
        return True

    def backward_ended(self) -> None:
        """It has run."""
        self._windows.inside.depth -= 1
        self._capture.stamp += 1

    def step_begins(self, optimizer: Any, *, closure: bool) -> bool:
        """Whether nothing is to be measured before an optimizer steps."""
        if not self.is_ready:
            return False
        if not self._watched:
            return True
        windows = self._windows
        if closure or not self._is_here() or self._capture.around.optimizers.is_asked(optimizer):
            return False
        if windows.parameters.turns.may_be_anybodys():
            return False
        windows.mode.take_off()  # nothing is activated in a step
        return True

    def stepped(self, optimizer: Any) -> bool:
        """Count a step that an optimizer has taken, if nothing is to be decided after it."""
        if not self.is_ready:
            return False
        started = perf_counter()
        windows, watched = self._windows, self._watched
        if not self._is_now():
            return False
        if watched:  # the engine would ask again, and find nothing more
            windows.parameters.after_step()
        passes = windows.goes_on if watched else windows.passes
        if not passes(optimizer, started, waiting=self._losses.full):
            return False
        self._rates.add(optimizer, windows.steps)
        self._capture.around.optimizers.stepped(optimizer, watched=watched)
        windows.spent += perf_counter() - started
        return True
