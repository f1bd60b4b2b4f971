"""Run code blocks, each in a process and a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from .finding import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .finding import Block

__all__ = ["commands_of", "run_commands", "run_programs"]

_SERVER = Path(__file__).with_name("server.py")
_BETWEEN = "#-#-# next command #-#-#"


def run_programs(blocks: Sequence[Block]) -> list[str]:
    """Run blocks of Python; return what went wrong in each, "" where nothing did."""
    with tempfile.TemporaryDirectory() as folder:
        jobs = [
            {"code": block.text, "given": block.given, "kind": block.language, "name": block.place}
            for block in blocks
        ]
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, _SERVER, folder],
            input=json.dumps(jobs),
            capture_output=True,
            text=True,
            check=False,
            env=_environment(),
        )
    if done.returncode != 0:
        return [f"the process that runs them failed:\n{done.stderr}"] * len(blocks)
    problems: list[str] = json.loads(done.stdout)
    return problems


def commands_of(block: Block) -> list[tuple[str, str]]:
    """Return the commands of a ``console`` block, each with what it is said to print.

    Raises
    ------
    ValueError
        If the block does not begin with a command.
    """
    found: list[tuple[str, list[str]]] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found and found[-1][0].endswith("\\") and not found[-1][1]:
            found[-1] = (f"{found[-1][0]}\n{line}", [])
        elif found:
            found[-1][1].append(line)
        else:
            raise ValueError(f'{block.place}: commands begin with "$ ", and this does not: {line}')
    return [(command, "\n".join(shown)) for command, shown in found]


def run_commands(block: Block) -> list[tuple[int, str]]:
    """Run the commands of a ``console`` block one after another in one shell.

    The examples and benchmarks of the repository lie in the folder. Returns
    the exit code and the output (stdout and stderr, as a terminal mixes them) of each.
    """
    lines = ["exec 2>&1"]
    for command, _ in commands_of(block):
        lines += [command, f'echo "{_BETWEEN} $?"']
    with tempfile.TemporaryDirectory() as folder:
        for name in ("examples", "benchmarks"):
            (Path(folder) / name).symlink_to(ROOT / name)
        for name, text in block.files.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        if block.given:
            subprocess.run(  # noqa: S603 - as above
                [sys.executable, "-c", block.given], check=True, cwd=folder, env=_environment()
            )
        done = subprocess.run(  # noqa: S603 - what our own pages say
            ["bash", "-c", "\n".join(lines)],  # noqa: S607 - the shell that the user has
            stdout=subprocess.PIPE,
            text=True,
            check=False,
            cwd=folder,
            env=_environment(),
        )
    results: list[tuple[int, str]] = []
    printed: list[str] = []
    for line in done.stdout.splitlines():
        text, mark, code = line.partition(_BETWEEN)
        printed += [text] if text or not mark else []
        if mark:
            results.append((int(code), "\n".join(printed)))
            printed = []
    return results


def _environment() -> dict[str, str]:
    """Return what a plain terminal of 80 columns gives a program, and this Python's commands."""
    here = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        "COLUMNS": "80",
        "LINES": "24",
        "PYTHONIOENCODING": "utf-8",
        "MPLBACKEND": "Agg",
        "OMP_NUM_THREADS": "1",
    }
    drop = {"FORCE_COLOR", "PYTHONWARNINGS", "TTY_COMPATIBLE"}
    return {key: value for key, value in os.environ.items() if key not in drop} | here
