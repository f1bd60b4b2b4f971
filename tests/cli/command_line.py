"""Run command lines in a folder, and look at what they print and leave."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
HALFWAVE = (str(Path(sys.executable).with_name("halfwave")),)
PRETENDED = (sys.executable, str(HERE / "pretended_watcher.py"))


class Done(NamedTuple):
    code: int
    out: list[str]
    errors: list[str]


def run(folder: Path, *words: str, program: tuple[str, ...] = HALFWAVE, **environment: str) -> Done:
    places = [str(HERE), str(HERE.parent / "diagnose")]
    places += filter(None, [os.environ.get("PYTHONPATH")])  # a checkout that is not installed
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    given = {"PYTHONPATH": os.pathsep.join(places), "PATH": path, "COLUMNS": "100"}
    done = subprocess.run(
        [*program, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, **given, **environment},
    )
    return Done(done.returncode, done.stdout.splitlines(), done.stderr.splitlines())


def pretend(folder: Path, what: str, *words: str, **environment: str) -> Done:
    return run(folder, *words, program=PRETENDED, PRETEND=what, **environment)


def recordings(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if ".halfwave" in path.name)
