"""Words and figures: shortened, safe and alike everywhere."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from halfwave.report import text
from halfwave.report.text import label_of, number, percent, shorten, source_labels, visible


def test_examples_of_the_docstrings() -> None:
    result = doctest.testmod(text)
    assert result.attempted >= 4
    assert result.failed == 0


@given(st.text(alphabet=st.characters(exclude_categories=[])), st.booleans())
def test_visible_is_printable_and_can_be_encoded(words: str, ascii_only: bool) -> None:
    shown = visible(words, ascii_only=ascii_only)
    assert shown.isprintable() or not ascii_only
    assert not any(character < " " or "\x7f" <= character < "\xa0" for character in shown)
    shown.encode("ascii" if ascii_only else "utf-8")


@given(st.text(), st.integers(0, 40))
def test_shortened_text_fits(words: str, width: int) -> None:
    short = shorten(words, width)
    assert cell_len(short) <= width
    if cell_len(words) <= width:
        assert short == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (0.12345, "0.123"),
        (-0.12345, "-0.123"),
        (0.001, "0.001"),
        (0.00099, "9.9e-4"),
        (99.44, "99.4"),
        (123.4, "123"),
        (999.6, "1,000"),
        (123456.0, "123,456"),
        (999999.9, "1,000,000"),
        (1e6, "1e6"),
        (1.26e-12, "1.3e-12"),
        (5e-324, "4.9e-324"),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
        (None, "–"),
    ],
)
def test_number(value: float | None, words: str) -> None:
    assert number(value) == words


@given(st.floats(-1e300, 1e300))
def test_number_is_short_and_close(value: float) -> None:
    words = number(value)
    assert len(words) <= 10
    assert float(words.replace(",", "")) == pytest.approx(value, rel=0.06)


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "0%"),
        (1e-9, "<1%"),
        (0.0099, "<1%"),
        (0.01, "1%"),
        (0.5, "50%"),
        (0.99, "99%"),
        (0.9901, ">99%"),
        (1.0, "100%"),
        (None, "–"),
        (float("nan"), "–"),
    ],
)
def test_percent(share: float | None, words: str) -> None:
    assert percent(share) == words


@pytest.mark.parametrize(
    ("files", "labels"),
    [
        (["/a/train.py"], ["train.py"]),
        (["/a/b/net.py", "/a/c/net.py", "/a/c/main.py"], ["b/net.py", "c/net.py", "main.py"]),
        (["/x/a/net.py", "/y/a/net.py"], ["x/a/net.py", "y/a/net.py"]),
        (["/net.py", "/lib/net.py"], ["net.py", "lib/net.py"]),
        (["net.py", "/net.py"], ["net.py", "net.py"]),
        (["<stdin>", ""], ["<stdin>", ""]),
        (["/lib/engine/__init__.py", "/a/train.py"], ["engine/__init__.py", "train.py"]),
    ],
)
def test_source_labels(files: list[str], labels: list[str]) -> None:
    assert list(source_labels(files).values()) == labels


def test_label_of() -> None:
    labels = {"/a/train.py": "train.py", "<stdin>": "<stdin>"}
    assert label_of("/a/train.py:31", labels) == "train.py:31"
    assert label_of("<stdin>:1", labels) == "<stdin>:1"
    assert label_of("other.py:31", labels) == "other.py:31"
    assert label_of("", labels) == ""
