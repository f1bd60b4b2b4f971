"""Tracebacks without a frame of ours, wherever it stands in the chain.

Frames of the catalogue (`halfwave.activations`, `halfwave.nn`) stay: where a
script calls those itself, plain Python would show them too.
"""

from __future__ import annotations

import sys
import threading
import traceback
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, ModuleType, TracebackType

__all__ = ["cleaned", "hook_printing", "hook_threads", "hook_uncaught"]

_PACKAGE: Final = Path(__file__).resolve().parent.parent
#: The rooms whose frames can come between a script's and torch's.
_OURS: Final = tuple(
    f"{_PACKAGE / room}/" for room in ("cli", "launch", "observe", "remedies", "kernels")
)
#: The function of torch through which a call gets to whoever watches it.
_HANDED_OVER: Final = "handle_torch_function"
#: A frame that only bears the name of the script's file (see `halfwave.observe.passing`).
_PASSING: Final = "_halfwave_pass"


def cleaned(error: BaseException, start: CodeType | None = None) -> None:
    """Take our frames out of a traceback and out of those of its causes, in place.

    Parameters
    ----------
    error : BaseException
        What was raised.
    start : CodeType, optional
        The code that ran the script: it and all that stands above it goes.
    """
    pending: list[BaseException | None] = [error]
    seen: set[int] = set()
    while pending:
        one = pending.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        one.__traceback__ = _without_ours(one.__traceback__, start)
        pending += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            pending += one.exceptions


def hook_uncaught(main: ModuleType, start: CodeType) -> None:
    """Have the next call of ``sys.excepthook`` see a clean traceback.

    To be called when the script's exception is on its way out, so that until
    then ``sys.excepthook`` is what the script made it.
    """
    theirs = getattr(sys, "excepthook", None)

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if error.__traceback__ is None:
            error.__traceback__ = trace
        cleaned(error, start)
        if theirs is None:
            del sys.excepthook
        else:
            sys.excepthook = theirs
        sys.last_traceback = error.__traceback__
        _call(theirs, kind, error)
        # Python takes these away once the traceback is printed
        main.__dict__.pop("__file__", None)
        main.__dict__.pop("__cached__", None)

    sys.excepthook = hook


def hook_printing() -> None:
    """Have the tracebacks clean that a script prints or logs itself."""
    real: Any = traceback.TracebackException.__init__

    @wraps(real)
    def init(
        self: traceback.TracebackException,
        exc_type: type[BaseException],
        exc_value: BaseException | None,
        exc_traceback: TracebackType | None,
        **options: Any,
    ) -> None:
        if exc_value is not None:
            whole = exc_traceback is exc_value.__traceback__
            with suppress(Exception):  # a frame of ours is better than no traceback
                cleaned(exc_value)
            if whole:
                exc_traceback = exc_value.__traceback__
        real(self, exc_type, exc_value, exc_traceback, **options)

    setattr(traceback.TracebackException, "__init__", init)  # noqa: B010 - see above


def hook_threads() -> None:
    """Have ``threading.excepthook``, the user's too, see clean tracebacks."""
    make: Callable[[], Callable[[threading.Thread], Any]] | None
    # private, but the only place between a thread's exception and a hook that the
    # user may set at any time; where it should be gone one day nothing is hooked
    make = getattr(threading, "_make_invoke_excepthook", None)
    if make is None:
        return
    inner = make

    def make_clean() -> Callable[[threading.Thread], Any]:
        invoke = inner()

        def invoke_clean(thread: threading.Thread) -> None:
            error = sys.exc_info()[1]
            if error is not None:
                cleaned(error)
            invoke(thread)

        return invoke_clean

    setattr(threading, "_make_invoke_excepthook", make_clean)  # noqa: B010 - not in the stubs


def _without_ours(trace: TracebackType | None, start: CodeType | None) -> TracebackType | None:
    kept: list[TracebackType] = []
    asked: TracebackType | None = None  # the torch function that handed its call to us
    while trace is not None:
        code = trace.tb_frame.f_code
        if code is start:
            kept.clear()
            asked = None
        elif code.co_filename.startswith(_OURS) or code.co_name == _PASSING:
            while kept and _leads_to_us(kept[-1].tb_frame.f_code):
                hidden = kept.pop()
                if hidden.tb_frame.f_code.co_name == _HANDED_OVER and kept:
                    asked = kept.pop()
        else:
            if asked is not None and asked.tb_frame.f_code is not code:
                kept.append(asked)  # else we called it again, and this is where it failed
            asked = None
            kept.append(trace)
        trace = trace.tb_next
    if asked is not None:
        kept.append(asked)
    first = None
    for here in reversed(kept):
        here.tb_next = first
        first = here
    return first


def _leads_to_us(code: CodeType) -> bool:
    """Whether a frame stands there only because one of ours comes next."""
    # Python hides the import system's frames only where its own loader follows
    return code.co_filename.startswith("<frozen importlib") or code.co_name == _HANDED_OVER


def _call(
    hook: Callable[..., object] | None, kind: type[BaseException], error: BaseException
) -> None:
    """Call a hook, with Python's own words where that fails."""
    if hook is None:
        print("sys.excepthook is missing", file=sys.stderr)
        sys.__excepthook__(kind, error, error.__traceback__)
        return
    try:
        hook(kind, error, error.__traceback__)
    except SystemExit:
        raise
    except BaseException as second:  # noqa: BLE001 - whatever the user's hook raises
        cleaned(second)
        print("Error in sys.excepthook:", file=sys.stderr)
        traceback.print_exception(second)
        print("\nOriginal exception was:", file=sys.stderr)
        sys.__excepthook__(kind, error, error.__traceback__)
