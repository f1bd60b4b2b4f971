"""Numbers as the page writes them, and its intervals."""

from __future__ import annotations

import math

import pytest

pytest.importorskip("torch")
pytest.importorskip("scipy")

from claims._words import Interval, count, joined, number, paired, percent, points, ranged, spread


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (1, "1.00"),
        (0.012345, "0.0123"),
        (-0.5, "−0.500"),
        (1234567, "1,230,000"),
        (999.9, "1,000"),
        (0.00099996, "0.00100"),
        (12345678, "1.23 × 10⁷"),
        (-4.5678e-12, "−4.57 × 10⁻¹²"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, "not a number"),
        (5e-324, "4.94 × 10⁻³²⁴"),
    ],
)
def test_numbers(value: float, written: str) -> None:
    assert number(value) == written


@pytest.mark.parametrize(
    ("share", "written"),
    [
        (0, "0 %"),
        (1, "100 %"),
        (0.123, "12 %"),
        (0.001, "< 0.5 %"),
        (0.9999, "> 99.5 %"),
        (-0.02, "−2 %"),
    ],
)
def test_percentages(share: float, written: str) -> None:
    assert percent(share) == written


def test_words() -> None:
    assert [count(many, "unit") for many in (0, 1, 1000)] == ["no unit", "1 unit", "1,000 units"]
    assert [joined(words.split()) for words in ("a", "a b", "a b c")] == [
        "a",
        "a and b",
        "a, b and c",
    ]


def test_intervals_are_those_of_student() -> None:
    # t for 2 degrees of freedom is 4.30265; the values' standard deviation is 1
    assert spread([1.0, 2.0, 3.0]).low == pytest.approx(2 - 4.30265 / math.sqrt(3), abs=1e-4)
    assert paired([3.0, 4.0, 5.0], [2.0, 3.0, 4.0]) == Interval(1.0, 1.0, 1.0)
    assert paired([3.0, 4.0, 5.0], [2.0, 3.0, 4.0]).apart_from_zero
    assert not spread([1.0, -1.0, 0.5]).apart_from_zero
    assert spread([1.0]).half == math.inf
    # twenty comparisons: 0.025 / 20 on either side
    assert spread([1.0, 2.0, 3.0], 20).half == pytest.approx(19.9625 / math.sqrt(3), abs=1e-3)


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        (Interval(-0.012, -0.02, -0.004), "−1.2 points (−2.0 to −0.4)"),
        (Interval(0.012, -0.02, 0.044), "+1.2 points (−2.0 to +4.4), a tie"),
        (Interval(-0.0001, -0.01, 0.0098), "+0.0 points (−1.0 to +1.0), a tie"),
        (Interval(0.5, -math.inf, math.inf), "+50.0 points (−∞ to +∞), a tie"),
    ],
)
def test_a_difference_of_shares_is_written_in_points(difference: Interval, words: str) -> None:
    assert points(difference) == words


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ([0.1, 0.1, 0.1], "10 %"),
        ([0.15, 0.75, 0.96], "62 % (15 to 96)"),
        ([0.5, 0.999], "75 % (50 to > 99.5)"),
    ],
)
def test_shares_that_fall_into_groups_are_written_with_their_range(
    shares: list[float], words: str
) -> None:
    assert ranged(shares) == words
