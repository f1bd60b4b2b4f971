"""Runs in processes of their own: what becomes of killed ones, and of an interruption."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from halfwave.experiments.coordinator import Coordinator
from halfwave.experiments.executors import executor_for
from halfwave.experiments.executors.local import LocalExecutor
from halfwave.experiments.experiment import Experiment, Request
from halfwave.experiments.job import BASELINE, Job, Result
from halfwave.experiments.running import Finished, WorkerLostError, run_job
from halfwave.experiments.session import Session, comparison_of
from halfwave.experiments.store import Store, is_results
from halfwave.experiments.variants import ExperimentError

if TYPE_CHECKING:
    from pathlib import Path

#: Kills its own process the first so many times.
_KILLED = """
import os, pathlib, sys
times = pathlib.Path("times")
count = len(times.read_text()) if times.exists() else 0
if count < int(sys.argv[1]):
    times.write_text("x" * (count + 1))
    os.kill(os.getpid(), 9)
print("acc: 0.5")
print("acc: 0.75")
"""


class _Audience:
    def __init__(self) -> None:
        self.lost_runs: list[str] = []

    def began(self, job: Job) -> None: ...

    def steps(self, job: Job, count: int) -> None: ...

    def ended(self, job: Job, result: Result) -> None: ...

    def lost(self, job: Job, reason: str) -> None:
        self.lost_runs.append(reason)


def _script(folder: Path, text: str) -> str:
    (folder / "train.py").write_text(text)
    return "train.py"


@pytest.mark.parametrize(
    ("times", "state", "attempts"), [(0, "finished", 1), (2, "finished", 3), (9, "lost", 3)]
)
def test_a_killed_run_is_tried_again(tmp_path, times, state, attempts) -> None:
    job = Job(
        "gelu", 0, program=_script(tmp_path, _KILLED), arguments=(str(times),),
        folder=str(tmp_path), metric="acc: ([0-9.]+)",
    )  # fmt: skip
    audience, kept = _Audience(), []
    coordinator = Coordinator(LocalExecutor(1), lambda *pair: kept.append(pair) or (), audience)
    coordinator.do([job])
    ((_, finished),) = kept
    assert (finished.result.state, finished.result.attempts) == (state, attempts)
    assert len(audience.lost_runs) == min(times, 3)
    if state == "finished":
        assert finished.result.measured["metric"] == 0.75  # the last match
    else:
        assert "killed by SIGKILL, 3 times" in finished.result.error


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("raise ValueError('no data')", "ValueError: no data"),
        ("import os; os._exit(3)", "no figures were left: exit code 3"),
        ("raise SystemExit(3)", "exit code 3"),
        (
            "import sys; print('no such data', file=sys.stderr); sys.exit(4)",
            "exit code 4 after 'no such data'",
        ),
        ("import sys; sys.exit('broken')", "SystemExit: broken"),
        ("x = = 1", "SyntaxError"),
    ],
)
def test_a_failing_run_is_a_row_with_its_error(tmp_path, text, error) -> None:
    job = Job("gelu", 0, program=_script(tmp_path, text), folder=str(tmp_path))
    result = run_job(job).result
    assert result.state == "failed"
    assert error in (result.error or "")


def test_an_ended_run_leaves_no_process(tmp_path) -> None:
    script = "import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(600)"
    job = Job("gelu", 0, program=_script(tmp_path, script), folder=str(tmp_path))
    executor = LocalExecutor(1)
    timer = threading.Timer(1.0, executor.stop)
    timer.start()
    with pytest.raises(WorkerLostError, match="SIGTERM"):
        executor.run(job, lambda _: None)
    timer.join()
    from os import kill

    pid = int((tmp_path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        kill(pid, 0)


class _Pretended:
    """An executor that makes results up."""

    slots, threads, where = 2, 1, "nowhere"

    def __init__(self, fail: str = "", interrupt_after: int = 10**6) -> None:
        self.fail, self.left, self.stopped = fail, interrupt_after, False
        self.made: list[tuple[str, int, float]] = []

    def run(self, job: Job, on_steps) -> Finished:
        site = {
            "id": 0, "path": "act", "file": "/x/train.py", "line": 3, "activation": "relu",
            "parameters": {}, "role": "hidden",
            "target": {"key": {"path": "net.act"}},
        }  # fmt: skip
        base = {"torch": True, "backwards": 5, "optimizers": True, "sites": [site], "steps": 5}
        if job.stop_after is not None:
            return Finished(Result("finished", measured=base))
        self.made.append(job.key)
        if job.variant == self.fail:
            return Finished(Result("failed", 1, "ValueError: broken"))
        value = 1.0 + job.seed / 10 - (0.5 if job.variant == "tanh" else 0.0)
        told = (
            {"swap_activation": {"sites": 1, "initialised": 0}} if job.variant != BASELINE else {}
        )
        evaluation = {"loss": value, "best_loss": value, "accuracy": "nan", "best_accuracy": "nan"}
        measured = {**base, "evaluation": evaluation, "remedies": told}
        return Finished(Result("finished", 0, measured=measured), b"recording", "out", "err")

    def stop(self) -> None:
        self.stopped = True


class _Interrupts(_Audience):
    def __init__(self, after: int) -> None:
        super().__init__()
        self.after = after

    def ended(self, job: Job, result: Result) -> None:
        self.after -= 1
        if self.after == 0:
            raise KeyboardInterrupt


def _request(tmp_path: Path, **more) -> Request:
    _script(tmp_path, "pass")
    return Request("train.py", folder=str(tmp_path), activations=("tanh,gelu",), seeds=3, **more)


def test_every_run_is_made_once_and_kept(tmp_path) -> None:
    executor, path = _Pretended(), tmp_path / "r.sqlite"
    session = Session(executor)
    session.begin(_request(tmp_path, factors=(0.3, 1.0)), path)
    session.run(_Audience())
    assert len(executor.made) == len(set(executor.made)) == session.total == session.done == 18
    assert executor.made[0][0] == BASELINE
    assert is_results(path)
    assert len(list((tmp_path / "r.runs").iterdir())) == 18
    arms = {arm.label: arm for arm in session.comparison().arms}
    difference = arms["tanh"].differences["evaluation loss"]
    assert (difference.n, difference.mean) == (3, pytest.approx(-0.5))
    assert difference.claimed
    assert not arms["gelu"].differences["evaluation loss"].claimed


@pytest.mark.parametrize("after", [1, 2, 5])
def test_interrupted_and_resumed(tmp_path, after) -> None:
    first, path = _Pretended(), tmp_path / "r.sqlite"
    session = Session(first)
    session.begin(_request(tmp_path), path)
    with pytest.raises(KeyboardInterrupt):
        session.run(_Interrupts(after))
    assert first.stopped
    kept = set(Store(path).results())
    second = _Pretended()
    resumed = Session(second)
    resumed.resume(path)
    resumed.run(_Audience())
    assert not kept & set(second.made)
    assert len(Store(path).results()) == resumed.total == 9


def test_a_changed_script_is_not_gone_on_with(tmp_path) -> None:
    path = tmp_path / "r.sqlite"
    Session(_Pretended()).begin(_request(tmp_path), path)
    _script(tmp_path, "pass  # changed")
    with pytest.raises(ExperimentError, match="has changed since"):
        Session(_Pretended()).resume(path)


@pytest.mark.parametrize(("fail", "runs"), [("gelu", 9), (BASELINE, 3)])
def test_failures_are_rows(tmp_path, fail, runs) -> None:
    executor = _Pretended(fail)
    session = Session(executor)
    session.begin(_request(tmp_path), tmp_path / "r.sqlite")
    session.run(_Audience())
    assert len(executor.made) == runs  # with no run of its own there is nothing to compare
    states = {key[0]: result.state for key, result in session.store.results().items()}
    assert states[fail] == "failed"
    assert any("ValueError: broken" in note for note in session.comparison().facts["notes"])


class _Killed(_Pretended):
    """An executor whose worker is killed in the look at the script."""

    def run(self, job: Job, on_steps) -> Finished:
        raise WorkerLostError("killed by SIGKILL")


def test_a_script_that_is_killed_in_the_look_is_told_of(tmp_path) -> None:
    path = tmp_path / "r.sqlite"
    with pytest.raises(ExperimentError, match=r"train.py did not .*: killed by SIGKILL: is there"):
        Session(_Killed()).begin(_request(tmp_path), path)
    assert not path.exists()


def test_old_results_stay_until_new_ones_are_begun(tmp_path) -> None:
    path = tmp_path / "r.sqlite"
    session = Session(_Pretended())
    session.begin(_request(tmp_path), path)
    session.run(_Audience())
    before = path.read_bytes()
    with pytest.raises(ExperimentError):
        Session(_Killed()).begin(_request(tmp_path), path, overwrite=True)
    assert path.read_bytes() == before
    Session(_Pretended()).begin(_request(tmp_path), path, overwrite=True)
    assert not Store(path).results()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["r.runs", "r.sqlite", "train.py"]


def _on_gpus(monkeypatch, count: int) -> list[str]:
    """Pretend runs on so many GPUs; returns which one each is given, as they begin."""
    given: list[str] = []
    pretended = _Pretended()

    def run(job: Job, on_steps, stopped) -> Finished:
        finished = pretended.run(job, on_steps)
        if job.stop_after is not None:
            finished.result.measured |= {"device": "cuda:0", "gpus": count}
        else:
            given.append(job.environment.get("CUDA_VISIBLE_DEVICES", "all"))
            time.sleep(0.05)  # those that begin together are there together
        return finished

    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr("halfwave.experiments.executors.local.run_job", run)
    monkeypatch.setattr("halfwave.experiments.session.gpus_here", lambda: count)
    return given


@pytest.mark.parametrize(("jobs", "slots"), [(None, 2), (4, 4), (1, 1)])
def test_every_run_gets_a_gpu_when_resumed_too(tmp_path, monkeypatch, jobs, slots) -> None:
    given, path = _on_gpus(monkeypatch, 2), tmp_path / "r.sqlite"
    executor = LocalExecutor(jobs)
    session = Session(executor)
    session.begin(_request(tmp_path), path, jobs=jobs)
    assert executor.slots == slots
    with pytest.raises(KeyboardInterrupt):
        session.run(_Interrupts(2))
    assert set(given) <= {"0", "1"}

    given.clear()
    again = LocalExecutor(jobs)
    resumed = Session(again)
    resumed.resume(path, jobs=jobs)
    assert again.slots == slots
    resumed.run(_Audience())
    assert set(given) == ({"0", "1"} if slots > 1 else {"0"})


def test_more_runs_than_gpus_share_them(monkeypatch) -> None:
    executor = LocalExecutor(4)
    executor.use_devices(2, jobs=4)
    assert [executor._take_device() for _ in range(4)] == [0, 1, 0, 1]


def test_results_that_cannot_be_begun_leave_the_old_ones(tmp_path, monkeypatch) -> None:
    path = tmp_path / "r.sqlite"
    Session(_Pretended()).begin(_request(tmp_path), path)
    before = path.read_bytes()
    monkeypatch.setattr("halfwave.experiments.store._TABLES", "CREATE TABLE wrong")
    with pytest.raises(ExperimentError, match="cannot be written"):
        Store(path, overwrite=True)
    assert path.read_bytes() == before


def test_a_run_in_which_nothing_was_swapped_is_no_run() -> None:
    experiment = Experiment(Request("train.py", activations=("tanh",)))
    told = {"sites": 0, "initialised": 0}
    result = Result("finished", measured={"remedies": {"swap_activation": told}})
    experiment._check_swap(Job("tanh", 0), result)
    assert result.state == "failed"


@pytest.mark.parametrize("where", ["mars", "slurm:x", "ray://127.0.0.1:1"])
def test_refuses_places(where) -> None:
    if where != "mars":
        pytest.importorskip("submitit" if where.startswith("slurm") else "ray")
    with pytest.raises(ExperimentError, match="--on"):
        executor_for(where)


def test_refuses_what_is_no_results_file(tmp_path) -> None:
    file = tmp_path / "notes.sqlite"
    file.write_text("no database")
    with pytest.raises(ExperimentError, match="no results file"):
        Store(file)


def _emptied(file: Path, statement: str) -> None:
    Store(file)
    with closing(sqlite3.connect(file)) as base, base:
        base.execute(statement)


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("DROP TABLE experiment", "its tables are missing"),
        ("DROP TABLE runs", "its tables are missing"),
        ("SELECT 1", "is empty: it was ended before its first run"),
        ("PRAGMA user_version = 7", "written by another halfwave"),
    ],
)
def test_results_that_are_none_are_one_line(tmp_path, statement, says) -> None:
    file = tmp_path / "r.sqlite"
    _emptied(file, statement)
    with pytest.raises(ExperimentError, match=says):
        comparison_of(Store(file))
    with pytest.raises(ExperimentError, match=says):
        Session(_Pretended()).resume(file)


def test_results_that_are_cut_off_are_one_line(tmp_path) -> None:
    file = tmp_path / "r.sqlite"
    Session(_Pretended()).begin(_request(tmp_path), file)
    file.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(ExperimentError, match=r"r\.sqlite"):
        comparison_of(Store(file))
