"""What momentum makes of a learning rate: steps of one direction add up."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from halfwave.recording.model import Recording

__all__ = ["HEAVY", "heaviest", "times"]

#: Momentum from which it belongs to what is said of a rate: 0.9 is usual.
HEAVY = 0.95


def heaviest(recording: Recording) -> float | None:
    """The largest momentum of any optimizer that adds plain gradients up; None where there is none.

    Those that divide a gradient by its size (RMSprop) and those whose momentum
    is an average (Adam's betas) do not make steps longer with it.
    """
    found: list[float] = []
    for optimizer in recording.optimizers:
        momentum = optimizer.settings.get("momentum")
        plain = "sgd" in optimizer.name.lower()
        if plain and isinstance(momentum, int | float) and 0 < momentum < 1:
            found.append(float(momentum))
    return max(found, default=None)


def times(momentum: float) -> float:
    """How many times the plain step a step grows to while the gradient keeps its direction."""
    return 1 / (1 - momentum)
