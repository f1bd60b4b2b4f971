"""Rules whose findings are, as a rule, the consequence of another fault."""

from __future__ import annotations

from typing import Final

__all__ = ["BLOWN_UP", "NOT_LEARNING", "NO_GRADIENT"]

#: The loss does not do what it should, or there seems to be too little to move it.
NOT_LEARNING: Final = frozenset(
    {
        "learning-rate-too-low",
        "loss-not-decreasing",
        "noisy-gradients",
        "oscillating-loss",
        "plateau-from-start",
        "worse-than-guessing",
    }
)
#: What comes back is too little, or nothing.
NO_GRADIENT: Final = frozenset(
    {
        "constant-units",
        "saturated-units",
        "vanishing-gradients",
        "zero-gradients",
    }
)
#: What comes back is too much, and what that does to units and weights.
BLOWN_UP: Final = frozenset(
    {
        "dead-units",
        "diverging-loss",
        "dying-units",
        "exploding-gradients",
        "exploding-weights",
        "learning-rate-too-high",
        "non-finite",
        "saturated-units",
    }
)
