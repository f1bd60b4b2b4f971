"""Name places, counts and figures the way all findings do."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfwave.recording.model import Recording, Site

__all__ = ["count_of", "listed", "place", "site_name"]

#: How many names a sentence lists before it says "and n more".
_LISTED = 3


def place(recording: Recording, file: str, line: int) -> str:
    """``file:line``, the file as seen from the folder the run started in."""
    if not file:
        return ""
    path = PurePath(file)
    folder = recording.info.folder
    if folder and path.is_absolute() and path.is_relative_to(folder):
        path = path.relative_to(folder)
    return f"{path}:{line}"


def site_name(site: Site) -> str:
    """What a sentence calls a site: its path, or its function where it has none."""
    return site.path or site.function or site.activation


def listed(names: Sequence[str]) -> str:
    """``"a, b and c"``; of many names the first three and how many follow."""
    if len(names) > _LISTED:
        return f"{', '.join(names[:_LISTED])} and {len(names) - _LISTED} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def count_of(number: int, noun: str) -> str:
    """``"1 unit"``, ``"23 units"``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
