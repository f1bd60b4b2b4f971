"""The surroundings in which Python starts a script: ``__main__``, ``sys.path``, ``sys.argv``."""

from __future__ import annotations

import builtins
import os
import sys
from contextlib import suppress
from importlib.machinery import BuiltinImporter, SourceFileLoader, SourcelessFileLoader
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .same_names import restore_path

if TYPE_CHECKING:
    from .program import Program

__all__ = ["fresh_main", "set_arguments", "set_path"]

_KEEP: list[object] = []


def fresh_main() -> ModuleType:
    """Put a new, empty ``__main__`` in the place of ours and give it back.

    Pickles name their classes by it, and spawned workers load it anew. It holds
    what Python's own holds before a script runs.
    """
    main = ModuleType("__main__")
    values: dict[str, Any] = {
        "__name__": "__main__",
        "__doc__": None,
        "__package__": None,
        "__loader__": BuiltinImporter,
        "__spec__": None,
    }
    if sys.version_info < (3, 14):
        values["__annotations__"] = {}
    values["__builtins__"] = builtins
    main.__dict__.clear()
    main.__dict__.update(values)
    _KEEP.append(sys.modules["__main__"])  # our own frames still run in it
    sys.modules["__main__"] = main
    if "__mp_main__" in sys.modules:  # multiprocessing sets it where it is imported
        sys.modules["__mp_main__"] = main
    return main


def name_script(main: ModuleType, path: str) -> None:
    """Add to ``__main__`` what Python adds for a plain script."""
    kind = SourcelessFileLoader if path.endswith(".pyc") else SourceFileLoader
    main.__dict__["__loader__"] = kind("__main__", path)
    main.__dict__["__file__"] = path
    main.__dict__["__cached__"] = None


def set_path(program: Program) -> None:
    """Make ``sys.path`` what it is when Python starts this program itself.

    Python puts a first entry there (not under ``-P`` or ``PYTHONSAFEPATH``):
    ours is that of the halfwave command, and gives way to the script's.
    """
    restore_path()
    if not sys.flags.safe_path and sys.path:
        del sys.path[0]
    if program.is_container:
        sys.path.insert(0, program.absolute)  # Python does so even under -P
    elif not sys.flags.safe_path:
        if program.is_module:
            with suppress(OSError):  # the folder has been removed: Python goes without
                sys.path.insert(0, os.getcwd())  # noqa: PTH109 - sys.path holds strings
        else:
            # absolute, so that imports go on working after a chdir
            sys.path.insert(0, os.path.dirname(os.path.realpath(program.absolute)))  # noqa: PTH120


def set_arguments(program: Program) -> None:
    """Make ``sys.argv`` and ``sys.orig_argv`` those of the program."""
    given = len(sys.argv) - 1
    # the interpreter and its own options, without our command
    start = sys.orig_argv[: len(sys.orig_argv) - given]
    start = start[:-2] if start[-2:-1] == ["-m"] else start[:-1]
    what = ["-m", program.name] if program.is_module else [program.name]
    sys.orig_argv[:] = [*(start or [sys.executable]), *what, *program.arguments]
    # runpy replaces the "-m" once it has found the module's file
    sys.argv[:] = ["-m" if program.is_module else program.name, *program.arguments]
