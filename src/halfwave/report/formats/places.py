"""Source lines as other tools name them: relative to the folder that a run was started in."""

from __future__ import annotations

import os
from pathlib import PurePath, PurePosixPath
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from halfwave.diagnose import Finding
    from halfwave.recording import Recording

__all__ = ["explanation", "place_of", "quotable", "relative", "uri_of"]

_NO_LINE: Final = 0


def place_of(where: str) -> tuple[str, int] | None:
    """Take ``file:line`` apart; None where a finding names no line.

    Examples
    --------
    >>> place_of("/home/ada/train.py:31")
    ('/home/ada/train.py', 31)
    >>> place_of("") is None
    True
    """
    file, colon, line = where.rpartition(":")
    if not colon or not file or not line.isascii() or not line.isdigit() or int(line) == _NO_LINE:
        return None
    return file, int(line)


def relative(file: str, recording: Recording) -> str:
    """Give the path from the run's folder, with slashes; what lies elsewhere stays absolute."""
    folder = recording.info.folder
    path = PurePath(file)
    if folder and path.is_absolute():
        inside = os.path.relpath(file, folder)
        if not inside.startswith(".."):
            path = PurePath(inside)
    return path.as_posix()


def quotable(recording: Recording) -> dict[str, str]:
    """``file:line`` to the text of that line, for every line that the recording holds.

    A finding may name the file from the run's folder: each line is found by both names.
    """
    lines = [(loss.file, loss.line, loss.source) for loss in recording.losses]
    lines += [(site.file, site.line, site.source) for site in recording.sites]
    found: dict[str, str] = {}
    for file, line, text in lines:
        if text:
            found[f"{file}:{line}"] = found[f"{relative(file, recording)}:{line}"] = text
    return found


def uri_of(file: str, recording: Recording) -> str:
    """Give a URI reference: relative within the run's folder, else ``file:///…``."""
    path = relative(file, recording)
    try:
        escaped = quote(path.encode("utf-8", "surrogateescape"), safe="/")
    except UnicodeEncodeError:  # half a character that no file system gave
        escaped = quote(path.encode("utf-8", "backslashreplace"), safe="/")
    return f"file://{escaped}" if PurePosixPath(escaped).is_absolute() else escaped


def explanation(finding: Finding) -> str:
    """Write a finding with its advice and what follows from it, in a few lines of text."""
    lines = [finding.title, finding.advice, finding.why]
    effects = list(_effects(finding.consequences))
    if effects:
        lines.append("Leads to: " + "; ".join(effects))
    return "\n".join(line for line in lines if line)


def _effects(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings:
        yield f"{finding.title} [{finding.rule}]"
        yield from _effects(finding.consequences)
