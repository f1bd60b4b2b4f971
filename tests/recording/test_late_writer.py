"""A writer for processes that may have nothing to say: its file comes with the first thing seen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from synthetic_recording import rich

from halfwave.recording import LateWriter, RecordingError, read


def test_the_file_is_made_when_there_is_something_to_keep(tmp_path):
    path, recording = tmp_path / "child.halfwave", rich()
    writer = LateWriter(lambda: path)
    writer.write(info=replace(recording.info, backwards=0))
    assert not path.exists()
    assert writer.snapshot().sites == ()
    writer.write(info=recording.info, sites=recording.sites)
    assert len(writer.snapshot().sites) == len(recording.sites) > 0
    writer.close()
    assert [site.path for site in read(path).sites] == [site.path for site in recording.sites]


def test_a_backward_alone_is_something(tmp_path):
    path = tmp_path / "child.halfwave"
    writer = LateWriter(lambda: path)
    writer.write(info=replace(rich().info, backwards=1))
    writer.close()
    assert read(path).info.backwards == 1


def test_one_that_saw_nothing_leaves_nothing(tmp_path):
    writer = LateWriter(lambda: tmp_path / "child.halfwave")
    writer.write(info=replace(rich().info, backwards=0))
    writer.close()
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_had_is_told_once(tmp_path, capsys: pytest.CaptureFixture[str]):
    path, recording = tmp_path / "no" / "child.halfwave", rich()
    writer = LateWriter(lambda: path)
    for _ in range(2):
        writer.write(info=recording.info, sites=recording.sites)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"halfwave: {path}: ")
    assert line.endswith("this process leaves no recording")
    assert len(writer.snapshot().sites) == len(recording.sites)  # kept in memory
    writer.close()
    with pytest.raises(RecordingError):
        read(path)
