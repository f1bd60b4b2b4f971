"""The watching itself: opens and closes the windows in which steps are watched.

A *window* is what is watched in full, from the end of one step to the end of
the next; with several optimizers, until each has stepped (else one of a GAN's
two networks could go unseen for ever). Between windows the mode is off, and
all that is left is the value of the loss and the count of steps.
"""

from __future__ import annotations

import gc
import os
import threading
import weakref
from time import perf_counter
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from halfwave.observe import private
from halfwave.observe.capture import Capture
from halfwave.observe.hooks import Holds
from halfwave.observe.location import program_line
from halfwave.observe.losses import LossWatch, RateWatch
from halfwave.observe.mode import WatchMode
from halfwave.observe.parameters import ParameterWatch
from halfwave.observe.sampling import Sampler, Window
from halfwave.observe.structure import walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfwave.observe.options import Options

__all__ = ["Engine"]

# what one call costs that merely passes through the mode, in seconds (measured: 1 to 2 µs)
_PASSING = 1.5e-6
# the graph is walked again while new sites come, this often at most
_WALKS = 24
# a window in which more than this was spent, and many times the usual, goes passive
_LONG = 0.25


class Engine:
    """Watches from `start` to `stop`; `flush` is called when there is something to store.

    Everything public is called from the program's own thread, inside its own
    calls: it returns quickly, and what goes wrong goes to `fail`.
    """

    def __init__(
        self,
        options: Options,
        only: nn.Module | None,
        flush: Callable[[], None],
        fail: Callable[[Exception], None],
        *,
        late: bool,
    ) -> None:
        self.capture = Capture(only, fail)
        self.mode = WatchMode(self.capture.handlers)
        self.losses, self.rates = LossWatch(), RateWatch()
        self.parameters = ParameterWatch()
        self.sampler = Sampler(options)
        self.steps = self.backwards = self.sampled = 0
        self.spent = 0.0  # seconds that watching has taken, all told
        self.began = perf_counter()
        self.dense_watching = 0.0
        self._flush, self._fail = flush, fail
        self._holds = Holds(self)
        self._pid = os.getpid()
        self._on = False
        self._open = False
        self._wanted = False  # the mode is to be on, as soon as it can be
        self._inside = threading.local()  # depth of handled backwards, in which the mode is away
        self._window: Window = "full"
        self._window_spent = 0.0
        self._window_steps = 0
        self._optimizers: weakref.WeakSet[Any] = weakref.WeakSet()
        self._steppers: dict[int, weakref.ref[Any]] = {}
        self._due: set[int] = set()  # optimizers that have yet to step in this window
        self._by_backward: bool | None = None  # steps are counted by backward: no optimizer
        self._optimizer_made = False
        self._late = late  # optimizers may have been made before we came
        self._walks = 0
        self._scaled: weakref.ref[Tensor] | None = None
        self._scale: Tensor | None = None
        self._flushed = 0.0
        self._flush_gap = 2.0

    # -- start and stop ------------------------------------------------------------------

    def start(self) -> None:
        """Take hold of torch and watch the first steps."""
        self._on = True
        self._holds.take()
        self.began = self._flushed = perf_counter()
        self._open_window()

    def stop(self, *, failed: bool = False) -> None:
        """Let go of torch; what is pending is absorbed."""
        if not self._on:
            return
        self._on = False
        self._holds.release()
        self.mode.passive = True
        self.mode.take_off()
        if failed:  # perhaps while the mode was away, handling a call: it is put back after it
            self._holds.after_next_step(self.mode.take_off)
        if self._by_backward and self.backwards > self.steps:
            self.steps = self.backwards  # what the last one led to was not followed by another
        if os.getpid() == self._pid:
            if self._open:
                self._close_window()
            self._absorb()
            if children := private.children():
                what = f"what runs in child processes ({children} asked for)"
                reason = "one process is watched; workers that load data apply no activation"
                self.capture.unseen.note(what, "", reason)
            for name in private.scripted():
                what = f"activations inside {name}, compiled by torch.jit.script"
                self.capture.unseen.note(what, "", "it runs outside Python")

    def forked(self) -> None:
        """We are in a child process: it is not watched."""
        self._on = False
        self.mode.passive = True
        self._holds.release()
        self.mode.take_off()

    @property
    def watching(self) -> bool:
        """Whether anything is still watched."""
        return self._on

    # -- windows ------------------------------------------------------------------------------

    def _open_window(self, window: Window = "full") -> None:
        self._window = window
        self.capture.begin_window()
        self.capture.light = window == "light"
        self.mode.passive = False
        self.mode.calls = 0
        self._open = self._wanted = True
        self._window_spent = self.total_spent
        self._window_steps = 0
        self._due = {id(optimizer) for optimizer in self._optimizers}
        self._settle()

    def _close_window(self) -> None:
        self._absorb()
        self.spent += self.mode.calls * _PASSING
        self.mode.calls = 0
        self._open = self._wanted = False
        self.sampler.window_closed(self.total_spent - self._window_spent, self._window)
        if self._window == "full":
            self.sampled += self._window_steps
        self._settle()

    def _settle(self) -> None:
        """Put the mode on or off, unless it is just away handling a call."""
        if getattr(self._inside, "depth", 0):
            return
        if self._wanted:
            self.mode.put_on()
        else:
            self.mode.take_off()

    @property
    def total_spent(self) -> float:
        """Seconds that watching has taken, all told."""
        return self.spent + self.capture.own_time

    def _absorb(self) -> None:
        for site in self.capture.registry.sites:
            site.absorb()
        self.parameters.absorb()

    def _step_done(self) -> None:
        """A step has ended: count it, close the window, decide about the next."""
        self.steps += 1
        self.capture.step = self.steps + 1
        now = perf_counter()
        dense = self.sampler.dense
        if self._open:
            self._window_steps += 1
            late = self._window_steps > 8 + 2 * len(self._optimizers)
            if not dense and self._due and not late:
                return
            self._close_window()
        elif not self.sampler.may_watch(self.steps, now):
            if now - self._flushed >= self._flush_gap or self.losses.full:
                self._store(now)
            return
        window = self.sampler.choose(self.steps, candidates=not dense and self.capture.suspects)
        counting = self.total_spent - self.dense_watching - self.sampler.looking
        if self.sampler.watch_next(self.steps, now, counting, window):
            self._open_window(window)
        if dense:
            self._dense_step(now)
        elif now - self._flushed >= self._flush_gap:
            self._store(now)

    def _dense_step(self, now: float) -> None:
        """Store after the first step and at the end of the dense ones, whatever comes later."""
        ended = not self.sampler.dense
        if self.steps == 1 or ended:
            self._store(now)
        if ended:
            self.dense_watching = self.total_spent
            self.sampler.start = perf_counter()
            self._window_spent = self.total_spent

    def _store(self, now: float) -> None:
        started = perf_counter()
        self.losses.fetch()
        self._flush()
        took = perf_counter() - started
        self.spent += took
        self._flushed = now
        # storing may take a five-hundredth of the time at most
        self._flush_gap = max(2.0, 500 * took)

    # -- what the holds tell --------------------------------------------------------------------

    def _guarded(self, action: Callable[..., None], *args: Any) -> None:
        if not self._on or os.getpid() != self._pid:
            return
        if threading.get_ident() != self.mode.thread and not self._may_move():
            return
        started = perf_counter()
        before = self.total_spent
        try:
            # our own calls into torch are nobody's business, least of all our mode's
            private.plainly(action, *args)
        except Exception as error:  # noqa: BLE001 – whatever it is, it stays ours
            self._fail(error)
        # what the action has booked itself is not booked twice
        self.spent += perf_counter() - started - (self.total_spent - before)

    def _may_move(self) -> bool:
        """Watch another thread from now on, if this one turns out to be the one that trains."""
        if self.backwards == 0:
            self.mode.thread = threading.get_ident()
            return True
        self.capture.unseen.note(
            "what runs in other threads", "", "one thread is watched: the first that trains"
        )
        return False

    def backward_begins(self, outputs: Any, *, accumulates: bool) -> None:
        """A backward is about to run."""
        self._guarded(self._backward_begins, outputs, accumulates)

    def _backward_begins(self, outputs: Any, accumulates: bool) -> None:  # noqa: FBT001 – as told
        inside = self._inside
        inside.depth = getattr(inside, "depth", 0) + 1
        if not accumulates and self.steps and self._by_backward is not True:
            return  # autograd.grad for a penalty, in a program that trains by backward
        self.backwards += 1
        if self._by_backward is None:
            self._first_backward()
        root = outputs[0]
        if isinstance(root, Tensor) and _is_scalar(root):
            scaled = self._scaled is not None and self._scaled() is root
            self._scale = self._scale if scaled else None
            self.capture.grad_scale = self._scale
            place = program_line(6)
            if place is not None:
                self.losses.add(root, self.capture.step, place, self._scale)
        if self._open and self.capture.fresh and self._walks < _WALKS:
            self._walk([out.grad_fn for out in outputs if getattr(out, "grad_fn", None)])

    def _first_backward(self) -> None:
        self.capture.trains = True
        late = self._late and _has_optimizer()
        self._by_backward = not (self._optimizer_made or late)
        self._settle()  # in the thread that trains, which may not be the one we began in
        if self._by_backward:
            self._holds.take_outer()

    def _walk(self, roots: list[Any]) -> None:
        self.capture.fresh = False
        self._walks += 1
        structure = walk(roots)
        sites = self.capture.registry.sites
        for number, reached in structure.sites.items():
            if number < len(sites):
                sites[number].reached.states |= reached.states
                sites[number].reached.contexts |= reached.contexts
        self.parameters.place(structure.leaves)

    def backward_ended(self) -> None:
        """The backward has run."""
        self._guarded(self._backward_ended)

    def _backward_ended(self) -> None:
        self._inside.depth = max(getattr(self._inside, "depth", 1) - 1, 0)
        self.capture.stamp += 1
        if self._open and self._by_backward and self._window == "full":
            self.parameters.before_step(self.parameters.known(), self.capture.step, None, None)

    def outer_backward_begins(self) -> None:
        """The program calls backward again: without an optimizer a step lies behind it."""
        self._guarded(self._outer_begins)

    def _outer_begins(self) -> None:
        outer = getattr(self._inside, "outer", 0)
        self._inside.outer = outer + 1
        if outer == 0 and self._by_backward and self.backwards > self.steps:
            self.parameters.after_step()
            self._step_done()

    def outer_backward_ended(self) -> None:
        """That call has returned."""
        self._guarded(self._outer_ended)

    def _outer_ended(self) -> None:
        self._inside.outer = max(getattr(self._inside, "outer", 1) - 1, 0)
        if self._inside.outer == 0:
            self._settle()

    def step_begins(self, optimizer: Any) -> None:
        """An optimizer is about to step."""
        if self._open and self._window == "full":
            self._guarded(self._measure, optimizer)

    def _measure(self, optimizer: Any) -> None:
        tensors = [p for group in optimizer.param_groups for p in group["params"]]
        scale = getattr(optimizer, "grad_scale", None)
        self.parameters.before_step(tensors, self.capture.step, type(optimizer).__name__, scale)

    def step_ended(self, optimizer: Any) -> None:
        """An optimizer has stepped."""
        self._guarded(self._optimizer_stepped, optimizer)

    def _optimizer_stepped(self, optimizer: Any) -> None:
        if self._by_backward:  # it was made after the first backward
            self._by_backward = False
            self.steps = 0
        self._by_backward = False
        known = self._steppers.get(id(optimizer))
        if known is None or known() is not optimizer:
            self._steppers[id(optimizer)] = weakref.ref(optimizer)
            self._optimizers.add(optimizer)
        self._due.discard(id(optimizer))
        self.rates.add(optimizer, self.steps + 1)
        if self._open:
            self.parameters.after_step()
        self._step_done()

    def optimizer_made(self) -> None:
        """The program has made an optimizer."""
        self._optimizer_made = True

    def scaled(self, scaler: Any, result: Any) -> None:
        """A GradScaler has scaled a loss."""
        if isinstance(result, Tensor):
            self._scaled = weakref.ref(result)
            self._scale = getattr(scaler, "_scale", None)

    def step_aside(self) -> Callable[[], None]:
        """Take the mode off this thread for one call of the program's."""
        if not self._on or not self.mode.present:
            return _nothing
        self.mode.take_off()
        return self._settle_again

    def _settle_again(self) -> None:
        if self._on:
            self._guarded(self._settle)

    def fast_path(self, module: Any) -> None:
        """A fused inference path is about to run."""
        if self._open:
            self.capture.unseen.note(
                f"activations inside nn.{type(module).__name__} in evaluation",
                "",
                "left alone: watching would switch off its fused path and change the result",
            )

    def compiled(self) -> None:
        """The program has called torch.compile."""
        place = program_line(3)
        self.capture.unseen.note(
            "sites inside a region compiled by torch.compile",
            "" if place is None else f"{place[0].co_filename}:{place[1]}",
            "compiled code is left as it is; losses, parameters and gradients are watched",
            "run once without torch.compile, or with TORCH_COMPILE_DISABLE=1",
        )


def _is_scalar(loss: Tensor) -> bool:
    if private.dispatching() or private.tracing() or private.wrapped(loss):
        return False
    return loss.numel() == 1 and loss.is_floating_point() and not loss.is_meta


def _nothing() -> None:
    """Put nothing back: nothing was taken off."""


def _has_optimizer() -> bool:
    """Whether the program has an optimizer that was made before we came; takes a while."""
    kind = torch.optim.Optimizer
    return any(issubclass(type(thing), kind) for thing in gc.get_objects())
