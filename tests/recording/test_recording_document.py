"""docs/recording.md says what the schema says, and its example runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from synthetic_recording import rich, write

from halfwave.recording import (
    HISTOGRAM,
    LOSS_SAMPLE,
    OBJECTIVE_SAMPLE,
    PARAMETER_SAMPLE,
    RATE_SAMPLE,
    SITE_SAMPLE,
    Writer,
)
from halfwave.recording.merging import RULES
from halfwave.recording.schema import APPLICATION_ID, COST, INFO, META, SCHEMA, TABLES

PAGE = (Path(__file__).parents[2] / "docs" / "recording.md").read_text(encoding="utf-8")


def section(title):
    (text,) = re.findall(
        rf"^### {re.escape(title)}\n(.*?)(?=^##|\Z)", PAGE, re.DOTALL | re.MULTILINE
    )
    return text


def test_the_page_states_the_version_and_the_mark():
    assert f"**version {SCHEMA}**" in PAGE
    assert f"{APPLICATION_ID:#x}" in PAGE


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_is_described(table):
    text = section(f"`{table.name}`")
    for column in table.columns:
        assert f"`{column.name}`" in text
        row = re.search(rf"^\| `{column.name}` \| ([^|]*)", text, re.MULTILINE)
        if row is None:
            continue
        if column.kind != "array":
            assert row[1].strip().startswith(column.sql.split()[1])
            assert ("NULL" in row[1]) == column.null
        elif column.dtype.names is None:
            assert column.dtype.str.lstrip("|") in row[1]
        for choice in column.choices:
            assert f"`{choice}`" in text


@pytest.mark.parametrize("column", INFO + COST, ids=lambda column: column.name)
def test_every_key_of_meta_is_described(column):
    (kind,) = re.findall(
        rf"^\| `{re.escape(column.name)}` \| ([^|]*)", section("`meta`"), re.MULTILINE
    )
    assert ("null" in kind) == column.null
    for choice in column.choices:
        assert f"`{choice}`" in section(f"`{META.name}`")


@pytest.mark.parametrize(
    ("title", "dtype"),
    [
        ("Site samples", SITE_SAMPLE),
        ("Parameter samples", PARAMETER_SAMPLE),
        ("Loss samples", LOSS_SAMPLE),
        ("Objective samples", OBJECTIVE_SAMPLE),
        ("Rate samples", RATE_SAMPLE),
    ],
)
def test_every_field_of_the_samples_is_described(title, dtype):
    rows = re.findall(r"^\| `(\w+)` \| `(\S+)` \| (\w+) \|", section(title), re.MULTILINE)
    expected = [(name, dtype[name].str, RULES[dtype][name].how) for name in dtype.names]
    assert rows == expected


def test_every_field_of_a_histogram_is_described():
    (text,) = re.findall(r"^## Histograms\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    rows = re.findall(r"^\| `(\w+)` \| `(\S+)` \|", text, re.MULTILINE)
    expected = []
    for name in HISTOGRAM.names:
        base, shape = HISTOGRAM[name].base, HISTOGRAM[name].shape
        expected.append((name, f"{shape[0] if shape else ''}{base.str}"))
    assert rows == expected


def test_the_example_runs_with_sqlite3_and_numpy_alone(tmp_path):
    with Writer(tmp_path / "run.halfwave") as writer:
        write(writer, rich())
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert "halfwave." not in code.replace("run.halfwave", "")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    open_inputs = rich().sites[0].training.open_inputs
    assert line.startswith(
        f"net.3.act leaky_relu {(open_inputs == 0).sum()} of 1 units never open ["
    )
