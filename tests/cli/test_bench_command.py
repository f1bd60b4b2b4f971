"""halfwave bench: its table, its JSON, and what it refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from command_line import run

if TYPE_CHECKING:
    from pathlib import Path


def test_table(tmp_path: Path) -> None:
    done = run(tmp_path, "bench", "relu", "--quick", "--with", "numpy")
    assert (done.code, done.errors) == (0, [])
    assert done.out[0].split()[:4] == ["activation", "by", "arrays", "dtype"]
    rows = [line.split() for line in done.out if line.startswith("relu ")]
    assert {(row[1], row[6]) for row in rows} == {
        (who, what) for who in ("halfwave", "numpy") for what in ("value", "derivative")
    }
    assert any(line.startswith("threads: numpy 1") for line in done.out)


def test_json(tmp_path: Path) -> None:
    (line,) = run(tmp_path, "bench", "tanh", "tanh", "--quick", "--with", "numpy", "--json").out
    data = json.loads(line)
    assert {row["activation"] for row in data["rows"]} == {"tanh"}
    assert len(data["rows"]) == 8
    assert {"ratio", "spread", "seconds", "copy_seconds", "rounds"} <= set(data["rows"][0])
    assert data["versions"]["numpy"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("relux",), "'relu'"),
        (("relu", "--with", "foo"), "known are numpy, torch, jax"),
        (("relu", "--with", ","), "--with names none"),
        ((), "Missing argument"),
    ],
)
def test_bad_input_is_one_line(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = run(tmp_path, "bench", *words)
    assert (done.code, done.out, len(done.errors)) == (2, [], 1)
    assert said in done.errors[0]
