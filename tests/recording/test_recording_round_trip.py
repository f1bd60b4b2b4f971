from __future__ import annotations

import math
import os
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic_recording import difference, heat, rich, samples, site, statistics, write

from halfwave.recording import (
    LOSS_SAMPLE,
    Cost,
    HeatMap,
    Loss,
    RecordingError,
    RunInfo,
    Site,
    Unobserved,
    Writer,
    free_name,
    read,
)


def test_everything_comes_back_from_the_file(tmp_path):
    path = tmp_path / "run.halfwave"
    writer = Writer(path)
    write(writer, rich())
    while_open = read(path)
    assert not difference(replace(rich(), path=str(path)), while_open)
    assert not difference(writer.snapshot(), while_open)
    writer.close()
    assert not difference(while_open, read(path))
    assert not difference(while_open, writer.snapshot())
    assert [p.name for p in tmp_path.iterdir()] == ["run.halfwave"]


def test_everything_comes_back_from_memory_and_after_close():
    writer = Writer(None)
    assert writer.path is None
    write(writer, rich())
    assert not difference(rich(), writer.snapshot())
    writer.close()
    writer.close()
    assert not difference(rich(), writer.snapshot())


def test_an_untouched_recording_is_a_recording(tmp_path):
    with Writer(tmp_path / "run.halfwave"):
        pass
    recording = read(tmp_path / "run.halfwave")
    assert recording.info == RunInfo(script="")
    assert recording.cost == Cost()
    assert recording.sites == ()


def test_records_replace_those_of_their_id_and_keep_their_place():
    writer = Writer(None)
    first, second = Unobserved("a", "", "r"), Unobserved("b", "", "r")
    writer.write(info=RunInfo("t", steps=1), sites=[site(1), site(2)], unobserved=[first, second])
    changed = site(1, 8, training=statistics(8, 99), calls=77, heat=heat(5, 8))
    writer.write(info=RunInfo("t", steps=2), sites=[changed], unobserved=[replace(first, count=5)])
    recording = writer.snapshot()
    assert recording.info.steps == 2
    assert not difference(recording.sites, (site(2), changed))
    assert recording.unobserved == (replace(first, count=5), second)


def test_sites_stand_in_forward_order_and_the_busiest_loss_comes_first():
    writer = Writer(None)
    few, many = np.zeros(3, LOSS_SAMPLE), np.zeros(1, LOSS_SAMPLE)
    few["count"], many["count"] = 2, 50
    writer.write(
        sites=[site(1, order=5), site(2, order=1), site(3, order=5)],
        losses=[Loss(1, "a.py", 1, "", few), Loss(2, "a.py", 2, "", many)],
    )
    recording = writer.snapshot()
    assert [s.id for s in recording.sites] == [2, 1, 3]
    assert [loss.id for loss in recording.losses] == [2, 1]


def test_numpy_scalars_and_other_layouts_are_taken():
    writer = Writer(None)
    strided = statistics(16)
    strided = replace(
        strided, zeros=np.arange(32, dtype=">f4")[::2], inputs=[1] * 16 and np.ones(16, np.int32)
    )
    odd = site(1, np.int64(16), training=strided, calls=np.int32(4), shape=(np.int64(2), 16))
    writer.write(info=RunInfo("t", started=np.float32(1.5), steps=np.int64(3)), sites=[odd])
    back = writer.snapshot()
    assert back.sites[0].training.zeros.tolist() == list(range(0, 32, 2))
    assert back.sites[0].training.inputs.dtype == "<i8"
    assert back.sites[0].shape == (2, 16)
    assert back.info.steps == 3


def test_an_empty_heat_map_and_a_site_without_units_come_back():
    writer = Writer(None)
    empty = HeatMap(np.zeros((0, 5), np.uint8), np.zeros(0, np.int64), np.zeros(0, np.int64))
    writer.write(sites=[site(1, 0, heat=empty)])
    (back,) = writer.snapshot().sites
    assert back.units == 0
    assert back.training.inputs.shape == (0,)
    assert back.heat.share.shape[0] == 0


@pytest.mark.parametrize(
    "bad",
    [
        site(1, 8, training=statistics(7)),
        site(1, None, training=statistics(8)),
        site(1, evaluation=replace(statistics(8), zeros=np.zeros((8, 1)))),
    ],
)
def test_statistics_that_contradict_the_units_are_refused_whole(bad):
    writer = Writer(None)
    with pytest.raises(ValueError, match="units"):
        writer.write(info=RunInfo("new"), sites=[bad])
    assert writer.snapshot().info.script == ""


numbers = st.floats(allow_nan=True, width=64)


@settings(max_examples=60, deadline=None)
@given(
    script=st.text(max_size=20),
    argv=st.lists(st.text(max_size=9), max_size=3),
    steps=st.integers(-(2**63), 2**63 - 1),
    ended=st.none() | numbers,
    first=st.none() | numbers,
    parameters=st.dictionaries(st.text(max_size=5), st.booleans() | numbers | st.text(max_size=5)),
    units=st.none() | st.integers(0, 40),
    rows=st.integers(0, 20),
)
def test_any_values_come_back(  # noqa: PLR0917 - hypothesis names them
    script, argv, steps, ended, first, parameters, units, rows
):
    writer = Writer(None)
    info = RunInfo(script, argv=tuple(argv), steps=steps, ended=ended)
    one = site(1, units, parameters=parameters)
    loss = Loss(1, script, 1, "", samples(LOSS_SAMPLE, rows), first, first)
    writer.write(info=info, sites=[one], losses=[loss])
    back = writer.snapshot()
    writer.close()
    assert not difference(info, back.info)
    assert list(map(repr, back.sites[0].parameters.items())) == list(map(repr, parameters.items()))
    assert not difference(loss, back.losses[0])
    if units != 0:  # without units a heat map has no cells to tell its width by
        assert not difference(replace(one, parameters={}), replace(back.sites[0], parameters={}))


def test_a_name_that_is_not_utf8_is_kept_readable():
    writer = Writer(None)
    writer.write(sites=[site(1, file=os.fsdecode(b"/data/\xff.py"))], info=RunInfo("\udcff.py"))
    back = writer.snapshot()
    assert back.sites[0].file == "/data/\\udcff.py"
    assert back.info.script == "\udcff.py"


def test_file_names_with_odd_letters(tmp_path):
    for name in ("a b#c?d%41.halfwave", "é😀.halfwave", os.fsdecode(b"\xff\xfe.halfwave")):
        path = tmp_path / name
        with Writer(path) as writer:
            writer.write(info=RunInfo(name))
        assert path.exists()
        assert read(path).info.script == name


def test_an_unchanged_record_is_not_written_again(tmp_path):
    path = tmp_path / "run.halfwave"
    with Writer(path) as writer:
        write(writer, rich())
        before = (tmp_path / "run.halfwave-wal").stat().st_size
        write(writer, replace(rich(), losses=(), cost=Cost()))
        grown = (tmp_path / "run.halfwave-wal").stat().st_size - before
        assert grown <= 4 * 4200  # the cost alone, not the statistics of 600 units


def test_relative_paths_survive_a_change_of_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    writer = Writer(type(tmp_path)("run.halfwave"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    writer.write(info=RunInfo("t"))
    assert writer.path == tmp_path / "run.halfwave"
    writer.close()
    assert writer.snapshot().info.script == "t"


def test_free_name_counts_on(tmp_path):
    names = []
    for _ in range(3):
        path = free_name(tmp_path, "train")
        Writer(path).close()
        names.append(path.name)
    stem = f"halfwave-train.{os.getpid()}"
    assert names == [f"{stem}.halfwave", f"{stem}-2.halfwave", f"{stem}-3.halfwave"]


@pytest.mark.parametrize("stem", ["", "a/b", "..", "x" * 500, "ü" * 200, "nul\0", "line\nbreak"])
def test_free_name_makes_a_usable_name_of_anything(tmp_path, stem):
    path = free_name(tmp_path, stem)
    assert path.parent == tmp_path
    Writer(path).close()
    assert re.fullmatch(r"halfwave-.*\.\d+\.halfwave", path.name)


def test_a_foreign_thread_may_write(tmp_path):
    import threading

    with Writer(tmp_path / "run.halfwave") as writer:
        problems = []

        def work(number):
            try:
                for step in range(20):
                    writer.write(sites=[site(number, calls=step)])
            except RecordingError as error:
                problems.append(error)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not problems
        assert [s.calls for s in writer.snapshot().sites] == [19] * 4


def test_nan_that_is_stored_stays_apart_from_none():
    writer = Writer(None)
    writer.write(losses=[Loss(1, "a", 1, "", last=math.nan)])
    (loss,) = writer.snapshot().losses
    assert loss.first is None
    assert math.isnan(loss.last)


def test_sites_need_no_statistics():
    writer = Writer(None)
    bare = Site(1, "forward()", "a.py", 3, "", "f", "relu")
    writer.write(sites=[bare])
    assert not difference(writer.snapshot().sites, (bare,))
