"""The places at which a process becomes another program: ``os.exec*`` end in two of them."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from halfwave._interrupting import pass_on

__all__ = ["Prepare", "hold_replacements"]

_Words: TypeAlias = Sequence[Any]
_Environment: TypeAlias = Mapping[Any, Any] | None
#: Given a program, its words and its environment (None: this process's), the last two as they
#: are to be.
Prepare: TypeAlias = Callable[[Any, _Words, _Environment], tuple[_Words, _Environment]]


def hold_replacements(prepare: Prepare) -> None:
    """Have `prepare` change what this process becomes from now on; what it raises is lost."""
    execv: Any = os.execv
    execve: Any = os.execve

    def prepared(path: Any, words: _Words, environment: _Environment) -> Any:
        try:
            return prepare(path, words, environment)
        except Exception as error:  # noqa: BLE001 – nothing of ours keeps it from becoming another
            pass_on(error)
            return words, environment

    @functools.wraps(execv)
    def hold_execv(path: Any, argv: Any, /) -> Any:
        words, environment = prepared(path, argv, None)
        return execv(path, words) if environment is None else execve(path, words, environment)

    @functools.wraps(execve)
    def hold_execve(path: Any, argv: Any, env: Any) -> Any:
        words, environment = prepared(path, argv, env)
        return execve(path, words, environment)

    os.execv, os.execve = hold_execv, hold_execve
