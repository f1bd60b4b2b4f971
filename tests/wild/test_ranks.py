"""A distributed run under ``torchrun``: the same bits on every rank, and one report of all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from halfwave.recording import Recording, merge_ranks, read

_PROGRAM = Path(__file__).with_name("two_ranks.py")
_HALFWAVE = str(Path(sys.executable).with_name("halfwave"))
_LAUNCH = (
    *(sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"),
    *("--local-addr", "127.0.0.1"),  # the machine's own name need not lead anywhere
)

pytestmark = pytest.mark.skipif(
    not torch.distributed.is_available(), reason="torch was built without torch.distributed"
)


def _launched(folder: Path, *words: str) -> tuple[list[str], list[str]]:
    for _ in range(4):
        for left in folder.glob("*.halfwave*"):
            left.unlink()
        done = subprocess.run(
            [*_LAUNCH, *words],
            cwd=folder,
            env={**os.environ, "GLOO_SOCKET_IFNAME": "lo"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        # torch's own threads abort a program at its end now and then, watched or not
        if "terminate called without an active exception" not in done.stderr:
            break
    assert done.returncode == 0, done.stderr
    return sorted(done.stdout.splitlines()), done.stderr.splitlines()


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    folder = tmp_path_factory.mktemp("ranks")
    plain, _ = _launched(folder, str(_PROGRAM))
    check = ("--no-python", _HALFWAVE, "check", "--every", "1", "-o", "run.halfwave")
    watched, errors = _launched(folder, *check, str(_PROGRAM))
    assert len(plain) == 2
    assert watched == plain  # parameters and gradients of both ranks, to the last bit
    return folder, errors


@pytest.fixture(scope="module")
def merged(runs: tuple[Path, list[str]]) -> Recording:
    folder, _ = runs
    return merge_ranks([read(folder / f"run.rank{rank}.halfwave") for rank in (1, 0)])


def test_the_first_rank_reports_and_names_the_command_for_all(
    runs: tuple[Path, list[str]],
) -> None:
    folder, errors = runs
    assert sum(line.startswith("── halfwave") for line in errors) == 1
    assert any("0 of 2: what this process saw alone" in line for line in errors)
    assert errors[-1].endswith("report run.rank*.halfwave")
    again = subprocess.run(
        ["/bin/sh", "-c", f"'{_HALFWAVE}' report run.rank*.halfwave"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (again.returncode, again.stderr) == (0, "")
    assert "2 ranks, merged" in again.stdout


def test_counts_of_both_ranks_add_up_to_what_the_program_counted(
    runs: tuple[Path, list[str]], merged: Recording
) -> None:
    truth = json.loads((runs[0] / "truth.json").read_text())
    by_path = {site.path: site for site in merged.sites}
    halves = ["split.act (rank 0)", "split.act (rank 1)"]
    assert sorted(by_path) == ["copies.act", "sharded.act", *halves]
    assert [by_path[half].units for half in halves] == [5, 5]
    assert merged.differences == (
        f"split.act ({by_path[halves[0]].where}) has other units on each rank: they stay apart",
    )
    assert any("DTensor" in note.what for note in merged.unobserved)
    assert merged.info.watching_ended is None
    for path, counted in zip(("copies.act", "sharded.act"), truth["open"], strict=True):
        seen = by_path[path].training
        assert seen is not None
        assert seen.open_inputs.tolist() == counted
        rounds = 1 if path == "copies.act" else 2
        assert seen.inputs.tolist() == [40 * 12 * rounds] * 10
        never = np.array(counted) == 0
        assert never.sum() >= 4
        assert (seen.closed_run[never] == seen.inputs[never]).all()
        assert by_path[path].samples["inputs"].tolist() == [40] * 12 * rounds
    (loss, *_) = merged.losses
    assert loss.samples["count"].tolist() == [2] * 48
    assert loss.samples["mean"][:12].tolist() == pytest.approx([v / 2 for v in truth["losses"]])


def test_norms_are_those_of_whole_parameters(
    runs: tuple[Path, list[str]], merged: Recording
) -> None:
    truth = json.loads((runs[0] / "truth.json").read_text())
    by_name = {(p.name, p.optimizer): p for p in merged.parameters}
    assert len(by_name) == len(merged.parameters) == 12
    for name, norm in truth["before"].items():
        shard = by_name[f"sharded.{name}", "AdamW"]
        assert shard.used
        at = {int(row["first_step"]): row for row in shard.samples}
        assert at[25]["norm"] == pytest.approx(norm, rel=1e-5)
        assert at[25]["grad_norm"] > 0
        assert at[25]["update_ratio"] > 0
        assert by_name[f"copies.{name}", "SGD"].local_shape is None


def test_ranks_that_are_not_of_one_run_are_not_merged(
    runs: tuple[Path, list[str]], tmp_path: Path
) -> None:
    folder, _ = runs
    first = str(folder / "run.rank0.halfwave")
    (tmp_path / "again.halfwave").write_bytes(Path(first).read_bytes())
    done = subprocess.run(
        [_HALFWAVE, "report", first, str(tmp_path / "again.halfwave")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "is of rank 0, and so is" in done.stderr
