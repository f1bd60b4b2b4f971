"""Tables in Markdown, and their places in docs/overhead.md."""

from __future__ import annotations

from pathlib import Path

__all__ = ["PAGE", "put", "table"]

PAGE = Path(__file__).parents[2] / "docs" / "overhead.md"


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def put(name: str, text: str) -> None:
    """Put `text` between the marks of that name on the page."""
    page = PAGE.read_text()
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    head, rest = page.split(begin)
    PAGE.write_text(head + begin + "\n" + text + "\n\n" + end + rest.split(end)[1])
