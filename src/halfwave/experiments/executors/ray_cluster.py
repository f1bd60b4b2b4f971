"""Runs on a Ray cluster: an existing one, or one that is started here."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import halfwave
from halfwave.experiments.running import WorkerLostError, run_job
from halfwave.experiments.variants import ExperimentError

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfwave.experiments.job import Job
    from halfwave.experiments.running import Finished

__all__ = ["RayExecutor"]

#: A working folder up to this size is sent to the cluster.
_LARGEST: Final = 200 * 2**20


class RayExecutor:
    """Every run is a Ray task, which starts the run's process on the node it is sent to.

    Parameters
    ----------
    address : str
        ``"ray://head:10001"``, ``"auto"``, or ``"local"`` for a cluster of this machine alone.
    jobs : int, optional
        Runs at the same time; as many as the cluster has CPUs for by default.
    """

    def __init__(self, address: str, jobs: int | None = None) -> None:
        try:
            import_module("ray.util")  # a folder called "ray" has none
            ray: Any = import_module("ray")
        except ModuleNotFoundError:
            raise ExperimentError(
                f"--on {address} needs Ray, which is not installed: pip install 'halfwave[ray]'"
            ) from None
        self._ray = ray
        if address not in {"local", "auto"}:
            _ask(address)  # Ray itself would wait for minutes
        options: dict[str, Any] = {"log_to_driver": False, "configure_logging": False}
        if address != "local":
            options["runtime_env"] = _sent(Path.cwd())
        try:
            ray.init(address=address, ignore_reinit_error=True, **options)
        except (ConnectionError, RuntimeError, ValueError) as error:
            reason = " ".join(str(error).split())[:200]
            raise ExperimentError(f"--on {address}: no Ray cluster answers: {reason}") from None
        processors = int(ray.cluster_resources().get("CPU", 1))
        self.slots = jobs or max(1, processors)
        self.threads = max(1, processors // self.slots)
        self.where = f"{self.slots} tasks on Ray at {address}"
        # a dead node or process is no fault of the run: Ray sends it elsewhere
        self._task: Any = ray.remote(num_cpus=self.threads, max_retries=2)(_work)
        self._going: set[Any] = set()

    def run(self, job: Job, on_steps: Callable[[int], None]) -> Finished:  # noqa: ARG002 - tasks do not tell
        """Send a run to the cluster."""
        task = self._task.remote(job, str(Path.cwd()))
        self._going.add(task)
        try:
            finished = self._ray.get(task)
        except self._ray.exceptions.RayError as error:
            cause = " ".join(str(error).split())[:200]
            raise WorkerLostError(f"{type(error).__name__}: {cause}") from None
        finally:
            self._going.discard(task)
        if isinstance(finished, str):
            raise WorkerLostError(finished)
        return finished

    def stop(self) -> None:
        """Cancel what still runs."""
        for task in list(self._going):
            with suppress(Exception):  # it may have ended, or the cluster have gone
                self._ray.cancel(task, force=True)


def _ask(address: str) -> None:
    """Refuse an address at which nobody listens."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except (OSError, ValueError) as error:
        raise ExperimentError(f"--on {address}: no Ray cluster answers there: {error}") from None


def _work(job: Job, folder: str) -> Finished | str:
    """Make a run where Ray has sent it: in the same folder, or in what was sent along."""
    from dataclasses import replace  # noqa: PLC0415 - runs on the cluster

    if not Path(folder).is_dir():
        folder = os.getcwd()  # noqa: PTH109
    try:
        return run_job(replace(job, folder=folder))
    except WorkerLostError as error:
        return str(error)


def _sent(folder: Path) -> dict[str, Any]:
    """Return what the nodes need: this package, and the working folder where it is small."""
    sent: dict[str, Any] = {"py_modules": [str(Path(halfwave.__file__).parent)]}
    size = 0
    for file in folder.rglob("*"):
        with suppress(OSError):
            size += file.stat().st_size if file.is_file() else 0
        if size > _LARGEST:
            return sent
    sent["working_dir"] = str(folder)
    return sent
