"""Numbers in the sentences of findings."""

from __future__ import annotations

import math

import pytest

from halfwave.diagnose.numerals import numeral


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0, 3, "0"),
        (99.6, 2, "100"),
        (999.6, 3, "1,000"),
        (999.4, 3, "999"),
        (-1234.5, 3, "-1,230"),
        (999_999, 3, "1e6"),
        (0.0001, 3, "0.0001"),
        (-0.00001234, 3, "-1.23e-5"),
        (1e30, 4, "1e30"),
        (math.inf, 3, "inf"),
        (math.nan, 3, "nan"),
    ],
)
def test_numbers_read_as_people_write_them(value: float, digits: int, text: str) -> None:
    assert numeral(value, digits) == text
