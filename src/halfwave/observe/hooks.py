"""Where the watcher takes hold of torch, and how it lets go again.

Every hold is put on once and taken off on `release`; what torch had before is
put back. The fewest and deepest places were chosen: one function that every
backward passes, the optimizers' own global hooks, and what `CompilerHolds` takes.
"""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any

import torch
from torch.optim.optimizer import (
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)

from halfwave.observe import private
from halfwave.observe.compiler_holds import CompilerHolds
from halfwave.observe.guarded import guarded
from halfwave.observe.nested import NestedSteps

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfwave.observe.listening import Listener, Ordinary

__all__ = ["Holds"]


class Holds:
    """All the places held.

    Parameters
    ----------
    listener : Listener
        Told of what happens there.
    ordinary : Ordinary
        Told first, of backwards and steps.
    fail : callable
        Told of what the listener raises, which goes no further.
    """

    def __init__(
        self, listener: Listener, ordinary: Ordinary, fail: Callable[[Exception], None]
    ) -> None:
        self._ordinary = ordinary
        self._listener, self._fail = guarded(listener, fail), fail
        self._undo: list[Callable[[], None]] = []
        self._hooks: list[Callable[[], None]] = []  # to be taken off optimizers
        self._later: list[Callable[[], None]] = []  # to be done after the next step
        self._outer = False

    def take(self) -> None:
        """Put every hold on."""
        self._take_engine()
        self._take_steps()
        self._take_making()
        self._take_gradient_switches()
        self._take_scaler()
        CompilerHolds(self._listener, self.replace, self._fail).take()

    def _take_steps(self) -> None:
        listener, ordinary, fail = self._listener, self._ordinary, self._fail

        nested = NestedSteps()

        def before(optimizer: Any, args: Any, kwargs: Any) -> None:
            if torch.compiler.is_compiling():
                return
            closure = bool(args[1:] or kwargs)
            try:
                nested.begins()
                is_done = ordinary.step_begins(optimizer, closure=closure)
            except Exception as error:  # noqa: BLE001 – whatever it is, it stays ours
                is_done = fail(error)
            if not is_done:
                listener.step_begins(optimizer, closure=closure)

        def after(optimizer: Any, _args: Any, _kwargs: Any) -> None:
            if torch.compiler.is_compiling():
                return
            try:
                is_done = nested.ended() or ordinary.stepped(optimizer)
            except Exception as error:  # noqa: BLE001 – as above
                is_done = fail(error)
            if not is_done:
                listener.step_ended(optimizer)
                while self._later:
                    self._later.pop()()

        self._hooks.append(register_optimizer_step_pre_hook(before).remove)
        self._hooks.append(register_optimizer_step_post_hook(after).remove)

    def release(self, *, hooks: bool) -> None:
        """Take every hold off, whatever fails meanwhile.

        Optimizers call their hooks one after the other and may just be at it: then
        none may be taken off (`hooks` False). They have nobody to tell any more.
        """
        failed: Exception | None = None
        while self._undo or (hooks and self._hooks):
            try:
                (self._undo or self._hooks).pop()()
            except Exception as error:  # noqa: BLE001 – told when the others are off
                failed = error
        if failed is not None:
            raise failed

    def after_next_step(self, action: Callable[[], None]) -> None:
        """Do something once, after the next step of any optimizer; it may not raise."""
        self._later.append(action)

    def replace(self, owner: Any, name: str, new: Any) -> None:
        """Put `new` in the place of an attribute until `release`."""
        old = getattr(owner, name)
        setattr(owner, name, new)

        def undo() -> None:
            # somebody may have put a wrapper of his own around ours since: his stays
            if getattr(owner, name, None) is new:
                setattr(owner, name, old)

        self._undo.append(undo)

    def _take_engine(self) -> None:
        listener, ordinary, fail = self._listener, self._ordinary, self._fail
        original = private.run_backward()  # as it is now: a remedy may hold it already

        @functools.wraps(original)
        def run_backward(t_outputs: Any, *args: Any, **kwargs: Any) -> Any:
            if private.graph_task() != -1:  # a checkpoint's, say: no backward of the program's own
                return original(t_outputs, *args, **kwargs)
            accumulates = bool(kwargs.get("accumulate_grad", False))
            try:
                is_done = accumulates and ordinary.backward_begins(t_outputs)
            except Exception as error:  # noqa: BLE001 – whatever it is, it stays ours
                is_done = fail(error)
            if is_done:
                try:
                    return original(t_outputs, *args, **kwargs)
                finally:
                    try:
                        ordinary.backward_ended()
                    except Exception as error:  # noqa: BLE001 – as above
                        fail(error)
            listener.backward_begins(t_outputs, accumulates=accumulates)
            try:
                return original(t_outputs, *args, **kwargs)
            finally:
                listener.backward_ended()

        for module, name in private.BACKWARD_HOLDERS:
            self.replace(module, name, run_backward)

    def take_outer(self) -> None:
        """Hold the calls of backward themselves, not only the engine.

        While the mode handles ``loss.backward()`` it is off the stack, to be
        put back when the call returns: nobody can take it off from inside.
        Where no optimizer's step comes after it, it has to be done outside.
        """
        if self._outer:
            return
        self._outer = True
        listener = self._listener
        for owner, name in (
            (torch.Tensor, "backward"),
            (torch.autograd, "backward"),
            (torch.autograd, "grad"),
        ):
            original = getattr(owner, name)

            def outer(*args: Any, _original: Any = original, **kwargs: Any) -> Any:
                listener.outer_backward_begins()
                try:
                    return _original(*args, **kwargs)
                finally:
                    listener.outer_backward_ended()

            self.replace(owner, name, functools.wraps(original)(outer))

    def _take_making(self) -> None:
        listener, kind = self._listener, torch.optim.Optimizer
        original = kind.__init__

        @functools.wraps(original)
        def init(self: Any, *args: Any, **kwargs: Any) -> None:
            listener.optimizer_made(self)
            original(self, *args, **kwargs)

        self.replace(kind, "__init__", init)

    def _take_gradient_switches(self) -> None:
        """Hold the two contexts in which programs evaluate."""
        listener = self._listener
        kinds: tuple[Any, ...] = (torch.no_grad, torch.inference_mode)
        for kind in kinds:
            enter, leave = kind.__enter__, kind.__exit__

            # a signal's handler may raise in between: gradients do not stay off then

            def entered(self: Any, _enter: Any = enter, _leave: Any = leave) -> Any:
                result = _enter(self)
                try:
                    if not torch.compiler.is_compiling():
                        listener.gradients_off()
                except BaseException:
                    _leave(self, *sys.exc_info())
                    raise
                return result

            def left(self: Any, *error: Any, _leave: Any = leave) -> Any:
                try:
                    if not torch.compiler.is_compiling():
                        listener.gradients_on()
                finally:
                    result = _leave(self, *error)
                return result

            self.replace(kind, "__enter__", functools.wraps(enter)(entered))
            self.replace(kind, "__exit__", functools.wraps(leave)(left))

    def _take_scaler(self) -> None:
        listener, kind = self._listener, torch.amp.GradScaler
        original = kind.scale

        @functools.wraps(original)
        def scale(self: Any, outputs: Any) -> Any:
            result = original(self, outputs)
            listener.scaled(self, result)
            return result

        self.replace(kind, "scale", scale)
        for name in ("step", "unscale_"):
            dealt_with = getattr(kind, name)

            def deal(
                self: Any, optimizer: Any, *args: Any, _original: Any = dealt_with, **kwargs: Any
            ) -> Any:
                listener.unscaled(optimizer)
                return _original(self, optimizer, *args, **kwargs)

            self.replace(kind, name, functools.wraps(dealt_with)(deal))
