"""Exceptions that are the program's although they come out of our code."""

from __future__ import annotations

import sys
from inspect import CO_VARARGS
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["is_the_programs", "pass_on"]

#: Whose exceptions may be ours.
_NEVER = sys.stdlib_module_names | {"builtins", "halfwave", "numpy", "torch"}


def is_the_programs(error: BaseException) -> bool:
    """Whether the program has raised it asynchronously, while our code was running.

    A handler of a signal that raises (the usual way to limit a training's time) is run between
    any two instructions of Python's, ours too, as is what another thread asks this one to raise,
    and the end of a debugger's session.
    """
    trace = error.__traceback__
    last: FrameType | None = None
    while trace is not None:
        last = trace.tb_frame
        if _is_handler(last):
            return True
        trace = trace.tb_next
    kind = type(error)
    if (kind.__module__, kind.__qualname__) == ("bdb", "BdbQuit"):
        return True
    # asked for by a thread: it is raised where we are, of a class that we cannot have raised
    where = "" if last is None else last.f_globals.get("__name__", "")
    return where.partition(".")[0] == "halfwave" and kind.__module__.partition(".")[0] not in _NEVER


def pass_on(error: BaseException) -> None:
    """Raise an error again that is the program's: for whoever is about to swallow one."""
    if is_the_programs(error):
        raise error


def _is_handler(frame: FrameType) -> bool:
    """Whether a frame was given a number and the frame that it interrupts."""
    below = frame.f_back
    if below is None:
        return False
    code, values = frame.f_code, frame.f_locals
    given = [values.get(name) for name in code.co_varnames[: code.co_argcount]]
    if code.co_flags & CO_VARARGS:
        rest = code.co_varnames[code.co_argcount + code.co_kwonlyargcount]
        given += values.get(rest, ())
    return any(isinstance(one, int) and other is below for one, other in pairwise(given))
