"""A writer that makes its file only when there is something to keep."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from .errors import RecordingError
from .writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .model import Recording

__all__ = ["LateWriter"]


class LateWriter(Writer):
    """Keep nothing until a site or a backward has been seen; then write as `Writer` does.

    What it is given must be everything each time, as a watcher gives it.

    Parameters
    ----------
    place : callable
        Gives the path of the file, when it is to be made.
    """

    def __init__(self, place: Callable[[], Path]) -> None:
        super().__init__(None)
        self._place = place
        self._file: Writer | None = None

    def write(self, **content: Any) -> None:
        """Write all that is given, as `Writer.write` does."""
        info = content.get("info")
        if self._file is None and (content.get("sites") or (info and info.backwards)):
            try:
                self._file = Writer(self._place())
            except RecordingError as error:
                # once: what is seen stays in memory, and ends with the process
                print(f"halfwave: {error}; this process leaves no recording", file=sys.stderr)
                self._file = Writer(None)
        if self._file is not None:
            self._file.write(**content)

    def snapshot(self) -> Recording:
        """Read back what has been written."""
        return super().snapshot() if self._file is None else self._file.snapshot()

    def close(self) -> None:
        """End the recording, if one was begun."""
        if self._file is not None:
            self._file.close()
        super().close()
