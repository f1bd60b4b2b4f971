"""SIGTERM: the program finds it as it is without us, and dies of it as soon."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("halfwave._native", reason="without the native core there is no say")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="signals and timers of Linux")

CHECK = [sys.executable, "-m", "halfwave", "check", "--quiet"]


def start(folder: Path, source: str) -> subprocess.Popen[str]:
    (folder / "train.py").write_text(source)
    process = subprocess.Popen(
        [*CHECK, "train.py"], cwd=folder, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def _rest(process: subprocess.Popen[str]) -> str:
    """What it prints to its end, past what was read ahead."""
    assert process.stdout is not None
    printed = process.stdout.read()
    process.wait(timeout=60)
    return printed


def test_who_passes_it_on_to_the_handler_before_is_not_killed(tmp_path: Path) -> None:
    with start(
        tmp_path,
        "import os, signal\n"
        "before = signal.getsignal(signal.SIGTERM)\n"
        "def save(number, frame):\n"
        "    print('saved')\n"
        "    if callable(before): before(number, frame)\n"
        "signal.signal(signal.SIGTERM, save)\n"
        "print('ready', flush=True)\n"
        "os.kill(os.getpid(), signal.SIGTERM)\n"
        "print(before is signal.SIG_DFL)\n",
    ) as process:
        assert _rest(process) == "saved\nTrue\n"
        assert process.returncode == 0


def test_what_never_comes_back_from_native_code_dies_all_the_same(tmp_path: Path) -> None:
    with start(
        tmp_path,
        "import ctypes\nprint('ready', flush=True)\nmutex = ctypes.create_string_buffer(64)\n"
        "for _ in range(2): ctypes.PyDLL(None).pthread_mutex_lock(mutex)\n",
    ) as process:
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == -signal.SIGTERM


def test_a_fork_dies_at_once_and_leaves_its_parent_alone(tmp_path: Path) -> None:
    with start(
        tmp_path,
        "import os, signal, time\nprint('ready', flush=True)\npid = os.fork()\n"
        "if not pid:\n    time.sleep(60)\n"
        "time.sleep(0.3)\nos.kill(pid, signal.SIGTERM)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n",
    ) as process:
        assert _rest(process) == "-15\n"
        assert process.returncode == 0


def test_one_more_ends_it_whatever_we_are_doing(tmp_path: Path) -> None:
    with start(
        tmp_path,
        "import os, signal, torch\n"
        "from halfwave.cli._session import Session\n"
        "def hang(self):\n"
        "    print('reporting', flush=True)\n"
        "    while True: pass\n"
        "Session._report = hang\n"
        "print('ready', flush=True)\nos.kill(os.getpid(), signal.SIGTERM)\n",
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "reporting\n"
        time.sleep(1.5)  # longer than the core waits for us to begin
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == -signal.SIGTERM
