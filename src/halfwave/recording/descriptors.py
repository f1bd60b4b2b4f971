"""Whether the descriptors that SQLite writes by are still those of its files.

A program may close all descriptors that it knows nothing of (``os.closerange``, as those do that
become a daemon). The next files that it opens get the numbers, and SQLite would write into them.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from .disk import side_files

__all__ = ["Descriptors"]

_OPEN: Final = Path("/proc/self/fd")


class Descriptors:
    """The descriptors of a database and its journals, as they are now.

    Where the system does not list them (it is Linux that does) nothing is known, and they
    count as unchanged.

    Parameters
    ----------
    path : Path
        The real path of the database.
    """

    def __init__(self, path: Path) -> None:
        names = {str(path), *map(str, side_files(path))}
        self._known: dict[int, tuple[int, int]] = {}
        try:
            listed = list(_OPEN.iterdir())
        except OSError:
            return
        for each in listed:
            with suppress(OSError):  # the one that listed them is gone
                if str(each.readlink()) in names:
                    self._known[int(each.name)] = _identity(int(each.name))

    def are_unchanged(self) -> bool:
        """Whether each is still open, and of the file that it was of."""
        try:
            return all(_identity(number) == file for number, file in self._known.items())
        except OSError:
            return False


def _identity(number: int) -> tuple[int, int]:
    status = os.fstat(number)
    return status.st_dev, status.st_ino
