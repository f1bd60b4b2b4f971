"""Makes one run: a process of its own, in which the script runs beside a `Trial`."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from halfwave.experiments.job import Result

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from halfwave.experiments.job import Job

__all__ = ["Finished", "WorkerLostError", "run_job"]

_PROGRAM: Final = Path(__file__).parent / "child" / "run_trial.py"
#: Of what a script prints, so much is kept.
_TAIL: Final = 20_000
_THREADS: Final = (
    "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS",
)  # fmt: skip


class WorkerLostError(Exception):
    """The process or the machine of a run is gone, by no doing of the script: try it elsewhere."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What a run left behind, wherever it ran."""

    result: Result
    recording: bytes | None = None
    printed: str = ""
    complained: str = ""


def run_job(
    job: Job,
    on_steps: Callable[[int], None] | None = None,
    ended: threading.Event | None = None,
) -> Finished:
    """Make a run and wait for it.

    Parameters
    ----------
    job
        The run.
    on_steps
        Told now and then how many steps have been made.
    ended
        Set by another thread to end the run.

    Raises
    ------
    WorkerLostError
        If the process was killed.
    """
    with tempfile.TemporaryDirectory(prefix="halfwave-run-") as folder:
        place = Path(folder)
        (place / "job.json").write_text(job.to_json())
        started = time.time()
        with (place / "out").open("wb") as out, (place / "err").open("wb") as err:
            process = subprocess.Popen(  # noqa: S603 - to run the script is the job
                [sys.executable, str(_PROGRAM), folder],
                cwd=job.folder or None,
                env=_environment(job),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,  # Ctrl-C is for us, who end it in order
            )
            _wait(process, place, on_steps, ended)
        return _collected(job, place, process.returncode, started)


def _wait(
    process: subprocess.Popen[bytes],
    place: Path,
    on_steps: Callable[[int], None] | None,
    ended: threading.Event | None,
) -> None:
    while True:
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            if ended is not None and ended.is_set():
                _end(process)
                return
            if on_steps is not None:
                with suppress(OSError, ValueError):
                    on_steps(int((place / "steps").read_text()))
            continue
        return


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a run and all that it has started."""
    for number, patience in ((signal.SIGTERM, 3), (signal.SIGKILL, 10)):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
            return


def _environment(job: Job) -> dict[str, str]:
    threads = dict.fromkeys(_THREADS, str(job.threads))
    fixed = {
        # sets of texts come in the same order in every run of a seed
        "PYTHONHASHSEED": str((job.seed * 2_654_435_761) % 2**32),
        # what is compiled cannot be swapped: all runs go without, the baseline's too
        "TORCH_COMPILE_DISABLE": "1",
        "TORCHDYNAMO_DISABLE": "1",
        "HALFWAVE_RUN": job.name,
    }
    return {**os.environ, **threads, **fixed, **job.environment}


def _collected(job: Job, place: Path, code: int, started: float) -> Finished:
    printed, complained = _tail(place / "out"), _tail(place / "err")
    file = place / "result.json"
    if not file.exists():
        if code < 0:
            raise WorkerLostError(f"killed by {_signal_name(-code)}")
        why = f"no figures were left: {_exit_words(code, complained)}"
        result = Result("failed", code, why, started, time.time())
        return Finished(result, None, printed, complained)
    result = Result.from_json(file.read_text())
    if result.error == "SIGTERM":  # somebody took the machine back
        raise WorkerLostError("killed by SIGTERM")
    if not result.good and result.error is None:  # sys.exit(3) says no more
        result.error = _exit_words(result.exit_code, complained)
    if job.metric is not None:
        result.measured["metric"] = _last_match(job.metric, place / "out")
    recording = place / "run.halfwave"
    kept = recording.read_bytes() if recording.exists() and job.stop_after is None else None
    return Finished(result, kept, printed, complained)


def _exit_words(code: int | None, complained: str) -> str:
    """Say how a script ended that has not said why itself."""
    lines = complained.strip().splitlines()
    return f"exit code {code}" + (f" after {lines[-1].strip()[:400]!r}" if lines else "")


def _tail(file: Path) -> str:
    data = file.read_bytes()[-_TAIL:]
    return data.decode(errors="replace")


def _last_match(pattern: str, file: Path) -> float | None:
    """Return the number in the last match: of its first group, if the pattern has one."""
    last = None
    for match in re.finditer(pattern, file.read_bytes().decode(errors="replace")):
        last = match
    if last is None:
        return None
    try:
        return float(last[1] if last.re.groups else last[0])
    except (TypeError, ValueError):
        return None


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
