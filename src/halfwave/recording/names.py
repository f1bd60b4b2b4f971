"""Names for recordings that nobody gave a name."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["SUFFIX", "free_name", "run_in_name"]

SUFFIX: Final = ".halfwave"


def free_name(folder: Path, stem: str, run: str | None = None, mark: str = "") -> Path:
    """Give the first name in ``folder`` that no file has yet.

    Parameters
    ----------
    folder : Path
        Where the recording is to be.
    stem : str
        What was run: ``"train"`` for ``train.py``. Characters that do not
        belong in a file name are replaced.
    run : str, optional
        What the files of one run share; this process's id by default.
    mark : str, default ""
        What tells them apart: ``"rank1"``.

    Returns
    -------
    Path
        ``halfwave-train.<pid>.halfwave``; ``halfwave-train.<pid>-2.halfwave``
        and so on where that is taken. Nothing is created: `Writer` refuses
        the name if somebody else takes it first.
    """
    # 255 bytes is the common limit of a name; the longest character takes four
    base = f"halfwave-{_clean(stem)[:40]}.{run_in_name(run) if run else os.getpid()}"
    if mark:
        base += f".{mark}"
    path = folder / (base + SUFFIX)
    number = 1
    while os.path.lexists(path):
        number += 1
        path = folder / f"{base}-{number}{SUFFIX}"
    return path


def run_in_name(run: str) -> str:
    """Give what stands in a name for what the files of one run share."""
    return _clean(run)[:20]


def _clean(text: str) -> str:
    return "".join("_" if c in '/\\:*?"<>|' or not c.isprintable() else c for c in text)
