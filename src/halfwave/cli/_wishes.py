"""What the options of ``halfwave check`` ask for, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from halfwave.observe.ranks import Rank

__all__ = ["Wishes"]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the options of ``halfwave check`` ask for."""

    output: str | None = None  # as the user wrote it; None: a name of our own
    force: bool = False
    quiet: bool = False
    json: bool = False
    report: bool = True
    html: str | None = None  # the page, as the user wrote it
    source: bool = True  # lines of the program may be quoted in it
    fail_on: str = "never"
    budget: float | None = 0.01  # a share
    every: int | None = None
    max_steps: int | None = None
    eager_samples: bool = False
    follow_children: bool = False
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    command: str = "halfwave"  # how we were called
    options: tuple[str, ...] = ()  # as they were typed, but for -m
    rank: Rank | None = None  # of a distributed run: the first reports, all leave a recording
