"""Every rule has a page; it states the thresholds that the code has, and two programs."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from halfwave.diagnose import rules

PAGES = Path(__file__).parents[2] / "docs" / "rules"
NAMES = sorted(rules())
HEADINGS = ["What it does", "Why it is bad", "How it is decided", "Example", "Fix"]


def page(name):
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


def programs(name):
    """The example of a page, and its fix."""
    found = re.findall(r"```python\n(.*?)```", page(name), re.DOTALL)
    assert len(found) == 2
    return found


@pytest.mark.parametrize("name", NAMES)
def test_page_has_its_parts_in_order(name):
    text = page(name)
    assert text.startswith(f"# {name}\n")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == HEADINGS


@pytest.mark.parametrize("name", NAMES)
def test_page_states_the_thresholds_of_the_code(name):
    module = import_module(f"halfwave.diagnose.rules.{name.replace('-', '_')}")
    stated = dict(re.findall(r"^\| `([A-Z_]+)` \| (\S+) \|", page(name), re.MULTILINE))
    constants = {key: getattr(module, key) for key in module.__all__ if key != "RULE"}
    assert constants
    assert {key: float(value) for key, value in stated.items()} == pytest.approx(constants)


def test_index_lists_every_rule_with_its_summary():
    text = (PAGES / "index.md").read_text(encoding="utf-8")
    for name, rule in rules().items():
        assert f"| [{name}]({name}.md) | {rule.summary} |" in text


def test_no_page_without_a_rule():
    assert {path.stem for path in PAGES.glob("*.md")} == {*NAMES, "index"}


@pytest.mark.parametrize("name", NAMES)
def test_programs_compile(name):
    for text in programs(name):
        compile(text, name, "exec")
