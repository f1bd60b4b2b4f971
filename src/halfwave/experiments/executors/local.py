"""Runs in processes of this machine."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from halfwave.experiments.running import WorkerLostError, run_job

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfwave.experiments.job import Job
    from halfwave.experiments.running import Finished

__all__ = ["LocalExecutor", "cores", "gpus_here"]


class LocalExecutor:
    """Every run is a process; as many at once as there are cores, unless told.

    Parameters
    ----------
    jobs : int, optional
        Runs at the same time.
    """

    def __init__(self, jobs: int | None = None) -> None:
        self.slots = jobs or cores()
        self.threads = max(1, cores() // self.slots)
        self._stopped = threading.Event()
        self._runs_on: list[int] = []  # device -> runs
        self._lock = threading.Lock()

    @property
    def where(self) -> str:
        """In words."""
        process = "process" if self.slots == 1 else "processes"
        thread = "thread" if self.threads == 1 else "threads"
        return f"{self.slots} {process} here, {self.threads} {thread} each"

    def use_devices(self, count: int, *, jobs: int | None) -> None:
        """Spread the runs over the GPUs, as the script uses one; without `jobs` one run on each."""
        self._runs_on = [0] * count
        if jobs is None:
            self.slots = max(1, count)
            self.threads = max(1, cores() // self.slots)

    def run(self, job: Job, on_steps: Callable[[int], None]) -> Finished:
        """Make a run in a process."""
        device = self._take_device()
        if device is not None:
            seen = os.environ.get("CUDA_VISIBLE_DEVICES", "")
            names = [name for name in seen.split(",") if name]
            name = names[device % len(names)] if names else str(device)
            job = replace(job, environment={**job.environment, "CUDA_VISIBLE_DEVICES": name})
        try:
            if self._stopped.is_set():
                raise WorkerLostError("stopped")
            return run_job(job, on_steps, self._stopped)
        finally:
            if device is not None:
                with self._lock:
                    self._runs_on[device] -= 1

    def _take_device(self) -> int | None:
        with self._lock:
            if not self._runs_on:
                return None
            device = self._runs_on.index(min(self._runs_on))
            self._runs_on[device] += 1
            return device

    def stop(self) -> None:
        """End all processes."""
        self._stopped.set()


def cores() -> int:
    """Return the cores that this process may use."""
    try:
        return max(1, len(os.sched_getaffinity(0)))
    except AttributeError:  # macOS
        return os.cpu_count() or 1


def gpus_here() -> int:
    """Return the GPUs that torch finds on this machine, 1 at least."""
    # asked in a process of its own: here torch would stay, and take a part of each
    words = [sys.executable, "-c", "import torch; print(torch.cuda.device_count())"]
    told = subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603 - fixed words
    return max(1, int(told)) if told.isdigit() else 1
