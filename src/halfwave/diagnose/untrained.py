"""Weights that nothing has trained, here or before: they are as they were drawn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from halfwave.diagnose.course import fell_far
from halfwave.diagnose.outcome import success

if TYPE_CHECKING:
    from collections.abc import Iterable

    from halfwave.recording.model import Parameter, Recording

__all__ = ["DID_WELL", "UNTRAINED", "did_well", "drawn_share", "untrained"]

#: Share of the elements that must be as an initialiser drew them.
UNTRAINED = 0.75
#: Share of what could be learnt that is well enough.
DID_WELL = 0.8


def drawn_share(parameters: Iterable[Parameter]) -> float | None:
    """Share of the elements that are as they were drawn; None where no weight can tell."""
    told = [p for p in parameters if p.drawn is not None]
    total = sum(math.prod(p.shape) for p in told)
    drawn = sum(math.prod(p.shape) for p in told if p.drawn)
    return drawn / total if total else None


def untrained(parameters: Iterable[Parameter]) -> bool:
    """Whether they are, as far as is known, weights that were never trained anywhere."""
    share = drawn_share(parameters)
    return share is not None and share >= UNTRAINED


def did_well(recording: Recording) -> bool:
    """Whether the run learnt what it was for all the same."""
    learnt = success(recording)
    return learnt >= DID_WELL if learnt is not None else fell_far(recording)
