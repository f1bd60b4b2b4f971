"""Names for recordings that nobody gave a name."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["SUFFIX", "free_name"]

SUFFIX: Final = ".halfwave"


def free_name(folder: Path, stem: str) -> Path:
    """Give the first name in ``folder`` that no file has yet.

    Parameters
    ----------
    folder : Path
        Where the recording is to be.
    stem : str
        What was run: ``"train"`` for ``train.py``. Characters that do not
        belong in a file name are replaced.

    Returns
    -------
    Path
        ``halfwave-train.<pid>.halfwave``; ``halfwave-train.<pid>-2.halfwave``
        and so on where that is taken. Nothing is created: `Writer` refuses
        the name if somebody else takes it first.
    """
    clean = "".join("_" if c in '/\\:*?"<>|' or not c.isprintable() else c for c in stem)
    # 255 bytes is the common limit of a name; the longest character takes four
    base = f"halfwave-{clean[:40]}.{os.getpid()}"
    path = folder / (base + SUFFIX)
    number = 1
    while os.path.lexists(path):
        number += 1
        path = folder / f"{base}-{number}{SUFFIX}"
    return path
