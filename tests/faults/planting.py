"""Make any function of halfwave's raise, once, when a program has it called.

Nothing is patched: Python's own tracing tells of every call, and an error raised there comes
out of the called function as if its first line had raised it. So what is called can be listed
in a run without errors, and each of it made to fail in a run of its own.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import halfwave

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType

__all__ = ["Call", "PlantedError", "called", "with_interrupt", "with_planted"]

_OURS = str(Path(halfwave.__file__).parent)
#: A function's file, first line and name: the same from run to run.
Call = tuple[str, int, str]


class PlantedError(Exception):
    """The error that is planted."""

    # as if it were ours: another one is taken for the program's, asked for by a thread of its own
    __module__ = "halfwave.planted"


def _key(code: CodeType) -> Call:
    return code.co_filename[len(_OURS) + 1 :], code.co_firstlineno, code.co_qualname


def _is_ours(frame: FrameType | None) -> bool:
    return frame is not None and frame.f_code.co_filename.startswith(_OURS)


def called(program: Callable[[], Any]) -> tuple[dict[Call, int], set[Call]]:
    """Run a program; count what of ours was called, and say what the program or torch called.

    The second are the holds themselves: what stands in the place of something of torch's.
    """
    counts: dict[Call, int] = {}
    holds: set[Call] = set()

    def trace(frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and _is_ours(frame):
            key = _key(frame.f_code)
            counts[key] = counts.get(key, 0) + 1
            if not _is_ours(frame.f_back):
                holds.add(key)

    _traced(program, trace)
    return counts, holds


def with_planted(program: Callable[[], Any], target: Call, nth: int = 1) -> bool:
    """Run a program in which the n-th call of `target` raises; whether it came to that."""

    def fail() -> None:
        raise PlantedError(f"planted in {target[2]}")

    return _with(program, target, nth, fail)


def with_interrupt(program: Callable[[], Any], target: Call, nth: int = 1) -> bool:
    """Run a program that gets SIGALRM as `target` is called for the n-th time; as above."""
    return _with(program, target, nth, lambda: signal.raise_signal(signal.SIGALRM))


def _with(
    program: Callable[[], Any], target: Call, nth: int, event_there: Callable[[], None]
) -> bool:
    done = 0

    def trace(frame: FrameType, event: str, argument: object) -> None:
        nonlocal done
        if event == "call" and _is_ours(frame) and _key(frame.f_code) == target:
            done += 1
            if done == nth:
                sys.settrace(None)
                event_there()

    _traced(program, trace)
    return done >= nth


def _traced(program: Callable[[], Any], trace: Callable[..., Any]) -> None:
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        program()
    finally:
        sys.settrace(before)
