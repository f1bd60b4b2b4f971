"""Where remedies take hold of a program: its calls into torch, its optimizers, its backwards.

Every hold is put on once, by `take`, and what torch had before is put back by
`release`. Several remedies share one host.
"""

from __future__ import annotations

import functools
import types
import weakref
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import nn

from halfwave.observe import private
from halfwave.remedies.mode import SteadyMode

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfwave.observe.mode import Handler

__all__ = ["Host", "StepListener"]

#: Forwards that compute by a fused path in evaluation unless a mode is on.
_FUSED = (nn.TransformerEncoder, nn.TransformerEncoderLayer, nn.MultiheadAttention)


class StepListener(Protocol):
    """Told of the steps of every ``torch.optim`` optimizer."""

    def before_step(self, optimizer: Any) -> None:
        """It is about to step."""

    def after_step(self, optimizer: Any) -> None:
        """It has stepped."""


class Host:
    """The holds on one program.

    Fill `handlers` and the lists before `take` is called.
    """

    def __init__(self) -> None:
        #: torch function -> what is called in its place
        self.handlers: dict[Any, Handler] = {}
        #: called before an optimizer is made, with the optimizer
        self.before_optimizer: list[Callable[[Any], None]] = []
        #: called once an optimizer has been made
        self.after_optimizer: list[Callable[[Any], None]] = []
        self.steps: list[StepListener] = []
        #: called when a backward begins from the program
        self.backwards: list[Callable[[], None]] = []
        #: whether a fused module of torch must compute in single calls, to be changed inside
        self.opens: Callable[[nn.Module], bool] = lambda _: False
        self.optimizers: weakref.WeakSet[Any] = weakref.WeakSet()
        self.mode = SteadyMode(self.handlers)
        self._undo: list[Callable[[], None]] = []

    def take(self) -> None:
        """Take hold; to be called before the watcher takes its own."""
        self._take_backward()
        self._take_making()
        self._take_steps()
        for kind in _FUSED:
            self._replace(kind, "forward", self._stepping_aside(kind.forward))
        self.mode.put_on()

    def release(self) -> None:
        """Let go."""
        self.mode.gate.passive = True
        self.mode.take_off()
        while self._undo:
            self._undo.pop()()

    def _replace(self, owner: Any, name: str, new: Any) -> None:
        old = getattr(owner, name)
        setattr(owner, name, new)

        def undo() -> None:
            # somebody may have put a wrapper of his own around ours since: his stays
            if getattr(owner, name, None) is new:
                setattr(owner, name, old)

        self._undo.append(undo)

    def _take_backward(self) -> None:
        """Be there in a backward too: a checkpointed forward is run again in it."""
        original, mode = private.run_backward(), self.mode

        @functools.wraps(original)
        def run_backward(*args: Any, **kwargs: Any) -> Any:
            if not private.in_backward():
                for listener in self.backwards:
                    listener()
            if mode.present:
                return original(*args, **kwargs)
            mode.put_on()
            try:
                return original(*args, **kwargs)
            finally:
                mode.take_off()

        for module, name in private.BACKWARD_HOLDERS:
            self._replace(module, name, run_backward)

    def _take_making(self) -> None:
        kind = torch.optim.Optimizer
        original = kind.__init__

        @functools.wraps(original)
        def init(optimizer: Any, *args: Any, **kwargs: Any) -> None:
            for listener in self.before_optimizer:
                listener(optimizer)
            original(optimizer, *args, **kwargs)
            self.optimizers.add(optimizer)
            for listener in self.after_optimizer:
                listener(optimizer)

        self._replace(kind, "__init__", init)

    def _take_steps(self) -> None:
        from torch.optim.optimizer import (  # noqa: PLC0415 - beside its use
            register_optimizer_step_post_hook,
            register_optimizer_step_pre_hook,
        )

        # the last of those who are told afterwards: the watcher is to see the step as it was made
        last: list[Any] = [register_optimizer_step_post_hook(_nothing)]

        def before(optimizer: Any, *_: Any) -> None:
            last.pop().remove()
            last.append(register_optimizer_step_post_hook(after))
            for listener in self.steps:
                listener.before_step(optimizer)

        def after(optimizer: Any, *_: Any) -> None:
            for listener in reversed(self.steps):
                listener.after_step(optimizer)

        self._undo.append(register_optimizer_step_pre_hook(before).remove)
        self._undo.append(lambda: last[0].remove())  # noqa: PLW0108 - not the one that is there now

    def _stepping_aside(self, original: Any) -> Any:
        """Wrap a forward that looks whether a mode is on, and computes differently then."""
        host = self
        is_scripting, is_compiling = private.is_scripting, torch.compiler.is_compiling

        def forward(self: Any, *args: Any, **kwargs: Any) -> Any:
            if is_scripting() or is_compiling() or self.training or not host.mode.present:
                return original(self, *args, **kwargs)
            if host.opens(self):
                return original(self, *args, **kwargs)
            host.mode.take_off()
            try:
                return original(self, *args, **kwargs)
            finally:
                host.mode.put_on()

        # with the original's globals, torch.jit.script finds the names of the original's source
        wrapper = types.FunctionType(
            forward.__code__, original.__globals__, "forward", None, forward.__closure__
        )
        return functools.update_wrapper(wrapper, original)


def _nothing(*_: Any) -> None:
    """Hold a place."""
