"""Modules of the program that are called as some of ours are: a ``click.py`` beside the script.

Python gives the script its own, as it comes first on `sys.path`, and so do the folders of
``PYTHONPATH``. What we have loaded before the program must not stand in its way, nor may we get
the program's where we load ours.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from importlib.machinery import all_suffixes
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import ModuleType

__all__ = ["SameNames", "find_ours_first", "restore_path"]

#: what we load that is not the program's, as numpy and torch are
_OURS = sys.stdlib_module_names | {"click", "rich", "pygments", "markdown_it", "mdurl"}

_path_before: list[str] = []  # as Python made it, while folders of PYTHONPATH stand last
_last: list[str] = []  # these


def find_ours_first() -> None:
    """Put what ``PYTHONPATH`` names last if it has modules called as ours, until `restore_path`.

    Not taken away: our own may be there and nowhere else.
    """
    if sys.flags.ignore_environment or _last:
        return
    named = os.environ.get("PYTHONPATH", "")
    folders = {os.path.abspath(each) for each in named.split(os.pathsep)} if named else set()  # noqa: PTH100 - sys.path holds strings
    found = sys.path[0 if sys.flags.safe_path else 1 :]  # without the folder of the command
    _last[:] = [place for place in found if place in folders and _modules_in(place)]
    if _last:
        _path_before[:] = sys.path
        sys.path[:] = [place for place in sys.path if place not in _last] + _last


def restore_path() -> None:
    """Make `sys.path` again what Python has made of it, for the program."""
    if _last:
        sys.path[:] = _path_before


class SameNames:
    """What the program's folders on `sys.path` have under names of modules that we load.

    To be made before that path is the program's.
    """

    def __init__(self) -> None:
        # without the folder of the command, which is the user's under python -m
        self._path = sys.path[0 if sys.flags.safe_path else 1 :]
        self._names: set[str] = set()
        self._ours: dict[str, ModuleType] = {}

    def give_way(self) -> None:
        """Have the program find its own from now on."""
        # in the order of loading: what came before us, plain Python has loaded, too
        before = set(takewhile(lambda name: name != "halfwave", sys.modules))
        folders = [*sys.path[:1], *_last]
        self._names = {name for folder in folders for name in _modules_in(folder)} - before
        self._ours = self._take()

    @contextmanager
    def ours(self) -> Generator[None]:
        """Have ourselves find ours meanwhile."""
        theirs, path = self._take(), sys.path
        sys.modules.update(self._ours)
        sys.path = self._path
        try:
            yield
        finally:
            sys.path = path
            self._ours = self._take()
            sys.modules.update(theirs)

    def _take(self) -> dict[str, ModuleType]:
        if not self._names:
            return {}
        keys = [key for key in sys.modules if key.partition(".")[0] in self._names]
        return {key: sys.modules.pop(key) for key in keys}


def _modules_in(folder: str) -> set[str]:
    """Return those of our names that Python would import from a folder."""
    try:
        entries = os.listdir(folder)  # noqa: PTH208 - sys.path holds strings
    except OSError:  # a container, or a folder that is gone
        return set()
    suffixes = tuple(all_suffixes())
    found = set()
    for entry in entries:
        name = entry.partition(".")[0]
        if name in _OURS:
            # a folder is a package by what it holds; others come after everything else
            inits = [f"{folder}/{entry}/__init__{suffix}" for suffix in suffixes]
            if entry.endswith(suffixes) or any(map(os.path.isfile, inits)):
                found.add(name)
    return found
