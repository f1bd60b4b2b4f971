"""Runs on a Ray cluster of this machine, and through submitit; where these are installed."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from halfwave.experiments.executors import executor_for
from halfwave.experiments.executors.ray_cluster import RayExecutor
from halfwave.experiments.job import Job
from halfwave.experiments.running import WorkerLostError
from halfwave.experiments.variants import ExperimentError

if TYPE_CHECKING:
    from pathlib import Path

_SCRIPT = """
import os, pathlib, sys
if sys.argv[1:] == ["dies"]:
    os.kill(os.getpid(), 9)
pathlib.Path("seen").write_text(os.environ["HALFWAVE_RUN"])
print("acc: 0.5")
"""


def _job(folder: Path, *arguments: str) -> Job:
    (folder / "train.py").write_text(_SCRIPT)
    return Job(
        "gelu", 1, program="train.py", arguments=arguments, folder=str(folder), metric="acc: (.*)"
    )


def _check(executor, folder: Path) -> None:
    try:
        finished = executor.run(_job(folder), lambda _: None)
        assert finished.result.state == "finished"
        assert finished.result.measured["metric"] == 0.5
        assert (folder / "seen").read_text() == "gelu-s1"
        with pytest.raises(WorkerLostError, match="SIGKILL"):
            executor.run(_job(folder, "dies"), lambda _: None)
    finally:
        executor.stop()


def test_a_folder_named_ray_is_not_ray(tmp_path, monkeypatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "ray"]:
        monkeypatch.delitem(sys.modules, name)
    (tmp_path / "ray").mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(ExperimentError, match="needs Ray, which is not installed"):
        RayExecutor("local")
    sys.modules.pop("ray", None)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_local_ray_cluster(tmp_path, monkeypatch) -> None:
    pytest.importorskip(
        "ray.util"
    )  # Ray leaves a folder "ray" behind, which could be imported, too
    import ray

    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    # Ray sends the environment's PYTHONPATH on, and asks nobody on the network for news
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.chdir(tmp_path)
    try:
        _check(executor_for("ray", jobs=1), tmp_path)
    finally:
        ray.shutdown()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_submitit_without_slurm(tmp_path, monkeypatch) -> None:
    pytest.importorskip("submitit")
    monkeypatch.chdir(tmp_path)
    executor = executor_for("slurm:cluster=local", jobs=1)
    assert os.environ["PATH"]
    _check(executor, tmp_path)
