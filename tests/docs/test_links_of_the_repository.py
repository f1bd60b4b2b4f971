"""Links of pages outside of the site lead somewhere; its own are looked at as it is built."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "benchmarks").rglob("README.md")])


def links(page: Path) -> list[str]:
    tokens = MarkdownIt().parse(page.read_text(encoding="utf-8"))
    inside = [child for token in tokens for child in token.children or []]
    found = [str(child.attrGet("href") or child.attrGet("src") or "") for child in inside]
    return [link for link in found if link and not link.startswith("http")]


def anchors(page: Path) -> set[str]:
    """Headings as a code host names them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_there_are_links() -> None:
    assert len(links(ROOT / "README.md")) > 20
    assert "for-other-tools" in anchors(ROOT / "docs" / "report.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        name, _, anchor = link.partition("#")
        target = (page.parent / name) if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link
