"""From the words after ``--on`` to an executor."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from halfwave.experiments.executors.local import LocalExecutor
from halfwave.experiments.variants import ExperimentError

if TYPE_CHECKING:
    from halfwave.experiments.executors.protocol import Executor

__all__ = ["executor_for"]


def executor_for(on: str | None, jobs: int | None = None) -> Executor:
    """Make the executor that is asked for.

    Parameters
    ----------
    on
        None or ``"local"``: processes here, unless ``RAY_ADDRESS`` is set.
        ``"ray"``: the cluster of ``RAY_ADDRESS``, or one of this machine.
        ``"ray://head:10001"``: that cluster. ``"slurm"``, ``"slurm:name=value,…"``.
    jobs
        Runs at the same time.

    Raises
    ------
    ExperimentError
        If it is none of these, or what it needs is not there.
    """
    address = os.environ.get("RAY_ADDRESS", "")
    if on is None and address:
        on = "ray"
    if on is None or on == "local":
        return LocalExecutor(jobs)
    if on == "ray" or on.startswith("ray://"):
        from halfwave.experiments.executors.ray_cluster import RayExecutor  # noqa: PLC0415 - an extra

        return RayExecutor(on if on != "ray" else address or "local", jobs)
    if on == "slurm" or on.startswith("slurm:"):
        from halfwave.experiments.executors.slurm import SlurmExecutor  # noqa: PLC0415 - as above

        return SlurmExecutor(on.partition(":")[2], jobs)
    raise ExperimentError(f"--on {on!r} is none of local, ray, ray://HOST:PORT, slurm")
