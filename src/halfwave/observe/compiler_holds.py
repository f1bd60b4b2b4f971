"""Holds where code leaves Python, or may: compiled, scripted and fused.

Compiled code runs with the mode off, as do the few forwards in which an active mode would
make torch compute differently; of what is traced or loaded the listener hears.
"""

from __future__ import annotations

import functools
import threading
import types
from typing import TYPE_CHECKING, Any, Final

import torch
from torch import nn

from halfwave.observe import private

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfwave.observe.listening import Listener

__all__ = ["CompilerHolds"]


#: Modules whose forward looks whether a mode is active, and computes differently then.
_WITH_FAST_PATHS: Final[tuple[Any, ...]] = (
    nn.TransformerEncoder,
    nn.TransformerEncoderLayer,
    nn.MultiheadAttention,
)


class CompilerHolds:
    """Puts the holds on; `replace` takes them off again.

    Parameters
    ----------
    listener : Listener
        Told of what happens there.
    replace : callable
        Puts something in the place of an attribute until all holds are released.
    fail : callable
        Told of what goes wrong here, which goes no further.
    """

    def __init__(
        self,
        listener: Listener,
        replace: Callable[[Any, str, Any], None],
        fail: Callable[[Exception], None],
    ) -> None:
        self._listener, self._replace, self._fail = listener, replace, fail

    def take(self) -> None:
        """Put every hold on."""
        for kind in _WITH_FAST_PATHS:
            self._replace(kind, "forward", self._stepping_aside(kind.forward))
        self._take_compile()
        self._take_torchscript()

    def _stepping_aside(self, original: Any) -> Any:
        """Wrap a forward that looks whether a mode is active, and computes differently then."""
        listener = self._listener
        is_compiling, is_grad_enabled = torch.compiler.is_compiling, torch.is_grad_enabled
        is_scripting = private.is_scripting

        def forward(self: Any, *args: Any, **kwargs: Any) -> Any:
            if is_scripting() or is_compiling() or self.training:
                return original(self, *args, **kwargs)
            if is_grad_enabled() and any(p.requires_grad for p in self.parameters()):
                return original(self, *args, **kwargs)
            listener.fast_path(self)
            back = listener.step_aside()
            try:
                return original(self, *args, **kwargs)
            finally:
                if back is not None:
                    back()

        # with the original's globals, torch.jit.script finds the names of the original's source
        wrapper = types.FunctionType(
            forward.__code__, original.__globals__, "forward", None, forward.__closure__
        )
        return functools.update_wrapper(wrapper, original)

    def _take_compile(self) -> None:
        """Have compiled code run with the mode off: it would be traced, and compiled again."""
        listener = self._listener
        original = torch.compile

        @functools.wraps(original)
        def compile_(*args: Any, **kwargs: Any) -> Any:
            # dynamo is imported by torch.compile itself: hold it before it makes a context
            try:
                _hold_dynamo()
            except Exception as error:  # noqa: BLE001 – whatever it is, it stays ours
                self._fail(error)
            listener.compiled()
            # torch treats a forward of its own in another way than one of anybody else's
            held = [(kind, kind.forward) for kind in _WITH_FAST_PATHS]
            for kind, forward in held:
                kind.forward = getattr(forward, "__wrapped__", forward)
            try:
                return original(*args, **kwargs)
            finally:
                for kind, forward in held:
                    kind.forward = forward

        def _hold_dynamo() -> None:
            context = private.dynamo_context()
            make = context.__init__
            if getattr(make, "_halfwave", False):
                return
            private.leave_our_frames_alone()

            @functools.wraps(make)
            def init(self: Any, *args: Any, **kwargs: Any) -> None:
                make(self, *args, **kwargs)
                self.enter_exit_hooks.append(lambda: listener.compiled_call() or _nothing)

            init._halfwave = True  # noqa: SLF001 # pyright: ignore[reportAttributeAccessIssue] – a mark of ours
            self._replace(context, "__init__", init)

        self._replace(torch, "compile", compile_)

    def _take_torchscript(self) -> None:
        """Hear of what is traced or loaded; what is scripted is asked for at the end."""
        listener, under_way = self._listener, threading.local()
        for name in ("trace", "trace_module", "load"):
            original = getattr(torch.jit, name)

            def make(*args: Any, _original: Any = original, **kwargs: Any) -> Any:
                outer = not getattr(under_way, "yes", False)  # they call each other
                under_way.yes = True
                try:
                    made = _original(*args, **kwargs)
                finally:
                    under_way.yes = not outer
                if outer:
                    listener.torchscript(made, _original.__name__)
                return made

            self._replace(torch.jit, name, functools.wraps(original)(make))


def _nothing() -> None:
    """Put nothing back: nothing was taken off."""
