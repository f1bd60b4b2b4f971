"""halfwave plot: files by their suffix, and one clear line for what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from command_line import Done, run

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("matplotlib")
START = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}
NO_DISPLAY = {"DISPLAY": "", "WAYLAND_DISPLAY": ""}


def plot(folder: Path, *words: str) -> Done:
    return run(folder, "plot", *words, **NO_DISPLAY)


@pytest.mark.parametrize("suffix", START)
def test_file_by_its_suffix(tmp_path: Path, suffix: str) -> None:
    done = plot(
        tmp_path, "relu", "leaky_relu:negative_slope=0.2", "elu", "--derivative",
        "--range", "-10", "10", "-o", f"family{suffix}",
    )  # fmt: skip
    assert (done.code, done.out, done.errors) == (0, [f"saved family{suffix}"], [])
    assert (tmp_path / f"family{suffix}").read_bytes().startswith(START[suffix])


def test_same_picture_same_file(tmp_path: Path) -> None:
    for name in ("a.svg", "b.svg"):
        assert plot(tmp_path, "tanh", "--points", "-o", name).code == 0
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_without_a_display_it_says_where_it_saved(tmp_path: Path) -> None:
    assert plot(tmp_path, "relu").out == ["saved halfwave-plot.png"]
    assert plot(tmp_path, "relu").out == ["saved halfwave-plot-2.png"]


def test_file_is_replaced_only_when_asked(tmp_path: Path) -> None:
    file = tmp_path / "mine.svg"
    file.write_text("mine")
    done = plot(tmp_path, "relu", "-o", "mine.svg")
    assert (done.code, file.read_text()) == (2, "mine")
    assert "or -f to overwrite" in done.errors[0]
    assert plot(tmp_path, "relu", "-o", "mine.svg", "-f").code == 0
    assert file.read_text() != "mine"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("relux",), "the nearest are 'relu'"),
        (("relu", "--range", "3", "1"), "not from 3 to 1"),
        (("relu", "--range", "nan", "1"), "both finite"),
        (("relu", "-o", "a.gif"), "end it in .png, .svg, .pdf"),
        (("relu", "-o", "a"), "end it in .png, .svg, .pdf"),
        (("relu", "-o", "no/a.png"), "there is no folder no"),
        (("elu:alpha=-2",), "alpha=-2 is outside its domain"),
        (("elu:beta=2",), "has no parameter 'beta'"),
        (("elu:alpha",), "'alpha' is not a parameter"),
        (("elu:alpha=x",), "alpha='x' is not a number"),
        ((), "Missing argument"),
    ],
)
def test_bad_input_is_one_line(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = plot(tmp_path, *words)
    assert (done.code, done.out, len(done.errors)) == (2, [], 1)
    assert said in done.errors[0]
    assert list(tmp_path.iterdir()) == []
