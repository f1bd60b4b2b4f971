"""docs/activations: every record has a page, and the pages are those that its record makes."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from halfwave.activations import all_activations, get
from halfwave.cards.page import page, write_pages
from halfwave.cards.picture import svg

FOLDER = Path(__file__).parents[2] / "docs" / "activations"
RECORDS = all_activations()
AGAIN = "run: python docs/make_activations.py"


@pytest.mark.parametrize("name", RECORDS)
def test_page_is_what_the_record_makes(name: str) -> None:
    assert (FOLDER / f"{name}.md").exists(), f"{name} has no page; {AGAIN}"
    assert (FOLDER / f"{name}.svg").exists(), f"{name} has no picture; {AGAIN}"
    stored = (FOLDER / f"{name}.md").read_text("utf-8")
    assert stored == page(RECORDS[name]), f"{name}.md is out of date; {AGAIN}"


def test_nothing_is_missing_or_left_over(tmp_path: Path) -> None:
    (tmp_path / "forgotten.md").write_text("old")
    made = {path.name for path in write_pages(RECORDS.values(), tmp_path)}
    assert made == {path.name for path in tmp_path.iterdir()}
    assert made == {path.name for path in FOLDER.iterdir()}, AGAIN
    assert (FOLDER / "index.md").read_text("utf-8") == (tmp_path / "index.md").read_text("utf-8")


@pytest.mark.parametrize("name", RECORDS)
def test_picture_is_small_and_well_formed(name: str) -> None:
    text = svg(RECORDS[name])
    root = ET.fromstring(text)  # noqa: S314 - we have just made it
    assert root.tag.endswith("svg")
    assert len(text) < 12_000
    assert "nan" not in text.replace(name, "")


def test_jump_is_drawn_with_an_open_and_a_filled_circle() -> None:
    text = svg(get("binary_step"))
    assert text.count("<circle") == 2
    assert text.count('fill="#fff"/>') == 2  # the background, and the limit not attained
