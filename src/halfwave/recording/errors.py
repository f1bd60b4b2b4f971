"""The one exception of this room."""

from __future__ import annotations

__all__ = ["RecordingError"]


class RecordingError(Exception):
    """A recording could not be made, written or read; the message is one clear line.

    Parameters
    ----------
    message : str
        What was wrong, with the path, and what to do.
    temporary : bool, default False
        Whether the same call may work a moment later (the file was locked):
        keep the data and try again.
    """

    def __init__(self, message: str, *, temporary: bool = False) -> None:
        super().__init__(message)
        self.temporary = temporary
