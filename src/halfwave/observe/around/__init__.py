"""What stands around the activations of a watched program: layers, losses, optimizers."""

from __future__ import annotations

from halfwave.observe.around.keras import KerasHolds
from halfwave.observe.around.surroundings import Look, Settled, Surroundings

__all__ = ["KerasHolds", "Look", "Settled", "Surroundings"]
