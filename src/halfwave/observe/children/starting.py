"""The places at which Python starts other programs, and what is told to new interpreters.

``subprocess`` and ``multiprocessing`` both end in ``_posixsubprocess.fork_exec``. What
it is given is changed for what may lead to our own interpreter, and only to have that followed; so
is what ``os.posix_spawn`` and ``os.exec*`` are given. ``os.system`` is C, and gets the same by the
words of its command.
"""

from __future__ import annotations

import functools
import os
import re
import shlex
import shutil
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from halfwave._interrupting import pass_on
from halfwave.observe.children.replacing import hold_replacements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfwave.observe.children.settings import Settings

__all__ = ["hold_starts", "is_ours", "started"]

#: Places of what it is given.
_WORDS, _EXECUTABLES, _ENVIRONMENT = 0, 1, 5
#: Helpers of multiprocessing's that run no code of the program.
_HELPER: Final = b"from multiprocessing.resource_tracker import"
#: What runs other programs in the environment that it is given.
_SHELLS: Final = frozenset({"sh", "dash", "bash", "zsh", "ksh", "ash", "busybox", "env"})
#: So much of a script is read for its first line.
_HEAD: Final = 512

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
    if settings is not None:
        _hold_system(settings)
        hold_replacements(partial(_replaced, settings))
    for name in ("posix_spawn", "posix_spawnp"):
        _hold_spawn(name, settings)
    original: Any = starter.fork_exec

    @functools.wraps(original)
    def fork_exec(*given: Any) -> Any:
        try:
            given = _prepared(given, settings)
        except Exception as error:  # noqa: BLE001 – nothing of ours keeps one program from starting another
            pass_on(error)
        return original(*given)

    starter.fork_exec = fork_exec
    known = sys.modules.get("subprocess")
    if getattr(known, "_fork_exec", None) is original:
        known._fork_exec = fork_exec  # noqa: SLF001 # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess] – it holds it by name


def _hold_system(settings: Settings) -> None:
    original: Any = getattr(os, "system")  # noqa: B009 - programs call it all the same

    @functools.wraps(original)
    def system(command: Any) -> int:
        try:
            told = settings.environment(dict(os.environ))
            new = {key: value for key, value in told.items() if os.environ.get(key) != value}
            exports = "".join(f"export {key}={shlex.quote(new[key])}; " for key in new)
            command = exports + os.fsdecode(command)
        except Exception as error:  # noqa: BLE001 – as above
            pass_on(error)
        return original(command)

    os.system = system


def _replaced(settings: Settings, path: Any, words: Any, environment: Any) -> tuple[Any, Any]:
    """Have what this process becomes followed: a fork in front of it is all that starts a child."""
    if isinstance(path, int) or not _may_lead_to_python(os.fsdecode(path), os.environ.get("PATH")):
        return words, environment
    given = os.environ if environment is None else environment
    return words, settings.environment({os.fsdecode(key): os.fsdecode(given[key]) for key in given})


def _hold_spawn(name: str, settings: Settings | None) -> None:
    original: Any = getattr(os, name, None)
    if original is None:
        return

    @functools.wraps(original)
    def spawn(path: Any, argv: Any, env: Any, /, **options: Any) -> Any:
        global _interpreters  # noqa: PLW0603 – of the process
        try:
            search = os.environ.get("PATH") if name == "posix_spawnp" else ""
            program = shutil.which(os.fsdecode(path), path=search) or os.fsdecode(path)
            _interpreters += _is_python(program, os.environ.get("PATH"))
            if settings is not None:
                _, env = _replaced(settings, program, argv, env)
        except Exception as error:  # noqa: BLE001 – as above
            pass_on(error)
        return original(path, argv, env, **options)

    setattr(os, name, spawn)


def _prepared(given: tuple[Any, ...], settings: Settings | None) -> tuple[Any, ...]:
    global _interpreters  # noqa: PLW0603 – of the process
    words = [os.fsencode(word) for word in given[_WORDS]]
    if any(_HELPER in word for word in words):
        return given
    pairs = _pairs(given[_ENVIRONMENT])
    program = _program(given[_EXECUTABLES])
    if not _may_lead_to_python(program, pairs.get("PATH")):
        return given
    if _is_python(program, pairs.get("PATH")):
        _interpreters += not any(b"from multiprocessing" in word for word in words)
    if settings is None:
        return given
    told = settings.environment(pairs)
    changed = list(given)
    changed[_ENVIRONMENT] = [os.fsencode(f"{key}={value}") for key, value in told.items()]
    return tuple(changed)


def _pairs(environment: Sequence[bytes] | None) -> dict[str, str]:
    """Return the environment that a program is started in; None stands for this process's."""
    if environment is None:
        return dict(os.environ)
    return dict(os.fsdecode(line).split("=", 1) for line in environment)


def _program(executables: Sequence[Any]) -> str:
    """Return what will be started: the first that can be run; "" where none can."""
    places = map(os.fsdecode, executables)
    return next((place for place in places if os.access(place, os.X_OK)), "")


def _may_lead_to_python(program: str, path: str | None) -> bool:
    return Path(program).name in _SHELLS or _is_python(program, path)


def _is_python(program: str, path: str | None) -> bool:
    """Whether a program is the interpreter that runs us, or a script that names it first."""
    return is_ours(program) or is_ours(_interpreter_of(program, path))


def is_ours(program: str) -> bool:
    """Whether a program is the interpreter that runs us."""
    if not program:
        return False
    return program == sys.executable or os.path.realpath(program) == os.path.realpath(
        sys.executable
    )


def _interpreter_of(program: str, path: str | None) -> str:
    """Return what the first line of a script names; "" for other programs."""
    with suppress(OSError), open(program, "rb") as file:  # noqa: PTH123 – "" is no path
        head = file.read(_HEAD)
        if head.startswith(b"#!"):
            words = os.fsdecode(head[2:].split(b"\n", 1)[0]).split()
            if words and Path(words[0]).name == "env" and len(words) > 1:
                return shutil.which(words[1], path=path) or ""
            return words[0] if words else ""
    return ""
