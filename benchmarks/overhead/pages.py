"""Tables in Markdown, their places in docs/overhead.md, and what they were measured on."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from pathlib import Path

__all__ = ["PAGE", "put", "table", "where"]

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


def where() -> str:
    """Return the day, the machine and the versions, in one line."""
    import torch  # noqa: PLC0415 – not all that use tables do

    from halfwave.cli._native_core import statistics_by  # noqa: PLC0415

    threads = f"{torch.get_num_threads()} thread(s)"
    parts = (f"{datetime.now(UTC):%Y-%m-%d}", _processor(), f"torch {torch.__version__}", threads)
    return ", ".join((*parts, statistics_by()))


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
