"""Run a program under ``halfwave check``, and read the findings off its recording."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from doctor.outcome import Outcome, Status, findings_of
from doctor.programs import Program, missing_packages

__all__ = ["examine", "examine_again"]

SOURCES: Final = Path(__file__).resolve().parents[3] / "src"


def examine(program: Program, keep: Path, limit: float) -> Outcome:
    """Run a program in a process and a folder of its own, and diagnose its recording.

    Parameters
    ----------
    program : Program
        What to run.
    keep : Path
        Folder for the recording, NAME.halfwave.
    limit : float
        Seconds after which the run is ended; what was recorded till then still counts.
    """
    if missing := missing_packages(program):
        return Outcome(program, "skipped", note=f"not installed: {', '.join(missing)}")
    recording = keep / f"{program.name}.halfwave"
    command = [*_halfwave(), "check", "--no-report", "--force", "-o", str(recording)]
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="halfwave-zoo-") as folder:
        status, errors = _run([*command, str(program.path)], Path(folder), limit)
    outcome = examine_again(program, keep, status=status, note=errors)
    return _timed(outcome, time.perf_counter() - began)


def examine_again(
    program: Program, keep: Path, *, status: Status = "ran", note: str = ""
) -> Outcome:
    """Diagnose the recording of an earlier run with the rules of today."""
    recording = keep / f"{program.name}.halfwave"
    if not recording.exists():
        if status == "ran":
            return Outcome(program, "skipped", note=f"no recording in {keep}")
        return Outcome(program, status, note=note)
    command = [*_halfwave(), "report", "--json", str(recording)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=_environment(), timeout=300
    )
    if done.returncode:
        return Outcome(program, "failed", note=_last_line(done.stderr))
    report: dict[str, Any] = json.loads(done.stdout)
    if status == "ran" and (ended := report["run"]["watching_ended"]):
        # the program went on, but a watcher that gave up must not pass for a clean run
        status, note = "failed", f"the watching ended early: {ended}"
    return Outcome(program, status, findings_of(report), note)


def _run(command: list[str], folder: Path, limit: float) -> tuple[Status, str]:
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,  # so that the children of the program end with it
    )
    try:
        _, errors = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return "timed out", f"ended after {limit:.0f} s"
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    if process.returncode:
        return "failed", f"exit code {process.returncode}: {_last_line(errors)}"
    return "ran", ""


def _halfwave() -> list[str]:
    return [sys.executable, "-m", "halfwave"]


def _environment() -> dict[str, str]:
    """Make this checkout the halfwave that is measured, one thread a program."""
    paths = [str(SOURCES), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "nothing on stderr"


def _timed(outcome: Outcome, seconds: float) -> Outcome:
    return Outcome(outcome.program, outcome.status, outcome.found, outcome.note, seconds)
