"""The disk, the lock or the file itself fails while a training runs: it goes on."""

from __future__ import annotations

import io
import os
import sqlite3
import sys
from pathlib import Path

import pytest
from programs_to_break import fingerprint_of

import halfwave
from halfwave.recording import read
from halfwave.report import as_json

PROGRAM = "optimizers_and_evaluation"


def _full(run, path):
    """The file may grow no more: what SQLite says of a full disk."""
    connection = run._watcher._writer._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    assert connection.execute(f"PRAGMA max_page_count = {pages}").fetchone()[0] == pages


def _read_only(run, path):
    run._watcher._writer._connection.execute("PRAGMA query_only = 1")


def _deleted(run, path):
    path.unlink()


def _replaced(run, path):
    path.unlink()
    path.write_text("something else")


def _folder_gone(run, path):
    path.parent.rename(path.parent.with_name("elsewhere"))


FAULTS = {
    _full: "the disk is full; it ends with the last flush",
    _read_only: "it or its folder has become read-only; it ends with the last flush",
    _deleted: "was deleted, moved or replaced while the run went on",
    _replaced: "was deleted, moved or replaced while the run went on",
    _folder_gone: "was deleted, moved or replaced while the run went on",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_training_goes_on_in_memory_with_one_line(tmp_path, capsys, fault):
    plain = fingerprint_of(PROGRAM)
    path = tmp_path / "folder" / "run.halfwave"
    path.parent.mkdir()
    with halfwave.watch(path=path, every=1) as run:
        first = fingerprint_of("breaking_down")
        run._watcher._flush()
        before = run.recording
        fault(run, path)
        second = fingerprint_of(PROGRAM)
    error = capsys.readouterr().err
    assert (first, second) == (fingerprint_of("breaking_down"), plain)
    assert error.count("\n") == 1
    assert error.startswith(f"halfwave: {path}: ")
    assert FAULTS[fault] in error
    assert "the run is watched on in memory" in error
    # all of it is reported …
    assert run.recording.info.state == "finished"
    assert len(run.sites) > len(before.sites) > 0
    assert as_json(run.recording, run.findings)
    # … and what was flushed can be read where the file still is
    if fault in (_full, _read_only):
        kept = read(path)
        assert [site.id for site in kept.sites] == [site.id for site in before.sites]
        assert kept.info.steps == before.info.steps
    if fault is _replaced:
        assert path.read_text() == "something else"


@pytest.mark.parametrize("until_the_end", [False, True])
def test_a_file_that_somebody_has_locked(tmp_path, capsys, monkeypatch, until_the_end):
    monkeypatch.setattr("halfwave.observe.windows._STORE_GAP", 0.0)
    plain, path = fingerprint_of(PROGRAM), tmp_path / "run.halfwave"
    run = halfwave.watch(path=path, every=1)
    other = sqlite3.connect(path, isolation_level=None)
    with run:
        other.execute("BEGIN IMMEDIATE")
        assert fingerprint_of(PROGRAM) == plain
        assert capsys.readouterr().err == ""  # it waits for the next flush
        if not until_the_end:
            other.execute("ROLLBACK")
    error = capsys.readouterr().err
    assert ("is locked by another program" in error) == until_the_end
    assert error.count("\n") == until_the_end
    other.close()
    assert run.recording.info.state == "finished"
    assert len(run.sites) > 3
    if not until_the_end:
        assert [site.path for site in read(path).sites] == [site.path for site in run.sites]


def test_stderr_that_is_closed_takes_no_warning(tmp_path, monkeypatch):

    plain, path = fingerprint_of(PROGRAM), tmp_path / "run.halfwave"
    for stream in (None, io.StringIO()):
        monkeypatch.setattr(sys, "stderr", stream)
        with halfwave.watch(path=path, every=1) as run:
            if stream is not None:
                stream.close()
            path.unlink()
            assert fingerprint_of(PROGRAM) == plain
        assert "was deleted" in run._watcher.problem
        assert len(run.sites) > 3


@pytest.mark.skipif(sys.platform != "linux", reason="descriptors are listed on Linux")
def test_files_that_take_the_place_of_ours_are_left_alone(tmp_path, capsys):
    """After `os.closerange` the program's next files have the numbers that SQLite writes by."""
    plain, path = fingerprint_of(PROGRAM), tmp_path / "run.halfwave"
    ours = {str(path), f"{path}-wal", f"{path}-shm"}
    with halfwave.watch(path=path, every=1) as run:
        fingerprint_of("breaking_down")
        run._watcher._flush()
        listed = {int(fd.name): str(fd.resolve()) for fd in Path("/proc/self/fd").iterdir()}
        closed = [number for number, name in listed.items() if name in ours]
        for number in closed:
            os.close(number)
        mine = [os.open(tmp_path / f"mine{k}", os.O_RDWR | os.O_CREAT) for k in range(6)]
        assert set(closed) <= set(mine)
        second = fingerprint_of(PROGRAM)
    for number in mine:
        os.close(number)  # every one of them is still open
    assert second == plain
    assert all((tmp_path / f"mine{k}").stat().st_size == 0 for k in range(6))
    assert "the program has closed it" in capsys.readouterr().err
    assert run.recording.info.state == "finished"
    assert read(path).sites
