"""The measured rows as a table for a terminal, and as data."""

from __future__ import annotations

import platform
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfwave.bench.measuring import Row

__all__ = ["as_data", "head", "line", "versions"]


def head() -> str:
    """Return the line above the rows."""
    return (
        f"{'activation':16} {'by':9} {'arrays':7} {'dtype':9} {'size':>11} {'what':11}"
        f" {'time':>10} {'/ copy':>7} {'spread':>7}"
    )


def line(row: Row) -> str:
    """Return one row as a line."""
    size = f"{row.size} {_count(row.elements)}"
    return (
        f"{row.activation:16} {row.who:9} {row.arrays:7} {row.dtype:9} {size:>11}"
        f" {row.what:11} {_duration(row.seconds):>10} {row.ratio:7.2f} {row.spread:7.0%}"
    )


def as_data(rows: Sequence[Row], threads: dict[str, str]) -> dict[str, Any]:
    """Return the rows, with what they were measured on, as strict JSON can hold it."""
    return {
        "machine": platform.machine(),
        "system": platform.platform(),
        "versions": versions(list(threads)),
        "threads": threads,
        "rows": [asdict(row) for row in rows],
    }


def versions(libraries: Sequence[str]) -> dict[str, str]:
    """Return the versions of Python and of the libraries."""
    found = {"python": platform.python_version()}
    for library in libraries:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            found[library] = "unknown"
    return found


def _count(elements: int) -> str:
    return f"{elements / (1 << 20):.3g}Mi" if elements >= 1 << 20 else f"{elements / 1024:.3g}Ki"


def _duration(seconds: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1.0:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"
