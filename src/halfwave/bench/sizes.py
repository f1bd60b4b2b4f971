"""How large the arrays are that are measured: one that fits into the cache, one that does not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["Size", "cache_bytes", "sizes"]

_CACHES: Final = Path("/sys/devices/system/cpu/cpu0/cache")
_USUAL_L2: Final = 1 << 20
_LARGE: Final = 32 << 20


@dataclass(frozen=True)
class Size:
    """A number of float32 elements, and what it stands for."""

    name: str
    elements: int


def sizes(*, quick: bool = False) -> tuple[Size, Size]:
    """Return a size whose input and output fit into the second-level cache, and a large one.

    Parameters
    ----------
    quick
        A sixteenth of both, for a first look.
    """
    divisor = 16 if quick else 1
    inside = cache_bytes() // 4  # input and output take half of it
    return (
        Size("cache", max(inside // 4 // divisor, 1024)),
        Size("large", _LARGE // 4 // divisor),
    )


def cache_bytes() -> int:
    """Return the size of the second-level cache, or a usual one where it is not told."""
    for index in sorted(_CACHES.glob("index*")):
        try:
            level = (index / "level").read_text().strip()
            size = (index / "size").read_text().strip()
        except OSError:
            continue
        if level == "2" and size[:-1].isdigit():
            return int(size[:-1]) * {"K": 1 << 10, "M": 1 << 20}.get(size[-1], 1)
    return _USUAL_L2
