"""The catalogue as Markdown: one page a record, and an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfwave.cards import words
from halfwave.cards.code import plain_python
from halfwave.cards.picture import svg

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from halfwave.activations import Activation

__all__ = ["page", "write_pages"]


def write_pages(records: Iterable[Activation], folder: Path) -> list[Path]:
    """Write a page and a picture for every record, and the index.

    Parameters
    ----------
    records
        What to write.
    folder
        Where to; it is made if need be. Pages there of records that are not
        given are removed.

    Returns
    -------
    list of Path
        All files written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = list(records)
    texts = {"index.md": index(found)}
    for record in found:
        texts[f"{record.name}.md"] = page(record)
        texts[f"{record.name}.svg"] = svg(record)
    for old in [*folder.glob("*.md"), *folder.glob("*.svg")]:
        if old.name not in texts:
            old.unlink()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in sorted(texts)]


def index(records: list[Activation]) -> str:
    """Return the index: a table for each family."""
    lines = [
        "# Activations",
        "",
        (
            f"All {len(records)} activations of the catalogue. These pages are made from its"
            " records by `python docs/make_activations.py`; do not edit them."
        ),
        "",
    ]
    for family in dict.fromkeys(record.family for record in records):
        lines += [f"## {family.capitalize()}", "", "| name | range | | what it is |"]
        lines.append("|---|---|---|---|")
        for record in (record for record in records if record.family == family):
            known = dict(words.properties(record))
            lines.append(
                f"| [{record.name}]({record.name}.md) | {known.get('range', '')} |"
                f" {known['continuity']} | {_cell(record.summary)} |"
            )
        lines.append("")
    return "\n".join(lines)


def page(record: Activation) -> str:
    """Return the page of one record."""
    name = record.name
    also = f"Also called {', '.join(f'`{alias}`' for alias in record.aliases)}."
    lines = [f"# {name}", "", record.summary, *([also] if record.aliases else []), ""]
    lines += _maths("f(x)", record.formula)
    lines += _maths("f'(x)", record.derivative_formula)
    lines += [f"![{name} and its derivative]({name}.svg)", ""]
    if record.mixes:
        lines += [
            (
                "Drawn: the first output, by the first input, with the other inputs at −1, 0 and 1"
                " where they make a difference."
            ),
            "",
        ]
    lines += _table("Parameters", ("parameter", "what it is"), words.parameters(record), code=True)
    lines += _table(
        "Properties", ("property", "at the default parameters"), words.properties(record)
    )
    lines += _table("Kinks", ("where", "what comes back"), words.kinks(record))
    lines += _prose("When to use it", record.use)
    lines += _prose("What goes wrong", record.pitfalls)
    elsewhere = record.names_elsewhere
    names = [(words.LIBRARIES[k], f"`{elsewhere[k]}`") for k in words.LIBRARIES if k in elsewhere]
    lines += _table("Its names elsewhere", ("library", "name"), names)
    if record.papers:
        lines += ["## Papers", "", *(f"- {paper}" for paper in record.papers), ""]
    lines += ["## Plain Python", "", "```python", plain_python(record).rstrip("\n"), "```", ""]
    return "\n".join(lines)


def _maths(left: str, latex: str) -> list[str]:
    return ["```math", f"{left} = {latex}", "```", ""]


def _prose(title: str, text: str) -> list[str]:
    return [f"## {title}", "", text, ""] if text else []


def _table(
    title: str, head: tuple[str, str], rows: Iterable[tuple[str, str]], *, code: bool = False
) -> list[str]:
    cells = [f"| {f'`{a}`' if code else _cell(a)} | {_cell(b)} |" for a, b in rows]
    if not cells:
        return []
    return [f"## {title}", "", f"| {head[0]} | {head[1]} |", "|---|---|", *cells, ""]


def _cell(text: str) -> str:
    """Text that stands in a table's cell: a bar would end it."""
    return text.replace("|", "\\|")
