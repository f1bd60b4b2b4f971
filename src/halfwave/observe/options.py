"""What a caller may choose about watching."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Options"]


@dataclass(frozen=True, slots=True)
class Options:
    """How much is watched.

    Parameters
    ----------
    budget : float or None
        Share of the run's time that watching may take after the first
        ``dense`` steps, in 0…1. None where `every` decides.
    every : int or None
        Watch every N-th step, whatever it costs.
    max_steps : int or None
        Stop watching after this many steps; the program goes on.
    dense : int
        So many first steps are all watched.
    eager_samples : bool
        Have what ``torch.compile`` compiled run uncompiled in watched steps, so that
        the sites in it are seen. The results are then no longer those of the
        unwatched program to the last bit.
    """

    budget: float | None = 0.01
    every: int | None = None
    max_steps: int | None = None
    dense: int = 10
    eager_samples: bool = False

    def __post_init__(self) -> None:
        if self.budget is not None and not 0 < self.budget <= 1:
            raise ValueError(f"budget is {self.budget}: give a share above 0 and up to 1")
        if self.every is not None and self.every < 1:
            raise ValueError(f"every is {self.every}: give a whole number of steps from 1 on")
        if self.max_steps is not None and self.max_steps < 1:
            raise ValueError(f"max_steps is {self.max_steps}: give a whole number from 1 on")
