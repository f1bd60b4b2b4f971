"""The pages of the rules that a report speaks of, so that its links work without a network."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import halfwave
from halfwave.diagnose import rules

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["RulePage", "rule_pages"]


@dataclass(frozen=True, slots=True)
class RulePage:
    """What is known of a rule; ``html`` is made by us, from our own text."""

    name: str
    summary: str
    html: str


def rule_pages(names: Iterable[str]) -> list[RulePage]:
    """Give a page for each rule named, in alphabetical order, once."""
    known = rules()
    wanted = sorted({name for name in names if name in known})
    return [RulePage(name, known[name].summary, _html(name, wanted)) for name in wanted]


def _html(name: str, linked: list[str]) -> str:
    text = _markdown(name)
    if text is None:
        return ""
    from markdown_it import MarkdownIt  # noqa: PLC0415 - comes with rich

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(text.partition("\n")[2])  # the heading is the page's own
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = "h4"
        for child in token.children or ():
            if child.type == "link_open":
                target = Path(str(child.attrs["href"])).stem
                child.attrs = {"href": f"#rule-{target}"} if target in linked else {}
    rendered: Any = parser.renderer.render(tokens, parser.options, {})
    return str(rendered)


def _markdown(name: str) -> str | None:
    """The page as it is installed with the package, or as it stands in a checkout."""
    packed = resources.files("halfwave.report.html").joinpath("rules", f"{name}.md")
    checkout = Path(halfwave.__file__).parents[2] / "docs" / "rules" / f"{name}.md"
    for place in (packed, checkout):
        if place.is_file():
            return place.read_text(encoding="utf-8")
    return None
