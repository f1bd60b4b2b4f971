"""Processes that a watched script starts: named, or followed with --follow-children."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from halfwave.recording import Recording, read

_PROGRAM = str(Path(__file__).with_name("parent.py"))
_CHECK = (str(Path(sys.executable).with_name("halfwave")), "check", "--every", "1")


def _lines(folder: Path, *words: str) -> tuple[list[str], list[str]]:
    # a sitecustomize of the user's own has to be found as ever
    (folder / "own").mkdir(exist_ok=True)
    (folder / "own" / "sitecustomize.py").write_text("WHOSE = 'the user'\n")
    path = os.pathsep.join(filter(None, [str(folder / "own"), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [*words, _PROGRAM],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines(), done.stderr.splitlines()


@pytest.fixture(scope="module")
def runs(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[list[str], list[str], list[str], list[Recording]]:
    folder = tmp_path_factory.mktemp("children")
    plain, _ = _lines(folder, sys.executable)
    watched, errors = _lines(folder, *_CHECK, "--follow-children", "-o", "run.halfwave")
    files = sorted(folder.glob("run*.halfwave"))
    return plain, watched, errors, [read(file) for file in files]


def test_children_compute_the_same_bits_in_the_same_surroundings(
    runs: tuple[list[str], list[str], list[str], list[Recording]],
) -> None:
    plain, watched, *_ = runs
    assert len(plain) == 8
    assert watched == plain
    assert all(line.endswith("the user") for line in plain)


def test_each_child_leaves_a_recording_beside_its_parents(
    runs: tuple[list[str], list[str], list[str], list[Recording]],
) -> None:
    _, _, errors, recordings = runs
    by_units = {recording.sites[0].units: recording for recording in recordings}
    assert sorted(by_units) == [8, 9, 10, 11, 12, 13, 14, 15]
    (parent,) = [recording for recording in recordings if recording.info.parent is None]
    assert by_units[13] is parent
    assert not [note for note in parent.unobserved if "child" in note.what]
    for units, recording in by_units.items():
        info = recording.info
        assert (info.steps, info.sampled, len(recording.sites)) == (12, 12, 1)
        assert info.watching_ended is None
        if units not in (11, 12, 13):  # a shell stands between; the parent itself
            assert info.parent == parent.info.pid
        if units != 13:
            assert Path(recording.path or "").name == f"run.child{info.pid}.halfwave"
            assert any(f"run.child{info.pid}.halfwave" in line for line in errors)
    states = {units: (r.info.state, r.info.error) for units, r in by_units.items()}
    assert states == {
        8: ("finished", None),
        9: ("failed", "ValueError: number 1"),
        10: ("finished", None),
        11: ("finished", None),
        12: ("finished", None),
        13: ("finished", None),
        14: ("finished", None),
        15: ("finished", None),
    }
    assert any("recordings of 7 child processes" in line for line in errors)


def test_children_that_are_not_followed_are_named(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(
        "import multiprocessing, subprocess, sys, torch\n"
        "torch.relu(torch.ones(2))\n"
        "subprocess.run([sys.executable, '-c', ''], check=True)\n"
        "subprocess.run(['true'], check=True)\n"
        "child = multiprocessing.get_context('fork').Process(target=print)\n"
        "child.start(); child.join()\n"
    )
    done = subprocess.run(
        [*_CHECK, "-o", "run.halfwave", "train.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert [path.name for path in tmp_path.glob("*.halfwave")] == ["run.halfwave"]
    (note,) = read(tmp_path / "run.halfwave").unobserved
    assert note.what == "what runs in child processes (2 asked for)"
    assert "--follow-children" in note.option
    assert "child processes (2 asked for)" in done.stderr
