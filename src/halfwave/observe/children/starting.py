"""The one place at which Python starts other programs, and what is told to new interpreters.

``subprocess`` and ``multiprocessing`` both end in ``_posixsubprocess.fork_exec``. What
it is given is changed for our own interpreter alone, and only to have it followed.
"""

from __future__ import annotations

import functools
import os
import re
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfwave.observe.children.settings import Settings

__all__ = ["hold_starts", "started"]

_MODULE: Final = "_posixsubprocess"
#: Places of what it is given.
_WORDS, _EXECUTABLES, _ENVIRONMENT = 0, 1, 5
#: Helpers of multiprocessing's that run no code of the program.
_HELPER: Final = b"from multiprocessing.resource_tracker import"

_interpreters = 0  # started by subprocess
_held = False


def started() -> int:
    """Return how many child processes with Python code this process has asked for."""
    counter = getattr(sys.modules.get("multiprocessing.process"), "_process_counter", None)
    digits = re.search(r"\d+", repr(counter))  # reading it otherwise would count on
    return _interpreters + (int(digits[0]) - 1 if digits else 0)


def hold_starts(settings: Settings | None = None) -> None:
    """Count the interpreters that are started from now on; with settings they are followed."""
    global _held  # noqa: PLW0603 – of the process
    try:
        import _posixsubprocess as starter  # noqa: PLC0415 – built in, on POSIX alone
    except ImportError:
        return
    if _held:
        return
    _held = True
    original: Any = starter.fork_exec

    @functools.wraps(original)
    def fork_exec(*given: Any) -> Any:
        with suppress(Exception):  # nothing of ours may keep a program from starting another
            given = _prepared(given, settings)
        return original(*given)

    starter.fork_exec = fork_exec
    known = sys.modules.get("subprocess")
    if getattr(known, "_fork_exec", None) is original:
        known._fork_exec = fork_exec  # noqa: SLF001 # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess] – it holds it by name


def _prepared(given: tuple[Any, ...], settings: Settings | None) -> tuple[Any, ...]:
    global _interpreters  # noqa: PLW0603 – of the process
    words = [os.fsencode(word) for word in given[_WORDS]]
    if not _is_python(given[_EXECUTABLES]) or any(_HELPER in word for word in words):
        return given
    if not any(b"from multiprocessing" in word for word in words):
        _interpreters += 1
    if settings is None:
        return given
    environment = given[_ENVIRONMENT]
    lines: Sequence[bytes] = (
        [key + b"=" + value for key, value in os.environb.items()]
        if environment is None
        else environment
    )
    pairs = dict(os.fsdecode(line).split("=", 1) for line in lines)
    told = settings.environment(pairs)
    changed = list(given)
    changed[_ENVIRONMENT] = [os.fsencode(f"{key}={value}") for key, value in told.items()]
    return tuple(changed)


def _is_python(executables: Sequence[Any]) -> bool:
    """Whether what is started is the interpreter that runs us."""
    ours = {os.path.realpath(sys.executable)}
    for place in map(os.fsdecode, executables):
        if os.access(place, os.X_OK):  # the first that can be run is
            return place == sys.executable or os.path.realpath(place) in ours
    return False
