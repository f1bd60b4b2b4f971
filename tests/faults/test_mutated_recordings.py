"""A recording in which anything was changed gives one line or a report; none of it is run."""

from __future__ import annotations

import io
import pickle
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console
from torch import nn

import halfwave
from halfwave.diagnose import diagnose, verdict
from halfwave.diagnose.engine import FAILED_RULE
from halfwave.recording import RecordingError, read
from halfwave.report import as_json, render_terminal
from halfwave.report.formats.github import as_github
from halfwave.report.formats.junit import as_junit
from halfwave.report.formats.markdown import as_markdown
from halfwave.report.formats.sarif import as_sarif
from halfwave.report.html.page import render_html

_went_off = []


class _Bomb:
    """Leaves a mark if anybody unpickles it."""

    def __reduce__(self):
        return _mark, ()


def _mark():
    _went_off.append(True)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Give the bytes of a real run's file, and what can be changed in it."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("mutated") / "run.halfwave"
    net = nn.Sequential(
        nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 3)
    )
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    with halfwave.watch(path=path, every=1):
        for _ in range(12):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(torch.randn(6, 4)), torch.arange(6) % 3).backward()
            optimizer.step()
    connection = sqlite3.connect(path)
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    cells = [
        (table, column[1], row)
        for (table,) in tables
        for (row,) in connection.execute(f"SELECT rowid FROM {table}").fetchall()  # noqa: S608
        for column in connection.execute(f"PRAGMA table_info({table})").fetchall()
    ]
    blobs = []
    for table, column, row in cells:
        query = (
            f"SELECT length({column}) FROM {table} WHERE rowid = ? AND typeof({column}) = 'blob'"  # noqa: S608
        )
        if (connection.execute(query, (row,)).fetchone() or (0,))[0]:
            blobs.append((table, column, row))
    connection.close()
    assert len(cells) > 200
    assert len(blobs) > 20
    return path.read_bytes(), cells, blobs


_VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.sampled_from([0, 1, -1, 2, 255, 2**31]),
    st.floats(),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.sampled_from(
        ["\x1b]0;title\x07", "\u202egnp", "</script><script>1</script>", "{", "[1e999]"]
    ),
    st.binary(max_size=200),
    st.just(pickle.dumps(_Bomb())),
)


def _report(recording):
    """Make every kind of report; no rule may have failed."""
    findings = diagnose(recording)
    failed = [finding for finding in findings if finding.rule == FAILED_RULE]
    assert not failed, failed
    assert verdict(recording, findings)
    terminal = Console(file=io.StringIO(), width=100)
    render_terminal(recording, findings, console=terminal, command=None)
    texts = [terminal.file.getvalue(), as_markdown(recording, findings)]
    texts += [as_github(recording, findings), str(as_json(recording, findings))]
    for text in texts:
        assert not {"\x1b", "\x07", "\u202e"} & set(text)
    as_junit(recording, findings)
    as_sarif(recording, findings)
    page = render_html(recording, findings, source=False)
    assert "<script>1</script>" not in page


def _reported_or_refused(path):
    refusal = ""
    try:
        recording = read(path)
    except RecordingError as error:
        refusal = str(error)
    else:
        _report(recording)
    assert refusal.isprintable()
    assert not refusal or refusal.startswith(str(path))
    assert not _went_off


_SETTINGS = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,  # the same in every run of the tests
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@_SETTINGS
@given(data=st.data())
def test_changed_cells_give_one_line_or_a_report(recorded, data, tmp_path_factory):
    original, cells, _ = recorded
    path = tmp_path_factory.getbasetemp() / "changed.halfwave"
    path.write_bytes(original)
    change = st.tuples(st.sampled_from(cells), _VALUES)
    with closing(sqlite3.connect(path)) as connection, connection:
        for (table, column, row), value in data.draw(st.lists(change, min_size=1, max_size=4)):
            update = f"UPDATE OR IGNORE {table} SET {column} = ? WHERE rowid = ?"  # noqa: S608
            with suppress(sqlite3.IntegrityError):  # a key takes nothing but a number
                connection.execute(update, (value, row))
    _reported_or_refused(path)


@_SETTINGS
@given(data=st.data())
def test_changed_blobs_give_one_line_or_a_report(recorded, data, tmp_path_factory):
    """Bytes within the arrays: of the right length, and so of any content."""
    original, _, blobs = recorded
    path = tmp_path_factory.getbasetemp() / "blobs.halfwave"
    path.write_bytes(original)
    table, column, row = data.draw(st.sampled_from(blobs))
    with closing(sqlite3.connect(path)) as connection, connection:
        query = f"SELECT {column} FROM {table} WHERE rowid = ?"  # noqa: S608
        changed = bytearray(connection.execute(query, (row,)).fetchone()[0])
        for _ in range(data.draw(st.integers(1, 8))):
            at = data.draw(st.integers(0, len(changed) - 1))
            new = data.draw(st.binary(min_size=1, max_size=8))[: len(changed) - at]
            changed[at : at + len(new)] = new
        update = f"UPDATE {table} SET {column} = ? WHERE rowid = ?"  # noqa: S608
        connection.execute(update, (bytes(changed), row))
    _reported_or_refused(path)


@_SETTINGS
@given(flips=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=40))
def test_changed_bytes_give_one_line_or_a_report(recorded, flips, tmp_path_factory):
    harmed = bytearray(recorded[0])
    for place, value in flips:
        harmed[int(place * (len(harmed) - 1))] = value
    path = tmp_path_factory.getbasetemp() / "bytes.halfwave"
    path.write_bytes(harmed)
    _reported_or_refused(path)


def test_no_part_of_the_reader_can_run_code():
    """Nothing that could turn data into a program is as much as imported."""
    folder = Path(halfwave.__file__).parent / "recording"
    words = ("pickle", "marshal", "shelve", "eval(", "exec(", "allow_pickle", "load_extension")
    for file in folder.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert not [word for word in words if word in text], file
