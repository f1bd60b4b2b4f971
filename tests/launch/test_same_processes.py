"""Signals, streams, workers and options of the interpreter are those of plain Python, too."""

from __future__ import annotations

import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from same import CHECK, PYTHON, compare, run

if TYPE_CHECKING:
    from pathlib import Path

_WORKERS = """
import multiprocessing as mp, os, sys
from concurrent.futures import ProcessPoolExecutor

class Item:
    def __init__(self, n): self.n = n

def work(item):
    return Item(item.n * item.n)

def loud(n):
    print("child", __name__, n, flush=True)

if __name__ == "__main__":
    context = mp.get_context({method!r})
    with context.Pool(2) as pool:
        print([i.n for i in pool.map(work, [Item(n) for n in range(5)])])
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        print([i.n for i in pool.map(work, [Item(n) for n in range(5)])])
    p = context.Process(target=loud, args=(1,)); p.start(); p.join(); print(p.exitcode)
    p = context.Process(target=work, args=(1,)); p.start(); p.join(); print(p.exitcode)
    p = context.Process(target=__import__("time").sleep, args=(60,)); p.start(); p.terminate()
    p.join(); print(p.exitcode)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mod.py").write_text("x = 1\n")
    return tmp_path


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize("as_module", [False, True])
def test_workers(folder: Path, method: str, as_module: bool) -> None:
    (folder / "train.py").write_text(_WORKERS.replace("{method!r}", repr(method)))
    words = ["-m", "train"] if as_module else ["train.py"]
    code, out, _ = compare(folder, *words)
    assert code == 0
    assert out.count(b"[0, 1, 4, 9, 16]") == 2


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, -2), (signal.SIGTERM, -15), (signal.SIGKILL, -9)]
)
def test_signals_from_outside(folder: Path, number: int, status: int) -> None:
    (folder / "train.py").write_text(
        "import time\nprint('ready', flush=True)\nwhile True:\n    time.sleep(60)"
    )
    seen: list[tuple[int, str]] = []
    for command in (PYTHON, CHECK):
        process = subprocess.Popen(
            [*command, "train.py"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.5)  # until it sleeps, and not on its way there
        process.send_signal(number)
        _, errors = process.communicate(timeout=120)
        seen.append((process.returncode, errors))
    assert seen[0] == seen[1]
    assert seen[0][0] == status


@pytest.mark.parametrize("count", [10, 100_000])
def test_reader_goes_away(folder: Path, count: int) -> None:
    (folder / "train.py").write_text(f"for n in range({count}):\n    print(n)")
    seen: list[tuple[int, bytes]] = []
    for command in (PYTHON, CHECK):
        process = subprocess.Popen(
            [*command, "train.py"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stderr is not None
        if count > 10:
            process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
        seen.append((process.wait(timeout=120), errors))
        process.stderr.close()
    assert seen[0] == seen[1]


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_closed_streams(folder: Path, closed: str) -> None:
    (folder / "train.py").write_text("import sys\nprint(sys.stdin is None)\n1 / 0")
    seen = [
        run(["sh", "-c", f'exec "$@" {closed}', "sh", *command, "train.py"], folder)
        for command in (PYTHON, CHECK)
    ]
    assert seen[0] == seen[1]


def test_interpreter_options_stay(folder: Path) -> None:
    (folder / "train.py").write_text(
        "import sys; print(sys.orig_argv[1:], sys.flags.utf8_mode, sys.warnoptions)"
    )
    options = ["-X", "utf8", "-W", "error"]
    plain = run([*PYTHON, *options, "train.py", "-x"], folder)
    watched = [*PYTHON, *options, "-m", "halfwave", "check", "--quiet", "train.py", "-x"]
    assert run(watched, folder) == plain
