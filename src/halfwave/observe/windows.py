"""The windows in which steps are watched, and when what they brought is stored.

A *window* is what is watched in full, from the end of one step to the end of
the next; with several optimizers, until each has stepped (else one of a GAN's
two networks could go unseen for ever). Between windows the mode is off.
"""

from __future__ import annotations

import threading
import weakref
from time import perf_counter
from typing import TYPE_CHECKING, Any

from halfwave.observe.mode import WatchMode
from halfwave.observe.parameters import ParameterWatch
from halfwave.observe.sampling import Sampler, Window

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfwave.observe.capture import Capture
    from halfwave.observe.options import Options

__all__ = ["Windows"]

# what one call costs that merely passes through the mode, in seconds (measured: 1 to 2 µs)
_PASSING = 1.5e-6
# places that switch gradients off are given so many trials
_TRIALS = 2
# at least so many seconds lie between two stores, and so many times what one takes
_STORE_GAP, _STORE_SHARE = 2.0, 1000
# what so many steps or units have brought is merged in one go: merging a little after every
# step finds its code and data gone from the processor's caches
_STEPS_WAITING, _UNITS_WAITING = 32, 200_000


class Windows:
    """Opens and closes windows, counts steps and seconds.

    Parameters
    ----------
    options : Options
        How much is watched.
    capture : Capture
        What looks at the calls in a window.
    store : callable
        Stores what is known so far.
    """

    def __init__(self, options: Options, capture: Capture, store: Callable[[], None]) -> None:
        self.mode = WatchMode(capture.handlers, capture.fail)
        self.parameters = ParameterWatch(capture.around.layers.unit_axis)
        self.sampler = Sampler(options)
        self.steps = self.sampled = 0
        self.spent = 0.0  # seconds that watching has taken outside the capture's handlers
        self._passing = 0.0  # and calls that merely pass through the mode
        self.dense_watching = 0.0
        self.began = perf_counter()
        self.is_open = False
        # .depth of handled backwards, in which the mode is away; .compiled calls under way
        self.inside = threading.local()
        self._capture, self._store_now = capture, store
        self._wanted = False  # the mode is to be on, as soon as it can be
        self._window: Window = "full"
        self._spent_before = 0.0
        self._steps_inside = 0
        self._unmerged = 0  # closed windows whose figures wait
        self._optimizers: weakref.WeakSet[Any] = weakref.WeakSet()
        self._known: dict[int, weakref.ref[Any]] = {}
        self._stepped_at: dict[int, int] = {}  # by identity of an optimizer, its last step
        self._due: set[int] = set()  # optimizers that have yet to step in this window
        self._depth = self._seen = 0  # contexts without gradients; what was seen before them
        self._place: Any = None  # of the outermost of them
        self._useless: dict[Any, int] = {}
        self._stored = self.began
        self._store_gap = _STORE_GAP

    @property
    def total_spent(self) -> float:
        """Seconds that watching has taken, all told."""
        return self.spent + self._passing + self._capture.spent

    @property
    def sparing(self) -> bool:
        """Whether no budget spaces the watched steps, so that each has to be cheap by itself."""
        return not self.sampler.dense and self.sampler.spacing_is_fixed

    @property
    def watches_all(self) -> bool:
        """Whether the step under way is watched, and so will be whatever follows it."""
        return self.full and self.sampler.takes_all and len(self._optimizers) == 1

    @property
    def full(self) -> bool:
        """Whether a window is open in which everything is looked at."""
        return self.is_open and self._window == "full"

    @property
    def evaluating(self) -> bool:
        """Whether a window is open that is there for an evaluation alone."""
        return self.is_open and self._window == "evaluation"

    @property
    def may_evaluate(self) -> bool:
        """Whether there is time to watch an evaluation that begins now, or one is being watched."""
        if self.is_open:
            return self.evaluating
        return self.sampler.may_evaluate(perf_counter())

    def evaluation_begins(self, place: Any) -> None:
        """Watch an evaluation between two watched steps; ask `may_evaluate` first.

        `place` is where gradients were switched off: where nothing was to be
        seen twice (an average of weights, say), it is left alone.
        """
        if self.evaluating:
            self._depth += 1
            return
        if self._useless.get(place, 0) < _TRIALS:
            self._depth, self._place, self._seen = 1, place, self._capture.seen
            self.open("evaluation")

    def evaluation_ended(self) -> None:
        """Cease to watch it."""
        self._depth -= 1
        if self.evaluating and self._depth <= 0:
            if self._capture.seen == self._seen:
                self._useless[self._place] = self._useless.get(self._place, 0) + 1
            self.close()

    def open(self, window: Window = "full") -> None:
        """Begin to watch."""
        self._window = window
        self._capture.begin_window()
        self._capture.light, self._capture.takes_all = window == "light", self.sampler.takes_all
        self.mode.gate.passive = False
        self.mode.gate.calls = 0
        self.is_open = self._wanted = True
        self._spent_before = self.total_spent
        self._steps_inside = 0
        # an optimizer that has not stepped for long belongs to a training that is over
        since = self.steps - self._longest
        stepped = self._stepped_at
        self._due = {id(one) for one in self._optimizers if stepped.get(id(one), -1) >= since}
        self.settle()

    def begin_anew(self) -> bool:
        """Watch the first steps of a training that begins behind another one, if there is time."""
        if not self.steps or self.is_open or not self.sampler.begins_anew(perf_counter()):
            return False
        self._stepped_at.clear()  # who goes on stepping is met again
        self.open()
        return True

    def close(self) -> None:
        """Cease to watch; what the window brought is merged."""
        self._unmerged += 1
        waits = self.sparing and self._unmerged < _STEPS_WAITING
        if not waits or self._capture.units_waiting >= _UNITS_WAITING:
            self.absorb()
        self._passing += self.mode.gate.calls * _PASSING
        self.mode.gate.calls = 0
        self.is_open = self._wanted = False
        cost = self.total_spent - self._spent_before
        if self._window == "evaluation":
            self.sampler.evaluation_closed(cost, perf_counter())
        else:
            self.sampler.window_closed(cost, self._window)
        if self._window == "full":
            self.sampled += self._steps_inside
        self.settle()

    def settle(self) -> None:
        """Put the mode on or off, unless it is just away handling a call."""
        if getattr(self.inside, "depth", 0):
            return
        if self._wanted and not getattr(self.inside, "compiled", 0):
            self.mode.put_on()
        else:
            self.mode.take_off()

    def enter_compiled(self) -> None:
        """Keep the mode off this thread: compiled code would be compiled again for it."""
        self.inside.compiled = getattr(self.inside, "compiled", 0) + 1
        self.mode.take_off()

    def leave_compiled(self) -> None:
        """Compiled code has ended; `settle` is to follow."""
        self.inside.compiled = max(getattr(self.inside, "compiled", 1) - 1, 0)

    def absorb(self) -> None:
        """Bring what waits on devices into the totals."""
        self._unmerged = self._capture.units_waiting = 0
        for site in self._capture.registry.sites:
            site.figures.absorb()
        self.parameters.absorb()
        self._capture.around.absorb()

    def stepped(self, optimizer: Any) -> None:
        """Take note of who has stepped; `step_done` has to follow."""
        known = self._known.get(id(optimizer))
        if known is None or known() is not optimizer:
            self._known[id(optimizer)] = weakref.ref(optimizer)
            self._optimizers.add(optimizer)
        self._stepped_at[id(optimizer)] = self.steps
        self._due.discard(id(optimizer))

    @property
    def _longest(self) -> int:
        """Steps that a window lasts at most, until each optimizer has stepped in it."""
        return 8 + 2 * len(self._optimizers)

    def passes(self, optimizer: Any, now: float, *, waiting: bool) -> bool:
        """Count a step that was not watched; False where there is more to do: see `step_done`."""
        if waiting or now - self._stored >= self._store_gap or now < self._stored:
            return False
        if self.sampler.may_watch(self.steps + 1, now):
            return False
        known = self._known.get(id(optimizer))
        if known is None or known() is not optimizer:
            return False
        self.steps += 1
        self._capture.step = self.steps + 1
        self._stepped_at[id(optimizer)] = self.steps  # as `stepped`, one function less
        return True

    def goes_on(self, optimizer: Any, now: float, *, waiting: bool) -> bool:
        """Count a watched step and watch the next in the same window; else as `passes`."""
        if waiting or now - self._stored >= self._store_gap or now < self._stored:
            return False
        merges = self._unmerged + 1 >= _STEPS_WAITING
        if merges or self._capture.units_waiting >= _UNITS_WAITING:
            return False
        known = self._known.get(id(optimizer))
        if known is None or known() is not optimizer:  # from now on each has to step
            return False
        self._unmerged += 1
        self._passing += self.mode.gate.calls * _PASSING
        self.mode.gate.calls = 0
        self.steps += 1
        self._steps_inside += 1
        self._capture.step = self.steps + 1
        self._capture.begin_window()
        self.settle()
        return True

    def step_done(self, *, waiting: bool) -> None:
        """Count a step, close the window, decide about the next; `waiting`: store soon."""
        self.steps += 1
        self._capture.step = self.steps + 1
        now = perf_counter()
        self._stored = min(self._stored, now)  # a clock that was set back puts nothing off
        dense = self.sampler.dense
        if self.evaluating:
            self.close()
        if self.is_open:
            self._steps_inside += 1
            late = self._steps_inside > self._longest
            if not dense and self._due and not late:
                return
            self.close()
        elif not self.sampler.may_watch(self.steps, now):
            if waiting or now - self._stored >= self._store_gap:
                self.store(now)
            return
        candidates = not dense and self._capture.suspects
        window = self.sampler.choose(self.steps, candidates=candidates)
        counting = self.total_spent - self.dense_watching - self.sampler.looking
        if self.sampler.watch_next(self.steps, now, counting, window):
            self.open(window)
        if dense:
            self._dense_step(now)
        elif now - self._stored >= self._store_gap:
            self.store(now)

    def _dense_step(self, now: float) -> None:
        """Store after the first step and at the end of the dense ones, whatever comes later."""
        ended = not self.sampler.dense
        if self.steps == 1 or ended:
            self.store(now)
        if ended:
            self.dense_watching = self._spent_before = self.total_spent
            self.sampler.start = perf_counter()

    def store(self, now: float) -> None:
        """Store what is known; the more it takes, the longer until the next time."""
        started = perf_counter()
        if self._unmerged:
            self.absorb()
        self._store_now()
        took = perf_counter() - started
        self.spent += took
        self._stored = now
        self._store_gap = max(_STORE_GAP, _STORE_SHARE * took)
