"""Runs a program under plain Python and under ``halfwave check``, and compares the two."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["AS_MODULE", "CHECK", "PYTHON", "compare", "run"]

PYTHON = [sys.executable]
CHECK = [str(Path(sys.executable).with_name("halfwave")), "check", "--quiet"]
AS_MODULE = [sys.executable, "-m", "halfwave", "check", "--quiet"]


def run(
    command: Sequence[str],
    folder: Path,
    *,
    text: str = "typed\n",
    environment: Mapping[str, str] | None = None,
) -> tuple[int, bytes, str]:
    done = subprocess.run(
        command,
        cwd=folder,
        input=text.encode(),
        capture_output=True,
        timeout=300,
        check=False,
        env={**os.environ, **(environment or {})},
    )
    # addresses, process numbers and times differ from run to run
    stable = re.sub(rb"0x[0-9a-f]+", b"0x", done.stdout)
    errors = re.sub(r"0x[0-9a-f]+|Process-\d+|in \d\.\d+s", "", done.stderr.decode())
    return done.returncode, stable, errors


def compare(
    folder: Path, *words: str, environment: Mapping[str, str] | None = None
) -> tuple[int, bytes, str]:
    plain = run([*PYTHON, *words], folder, environment=environment)
    assert run([*CHECK, *words], folder, environment=environment) == plain
    assert [p.name for p in folder.glob("*.halfwave")] == []
    return plain
