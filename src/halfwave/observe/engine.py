"""The watching itself: what torch tells through the holds, and what follows from it.

Between windows all that is left is the value of the loss and the count of
steps.
"""

from __future__ import annotations

import os
import threading
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from halfwave.observe import private
from halfwave.observe.around import KerasHolds
from halfwave.observe.around.optimizers import param_groups
from halfwave.observe.backwards import BackwardWatch
from halfwave.observe.capture import Capture
from halfwave.observe.hooks import Holds
from halfwave.observe.location import program_line
from halfwave.observe.losses import LossWatch, RateWatch
from halfwave.observe.ordinary import OrdinarySteps
from halfwave.observe.windows import Windows

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

    from halfwave.observe.options import Options

__all__ = ["Engine"]


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
        self.losses, self.rates = LossWatch(), RateWatch()
        self.capture = Capture(only, fail, self.rates.name)
        self.around = self.capture.around
        self.windows = Windows(options, self.capture, self._store)
        self.uncompiled = 0  # calls of compiled code that were run uncompiled
        self._eager_samples = options.eager_samples
        self._flush, self._fail = flush, fail
        self._pid = os.getpid()
        self._on = self._busy = False
        self.backwards = BackwardWatch(
            self.capture, self.windows, self.losses, self._count_backwards, late=late
        )
        self.ordinary = OrdinarySteps(
            self.capture, self.windows, self.backwards, self.losses, self.rates
        )
        self._holds = Holds(self, self.ordinary, fail)
        self._keras = KerasHolds(self, self._holds.replace, fail)

    def _count_backwards(self) -> None:
        self._holds.take_outer()

    # -- start and stop ------------------------------------------------------------------

    def start(self) -> None:
        """Take hold of torch and watch the first steps."""
        self._on = True
        self._holds.take()
        self._keras.take()
        self.windows.began = perf_counter()
        self.windows.open()

    def stop(self, *, failed: bool = False) -> None:
        """Let go of torch; what is pending is absorbed."""
        windows = self.windows
        if not self._on:
            windows.mode.take_off()  # after a failure in the middle of a call it may still stand
            self._keras.release()
            self._holds.release(hooks=not failed)
            return
        self._let_go(hooks=not failed)
        if failed:  # perhaps while the mode was away, handling a call: it is put back after it
            self._holds.after_next_step(windows.mode.take_off)
        self.backwards.finish()
        if os.getpid() == self._pid:
            if windows.is_open:
                windows.close()
            windows.parameters.finish()
            windows.absorb()
            registry = self.capture.registry
            self.capture.unseen.note_at_end(sites=len(registry.sites) if registry.full else None)

    def _let_go(self, *, hooks: bool) -> None:
        self._on = False
        self.ordinary.is_ready = False
        self.windows.mode.gate.passive = True
        try:
            self.windows.mode.take_off()
        finally:
            try:
                self._keras.release()
            finally:
                self._holds.release(hooks=hooks)

    def forked(self) -> None:
        """We are in a child process: it is not watched."""
        self._let_go(hooks=False)

    @property
    def watching(self) -> bool:
        """Whether anything is still watched."""
        return self._on

    def _store(self) -> None:
        self.losses.fetch()
        self._flush()

    # -- what the holds tell --------------------------------------------------------------------

    def _guarded(self, action: Callable[..., None], *args: Any) -> None:
        windows = self.windows
        if not self._on or os.getpid() != self._pid:
            return
        if threading.get_ident() != windows.mode.gate.thread and not self._may_move():
            return
        if self._busy:
            return  # this is our own doing
        started, before = perf_counter(), windows.spent
        self._busy = True
        try:
            # our own calls into torch are nobody's business, least of all our mode's
            private.plainly(action, *args)
        except Exception as error:  # noqa: BLE001 – whatever it is, it stays ours
            self._fail(error)
        finally:
            self._busy = False
        windows.spent = before + perf_counter() - started  # what was booked inside is part of it

    def _elsewhere(self) -> None:
        """Watch a thread that evaluates, where no other has done anything yet: a server's."""
        if os.getpid() == self._pid and not self.capture.seen and self._may_move():
            self.windows.settle()
        elif self.backwards.number == 0:
            self.capture.unseen.note_threads()

    def _may_move(self) -> bool:
        """Watch another thread from now on, if this one turns out to be the one that trains."""
        if self.backwards.number == 0:
            self.windows.mode.gate.thread = threading.get_ident()
            self.ordinary.prepare(on=self._on)
            return True
        self.capture.unseen.note_threads()
        return False

    def backward_begins(self, outputs: Any, *, accumulates: bool) -> None:
        """A backward is about to run."""
        self._guarded(self.backwards.begins, outputs, accumulates)

    def backward_ended(self) -> None:
        """The backward has run."""
        self._guarded(self.backwards.ended)

    def outer_backward_begins(self) -> None:
        """The program calls backward again: without an optimizer a step lies behind it."""
        self._guarded(self.backwards.outer_begins)

    def outer_backward_ended(self) -> None:
        """That call has returned."""
        self._guarded(self.backwards.outer_ended)

    def step_begins(self, optimizer: Any, *, closure: bool) -> None:
        """An optimizer is about to step; with a `closure` that computes the loss again."""
        if self.windows.full or self.around.optimizers.is_asked(optimizer):
            self._guarded(self._step_begins, optimizer, closure)
        if not closure and self._on and self.windows.mode.present:
            # nothing is activated in a step: its many small calls need not pass the mode
            self.windows.mode.take_off()

    def _step_begins(self, optimizer: Any, closure: bool) -> None:  # noqa: FBT001 – by position
        self.around.optimizers.step_begins(optimizer)
        if not self.windows.full or private.dispatching():
            return  # a dispatch mode of the program's own would see what is measured
        parameters = self.windows.parameters
        if self.windows.sparing and not parameters.turns.may_be_anybodys():
            return
        tensors = [p for group in param_groups(optimizer) for p in group["params"]]
        scale = getattr(optimizer, "grad_scale", None)
        name = type(optimizer).__name__
        step, sparing = self.capture.step, self.windows.sparing
        parameters.before_step(tensors, step, name, scale, closure=closure, sparing=sparing)

    def step_ended(self, optimizer: Any) -> None:
        """An optimizer has stepped."""
        self._guarded(self._optimizer_stepped, optimizer)

    def _optimizer_stepped(self, optimizer: Any) -> None:
        windows = self.windows
        self.backwards.optimizer_stepped()
        windows.stepped(optimizer)
        self.rates.add(optimizer, windows.steps + 1)
        scaled = self.capture.grad_scale is not None
        self.around.optimizers.stepped(optimizer, watched=windows.full, scaled=scaled)
        if windows.is_open:
            windows.parameters.after_step()
        windows.step_done(waiting=self.losses.full)
        windows.settle()
        self.ordinary.prepare(on=self._on)

    def optimizer_made(self, optimizer: Any) -> None:
        """The program makes an optimizer."""
        self.backwards.optimizer_made = True
        self._guarded(self._optimizer_made, optimizer)

    def _optimizer_made(self, optimizer: Any) -> None:
        self.around.optimizers.made(optimizer)
        if self.windows.begin_anew():
            self.ordinary.prepare(on=self._on)

    def keras_loss_begins(self) -> None:
        """Keras computes a loss: what it calls of torch for that is its own affair."""
        self.around.in_keras += 1

    def keras_loss_ended(self, loss: Any, target: Any, output: Any, result: Any) -> None:
        """It has been computed."""
        self.around.in_keras -= 1
        if (self.windows.full or self.windows.evaluating) and result is not None:
            self._guarded(self.around.keras_loss, loss, target, output, result)

    def keras_norm(self, layer: Any, given: Any, *, training: bool) -> None:
        """Keras is about to normalise over a batch, or by its running figures."""
        if self.windows.full or self.windows.evaluating:
            self._guarded(partial(self.around.keras_norm, layer, given, training=training))

    def gradients_off(self) -> None:
        """The program has switched gradients off: an evaluation may begin."""
        windows = self.windows
        if self._on and threading.get_ident() != windows.mode.gate.thread:
            self._elsewhere()
        if self._on and windows.steps and windows.may_evaluate:
            self._guarded(windows.evaluation_begins, program_line())

    def gradients_on(self) -> None:
        """They are as they were before."""
        if self._on and self.windows.evaluating:
            self._guarded(self.windows.evaluation_ended)

    def scaled(self, scaler: Any, result: Any) -> None:
        """A GradScaler has scaled a loss."""
        self.backwards.scaled(scaler, result)
        self.ordinary.prepare(on=self._on)

    def unscaled(self, optimizer: Any) -> None:
        """A GradScaler is about to divide an optimizer's gradients, or to have it step."""
        self._guarded(self.around.optimizers.unscaled, optimizer)

    def step_aside(self) -> Callable[[], None] | None:
        """Take the mode off this thread for one call of the program's."""
        if not self._on or not self.windows.mode.present:
            return None
        self.windows.mode.take_off()
        return self._settle_again

    def compiled_call(self) -> Callable[[], None] | None:
        """Compiled code is about to run: out of its sight, or uncompiled if that is wanted."""
        windows = self.windows
        watched = windows.full or windows.evaluating
        if self._eager_samples and watched and self._on and windows.mode.present:
            back = private.run_uncompiled()
            if back is not None:
                self.uncompiled += 1
                return back
        if not self._on:
            return None
        windows.enter_compiled()
        return self._compiled_ended

    def _compiled_ended(self) -> None:
        self.windows.leave_compiled()
        self._settle_again()

    def _settle_again(self) -> None:
        if self._on:
            self._guarded(self.windows.settle)

    def fast_path(self, module: Any) -> None:
        """A fused inference path is about to run."""
        if self.windows.is_open:
            self.capture.unseen.note_fast_path(module)

    def compiled(self) -> None:
        """The program has called torch.compile."""
        self.backwards.compiles = True
        self.ordinary.prepare(on=self._on)
        if not self._eager_samples:
            self.capture.unseen.note_compiled()

    def torchscript(self, made: Any, how: str) -> None:
        """The program has got something that runs outside Python."""
        self.capture.unseen.note_torchscript(made, how)
