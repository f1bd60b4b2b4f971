"""How much of each site goes into a page, so that it stays small for networks of any size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["FULL", "LEVELS", "Level", "level_for"]


@dataclass(frozen=True, slots=True)
class Level:
    """The most that a page holds of one site."""

    sites: int  # taken for networks of up to so many sites
    samples: int  # rows of a series
    times: int  # of the heat map
    groups: int  # of units in it
    histograms: int  # of each side
    dead: int  # units named


FULL: Final = Level(sites=200, samples=128, times=64, groups=512, histograms=10, dead=1000)
LEVELS: Final = (
    FULL,
    Level(sites=1500, samples=48, times=32, groups=96, histograms=5, dead=200),
    Level(sites=5000, samples=24, times=16, groups=32, histograms=3, dead=50),
    Level(sites=1 << 62, samples=16, times=12, groups=16, histograms=2, dead=20),
)


def level_for(sites: int) -> Level:
    """Give the level for a network of so many sites."""
    return next(level for level in LEVELS if sites <= level.sites)
