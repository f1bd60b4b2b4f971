"""The card, the listing and the JSON of halfwave show, drawn into memory."""

from __future__ import annotations

import io
import json
import math
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from halfwave.activations import all_activations, get
from halfwave.cards.card import print_card
from halfwave.cards.data import as_data
from halfwave.cards.formula import render
from halfwave.cards.listing import print_listing
from halfwave.cards.signs import plain

RECORDS = all_activations()


def drawn(name: str, width: int = 80, encoding: str = "utf-8", **options: Any) -> str:
    buffer = io.BytesIO()
    file = io.TextIOWrapper(buffer, encoding=encoding, write_through=True)
    print_card(get(name), Console(file=file, width=width, color_system=None), **options)
    return buffer.getvalue().decode(encoding)


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("name", RECORDS)
def test_card_of_every_record_keeps_to_the_width(name: str, width: int) -> None:
    text = drawn(name, width)
    record = RECORDS[name]
    assert text.startswith(record.name)
    assert "\x1b" not in text
    assert "\\" not in text.replace("\\|", "")
    for line in text.splitlines():
        words = line.split()
        assert len(line) <= width or len(words) <= 2, line


@pytest.mark.parametrize("name", RECORDS)
def test_card_in_ascii(name: str) -> None:
    text = drawn(name, encoding="ascii")  # raises for a sign that is not ASCII
    # a question mark would stand for a sign without a spelling
    assert text.count("?") == drawn(name).count("?")


def test_card_has_all_its_parts() -> None:
    text = drawn("leaky_relu")
    for part in (
        "also lrelu, leaky",
        "f′(x) = ⎰ 1   if x > 0",
        "negative_slope = 0.01",
        "Properties",
        "Kinks",
        "x = 0 ",
        "derivative there: 0.01",
        "Use",
        "What goes wrong",
        "torch.nn.LeakyReLU",
        "jax.nn.leaky_relu",
        "Maas, Hannun, Ng (2013)",
    ):
        assert part in text
    assert any("⠀" < sign <= "⣿" for sign in text)


def test_latex_on_request() -> None:
    assert r"f(x) = \max(0, x)" in drawn("relu", latex=True)


@pytest.mark.parametrize("name", RECORDS)
def test_formulas_leave_no_latex(name: str) -> None:
    for latex in (RECORDS[name].formula, RECORDS[name].derivative_formula):
        for box in render(latex):
            assert len({len(line) for line in box.lines}) == 1
            for line in box.lines:
                assert not set(line) & set("\\{}&\ue000\ue001") or line.startswith("{"), line
                plain(line).encode("ascii")


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\frac{1}{1 + e^{-x}}", "1/(1 + e⁻ˣ)"),
        (r"\frac16", "1/6"),
        (r"x\,\frac{a + b}{2}", "x · (a + b)/2"),
        (r"\frac{x}{2}(1 + x)", "x/2 · (1 + x)"),
        (r"\operatorname{erf}\frac{x}{\sqrt 2}", "erf(x/√2)"),
        (r"\sqrt{x^2 + 1}", "√(x² + 1)"),
        (r"\min\left(\max(0, x), 6\right)", "min(max(0, x), 6)"),
        (r"-x_i - 1", "−xᵢ − 1"),
        (r"e^{x/\alpha}", "e^(x/α)"),
        (r"|x| \le \lambda", "|x| ≤ λ"),
    ],
)
def test_formula_in_one_line(latex: str, text: str) -> None:
    (box,) = render(latex)
    assert box.lines == (text,)


def test_cases_have_one_brace() -> None:
    (box,) = render(r"2\begin{cases}0 & x < 0\\ x & 0 \le x < 1\\ 1 & \text{otherwise}\end{cases}")
    assert [line.rstrip() for line in box.lines] == [
        " ⎧ 0   if x < 0",
        "2⎨ x   if 0 ≤ x < 1",
        " ⎩ 1   otherwise",
    ]


@pytest.mark.parametrize("name", RECORDS)
def test_data_is_strict_json_and_comes_back(name: str) -> None:
    data = as_data(RECORDS[name])
    text = json.dumps(data, allow_nan=False)
    again = json.loads(text)
    assert again["name"] == name
    assert again["formula"] == RECORDS[name].formula
    assert [p["name"] for p in again["parameters"]] == [p.name for p in RECORDS[name].parameters]


def test_infinities_are_strings() -> None:
    data = as_data(get("relu"))
    assert data["range"] == {"low": 0.0, "high": "inf", "attained": [True, False]}
    assert data["closed"] == [["-inf", 0.0]]
    assert data["kinks"][0]["derivative"] == 0.0
    assert math.inf not in SimpleNamespace(**data).range.values()


@pytest.mark.parametrize("width", [60, 160])
def test_listing_names_every_record_once(width: int) -> None:
    file = io.StringIO()
    print_listing(RECORDS.values(), Console(file=file, width=width, color_system=None))
    lines = file.getvalue().splitlines()
    first = [line.split()[0] for line in lines if line.startswith("  ")]
    assert sorted(first) == sorted(RECORDS)
    assert lines[-1].startswith(f"{len(RECORDS)} activations")
