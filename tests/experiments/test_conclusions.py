"""What is said of a comparison whose baseline diverged in some runs."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from halfwave.experiments.comparison import Comparison, compare
from halfwave.experiments.conclusions import conclusion
from halfwave.experiments.job import BASELINE, Result
from halfwave.experiments.page import render_page
from halfwave.experiments.terminal import render


def _compared(own: list[float | str], **variants: list[float]) -> Comparison:
    results = {
        (label, seed, 1.0): Result("finished", 0, measured={"training": {"loss": value}})
        for label, values in {BASELINE: own, **variants}.items()
        for seed, value in enumerate(values)
    }
    return compare(results, own="relu", variants=list(variants), seeds=len(own))


_WORDS = "The script's own diverged in 2 of 5 runs; these seeds are left out of the differences."


def test_a_baseline_that_diverged_is_told_of() -> None:
    found = _compared(
        ["nan", 1.0, 1.02, "inf", 1.04],
        gelu=[0.3, 0.3, 0.31, 0.3, 0.33],
        tanh=[0.9, 0.9, 1.3, 1.0, 0.95],
    )
    text = conclusion(found)
    assert text.startswith(f"{_WORDS} gelu is better than relu (the script's own)")
    assert "tied: 3 seeds show no difference" in text  # of 5 that were run
    printed = io.StringIO()
    render(found, console=Console(file=printed, width=120))
    row = next(line for line in printed.getvalue().splitlines() if "relu (own)" in line)
    assert "diverged in 2 of 5" in row


def test_the_page_tells_of_it() -> None:
    pytest.importorskip("jinja2")
    page = render_page(_compared(["nan", 1.0, 1.1, "nan", 1.2], gelu=[0.3, 0.3, 0.3, 0.4, 0.3]))
    assert page.count("diverged in 2 of 5") == 2  # in the conclusion and in the table


@pytest.mark.parametrize(
    ("own", "says"),
    [
        (["nan", "nan"], "diverged in 2 of 2 runs; .* Nothing can be said of gelu: no pair"),
        (["nan"], "diverged in 1 of 1 runs; .* One seed shows nothing"),
        (["nan", 1.0], "diverged in 1 of 2 runs; .* Nothing can be said of gelu: one seed"),
    ],
)
def test_hardly_any_pair_is_left(own, says) -> None:
    assert re.search(says, conclusion(_compared(own, gelu=[0.3, 0.4][: len(own)])))


def test_nothing_is_said_where_nothing_diverged() -> None:
    found = _compared([1.0, 1.1, 1.2], gelu=[1.1, 1.0, 1.25])
    assert "diverged" not in conclusion(found)
    assert "tied: 3 seeds show" in conclusion(found)
