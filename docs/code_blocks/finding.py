"""The code blocks of a page, with what its author says of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ROOT", "Block", "blocks_of", "pages"]

ROOT = Path(__file__).resolve().parents[2]

_RUNNABLE = {"python", "pycon", "console"}
_REMARK = re.compile(r"<!--\s*(file|given|not run):\s*(.*?)\s*-->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A fence of a page.

    Parameters
    ----------
    page : Path
        The page it stands on.
    line : int
        Where its first line stands there, from 1.
    language : str
        ``python``, ``pycon`` or ``console``.
    text : str
        What is in it.
    given : str
        Python that runs before it.
    not_run : str or None
        Why it is not run.
    files : dict
        What lies in its folder, by name.
    """

    page: Path
    line: int
    language: str
    text: str
    given: str = ""
    not_run: str | None = None
    files: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def place(self) -> str:
        """Page and line, as an editor opens them."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def pages() -> list[Path]:
    """Return all pages of the site, and those at the top of the repository."""
    built = ROOT / "docs" / "_build"
    inside = [path for path in (ROOT / "docs").rglob("*.md") if built not in path.parents]
    return sorted([*inside, *ROOT.glob("*.md")])


def blocks_of(page: Path) -> Iterator[Block]:
    """Yield the blocks of a page that can be run, and those that are said not to be.

    Raises
    ------
    ValueError
        If a remark stands before nothing that it could be about.
    """
    remarks: dict[str, str] = {}
    files: dict[str, str] = {}
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        start = token.map[0] + 1 if token.map else 0
        if token.type == "html_block" and (found := dict(_REMARK.findall(token.content))):
            remarks |= found
            continue
        if token.type == "fence" and token.info in _RUNNABLE:
            yield Block(
                page,
                start + 1,
                token.info,
                token.content,
                given=remarks.get("given", ""),
                not_run=remarks.get("not run"),
                files=dict(files),
            )
            if "file" in remarks:
                files[remarks["file"]] = token.content
        elif remarks:
            raise ValueError(f"{page}:{start}: a remark stands before no code: {remarks}")
        remarks = {}
