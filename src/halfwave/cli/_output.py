"""Where our own lines go: past whatever a script has made of ``sys.stdout`` and ``sys.stderr``."""

from __future__ import annotations

import errno
import json
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["console", "drop_stdout", "flush_script_output", "print_json", "print_text", "say"]


def say(line: str) -> None:
    """Print one line of ours on the process's own stderr, if it has one."""
    with suppress(OSError):  # there is nowhere left to say so
        _write(2, f"halfwave: {' '.join(line.split())}\n".encode(errors="backslashreplace"))


def print_json(value: object) -> None:
    """Print one object as one line on the process's own stdout, if it has one.

    Raises
    ------
    OSError
        It is a disk that is full, say; a reader that has gone is none.
    """
    _write(1, json.dumps(value, allow_nan=False).encode("ascii") + b"\n")


def print_text(text: str) -> None:
    """Print text as it is on the process's own stdout, as `print_json` does."""
    _write(1, text.encode("utf-8", "backslashreplace"))


def flush_script_output() -> None:
    """Bring out what a script has printed so far, so that ours comes after it."""
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        # closed, replaced by anything, or a pipe that nobody reads any more:
        # the interpreter meets the same a moment later, and says so in its words
        with suppress(Exception):
            if stream is not None:
                stream.flush()


def drop_stdout() -> None:
    """Write no more to stdout: what failed once would fail again, and be told, as Python ends."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)


def console(*, stderr: bool = True) -> Console | None:
    """Give the terminal to print a report on, None where the stream is closed."""
    from rich.console import Console  # noqa: PLC0415 - not before the script has run

    stream = sys.__stderr__ if stderr else sys.__stdout__
    if stream is None or stream.closed:
        return None
    return Console(file=stream)


def _write(descriptor: int, data: bytes) -> None:
    try:
        while data:
            data = data[os.write(descriptor, data) :]
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.EBADF):  # nobody reads it any more; closed
            raise
