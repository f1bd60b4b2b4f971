"""Runs as Slurm jobs, through submitit."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from halfwave.experiments.running import WorkerLostError, run_job
from halfwave.experiments.variants import ExperimentError

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfwave.experiments.job import Job
    from halfwave.experiments.running import Finished

__all__ = ["SlurmExecutor"]


class SlurmExecutor:
    """Every run is a Slurm job; the folder must be one that all nodes see.

    Parameters
    ----------
    settings : str
        What submitit is told: ``"slurm_partition=gpu,timeout_min=120,gpus_per_node=1"``;
        ``"cluster=local"`` runs its jobs on this machine, without Slurm.
    jobs : int, optional
        Jobs in the queue at the same time; 64 by default.
    """

    def __init__(self, settings: str = "", jobs: int | None = None) -> None:
        try:
            import submitit  # noqa: PLC0415 # pyright: ignore[reportMissingImports] - an extra
        except ModuleNotFoundError:
            raise ExperimentError(
                "--on slurm needs submitit, which is not installed: pip install 'halfwave[slurm]'"
            ) from None
        given = dict(_setting(part) for part in settings.split(",") if part)
        cluster = given.pop("cluster", "slurm")
        self.slots = jobs or 64
        self.threads = int(given.get("cpus_per_task", 1))
        self.where = f"{cluster}, {self.slots} jobs at most"
        self._submitit: Any = submitit
        try:
            self._executor: Any = submitit.AutoExecutor(
                folder=Path.cwd() / ".halfwave-slurm", cluster=cluster
            )
            self._executor.update_parameters(
                **{"timeout_min": 24 * 60, "name": "halfwave", **given}
            )
        except (RuntimeError, ValueError, TypeError, NameError, AssertionError) as error:
            reason = " ".join(str(error).split())[:200]
            raise ExperimentError(f"--on slurm: {reason}") from None
        self._going: set[Any] = set()

    def run(self, job: Job, on_steps: Callable[[int], None]) -> Finished:  # noqa: ARG002 - jobs do not tell
        """Queue a run and wait for it."""
        folder = job.folder or str(Path.cwd())
        queued = self._executor.submit(_work, replace(job, folder=folder))
        self._going.add(queued)
        try:
            finished = queued.result()
        except (
            self._submitit.core.utils.FailedJobError,
            self._submitit.core.utils.UncompletedJobError,
        ) as error:
            cause = " ".join(str(error).split())[:200]
            raise WorkerLostError(f"job {queued.job_id}: {cause}") from None
        finally:
            self._going.discard(queued)
        if isinstance(finished, str):
            raise WorkerLostError(finished)
        return finished

    def stop(self) -> None:
        """Cancel what is queued or runs."""
        for queued in list(self._going):
            with suppress(Exception):  # it may have ended by itself
                queued.cancel()


def _work(job: Job) -> Finished | str:
    try:
        return run_job(job)
    except WorkerLostError as error:
        return str(error)


def _setting(part: str) -> tuple[str, Any]:
    name, sign, text = part.partition("=")
    if not sign:
        raise ExperimentError(f"--on slurm: {part!r} is no setting: write name=value")
    return name.strip(), int(text) if text.strip().isdigit() else text.strip()
