"""The torch function mode that sees calls, and its place among the program's own modes."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from threading import get_ident
from types import FunctionType, MethodType
from typing import Any, Final

import torch
from torch.overrides import TorchFunctionMode, handle_torch_function

from halfwave._interrupting import pass_on
from halfwave.kernels import core
from halfwave.observe.passing import passing_at
from halfwave.observe.private import (
    default_device,
    mode_stack,
    pop_mode,
    push_mode,
    tracing,
    tracing_state,
)

__all__ = ["Handler", "WatchMode"]

#: Takes what calls on the program's behalf, the torch function, its arguments.
Handler = Callable[[Any, Any, tuple[Any, ...], Mapping[str, Any]], Any]


_BASE: Final = torch.Tensor.__base__
_TELLER: Final = handle_torch_function.__code__
# the functions that tell a mode by name what was called, as torch made them, by their code
_originals: Final = {
    function.__code__: function
    for home in (torch.nn.functional, torch.functional, torch.nn.init, torch.Tensor)
    for function in vars(home).values()
    if isinstance(function, FunctionType)
}


def _is_foreign(func: Any) -> bool:
    """Whether a function is the program's; one that it made by `exec` may be of no module."""
    return type(func) is FunctionType and (func.__module__ or "").partition(".")[0] != "torch"


#: Torch's own, by which nothing else can have been meant.
_GENUINE: Final = frozenset(f for f in _originals.values() if not _is_foreign(f))


#: What the native core's gate has to know.
_OF_GATES: Final = _GENUINE, _TELLER, passing_at, tracing_state, pass_on


def _asked_for(func: Any) -> Any:
    """Return the function that was really called, where a program has replaced it.

    ``F.relu`` tells a mode by name what was called, and so does ``Tensor.backward``. After
    ``F.relu = mine``, where ``mine`` calls the old one, that name is ``mine``: it would be run
    twice. Methods in C are told by name, too, and stand in the class below.
    """
    for name, method in vars(torch.Tensor).items():
        if method is func:
            func = getattr(_BASE, name, func)
            break
    # never the frame of this function itself: it would hold itself, and all below it, alive
    mine: Any = getattr(inspect.currentframe(), "f_back", None)
    teller = None if mine is None else mine.f_back
    if teller is None or teller.f_code is not _TELLER:
        return func
    caller = teller.f_back
    return func if caller is None else _originals.get(caller.f_code, func)


class _Gate:
    """What the mode lets pass, where there is no native core to do it (`native/gate.hpp`)."""

    def __init__(self) -> None:
        #: Calls that the mode has seen: each costs a little, handled or not.
        self.calls = 0
        #: While True every call passes.
        self.passive = False
        #: The one thread that is watched; None: all are.
        self.thread: int | None = None


class WatchMode(TorchFunctionMode):
    """Hands the calls that matter to their handlers; all others pass.

    It is not entered with ``with``: the program enters and leaves modes of its
    own in between (``with torch.device("cuda")`` is one), and leaving pops
    whatever is on top. So it is put at the bottom of the thread's stack, where
    the program's modes never meet it; only the default device's insists on
    standing lower still.
    """

    def __init__(
        self,
        handlers: dict[Any, Handler],
        fail: Callable[[Exception], None] | None = None,
    ) -> None:
        super().__init__()
        self._handlers = handlers
        self._fail = fail
        native = core()
        self.gate: Any = _Gate() if native is None else native.Gate(handlers, *_OF_GATES)
        self.gate.thread = get_ident()
        if native is not None:
            instead: Any = self.gate.instead_of(WatchMode.__torch_function__)
            vars(self)["__torch_function__"] = MethodType(instead, self)

    def __torch_function__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Handle one call into torch; where there is a native core, one that it cannot."""
        gate = self.gate
        gate.calls += 1
        try:
            if type(func) is FunctionType and func not in _GENUINE and _is_foreign(func):
                func = _asked_for(func)
            passes = gate.passive or gate.thread not in (None, get_ident()) or tracing()
            handler = None if passes else self._handlers.get(func)
            frame: Any = sys._getframe(1)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] – inspect's is ten times slower
            if frame.f_code is _TELLER:  # a function of torch's, written in Python, has told us
                frame = frame.f_back.f_back
            run = passing_at(frame)
        except Exception as error:
            if self._fail is None:
                raise
            self._fail(error)
            return func(*args, **(kwargs or {}))
        if handler is None:
            return run(func, args, kwargs or {})
        return handler(run, func, args, kwargs or {})

    @property
    def present(self) -> bool:
        """Whether the mode stands in this thread's stack."""
        return any(mode is self for mode in mode_stack())

    def put_on(self) -> None:
        """Stand at the bottom of this thread's stack."""
        stack = mode_stack()
        if not stack:  # as it mostly is
            push_mode(self)
            return
        if any(mode is self for mode in stack):
            return
        above: list[Any] = []
        while mode_stack():
            above.append(pop_mode())
        if above and above[-1] is default_device():
            push_mode(above.pop())
        push_mode(self)
        for mode in reversed(above):
            push_mode(mode)

    def take_off(self) -> None:
        """Leave this thread's stack."""
        stack = mode_stack()
        if len(stack) == 1 and stack[0] is self:  # as it mostly is
            pop_mode()
            return
        if all(mode is not self for mode in stack):
            return
        for _ in stack:
            pop_mode()
        for mode in stack:
            if mode is not self:
                push_mode(mode)
