"""A script that starts itself anew in its own process (``os.execv``) stays under halfwave check."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, Final

from halfwave.observe.children.replacing import hold_replacements
from halfwave.observe.children.starting import is_ours

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Replacing", "checked"]

#: Options of the interpreter's that take nothing and leave its modules where they are.
_PLAIN: Final = re.compile(r"-[BOPbdquv]+")


class Replacing:
    """Has this process go on as ``halfwave check`` where its script replaces it.

    Parameters
    ----------
    options : sequence of str
        Those that ``halfwave check`` was given.
    make_room : callable
        End what is under way here; whether the next one can leave its recording.
    note : callable
        Told in one line what will not be watched.
    """

    def __init__(
        self, options: Sequence[str], make_room: Callable[[], bool], note: Callable[[str], None]
    ) -> None:
        self._options, self._make_room, self._note = options, make_room, note
        self._pid = os.getpid()
        hold_replacements(self._prepare)

    def _prepare(self, path: Any, words: Any, environment: Any) -> tuple[Any, Any]:
        if os.getpid() != self._pid or isinstance(path, int) or not os.access(path, os.X_OK):
            return words, environment  # a child of the script's; or a place on PATH without it
        program = os.fsdecode(path)
        wanted = None
        if is_ours(program):
            wanted = checked([os.fsdecode(word) for word in words], self._options)
        if self._make_room() and wanted is not None:
            return wanted, environment
        self._note(
            f"the script makes this process another program ({program}): what that does is not"
            " watched"
        )
        return words, environment


def checked(words: Sequence[str], options: Sequence[str]) -> list[str] | None:
    """Return the words of an interpreter's command with ``halfwave check`` in front of its program.

    None where there is no script or module in it, or halfwave might not be found.
    """
    at = 1
    while at < len(words) and words[at].startswith("-") and words[at] != "-m":
        if words[at] in ("-W", "-X"):
            at += 1
        elif words[at][:2] not in ("-W", "-X") and not _PLAIN.fullmatch(words[at]):
            return None
        at += 1
    program = words[at:]
    if len(program) < (2 if program[:1] == ["-m"] else 1):
        return None
    return [*words[:at], "-m", "halfwave", "check", *options, *program]
