"""One way in which a loss got something else than it takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from halfwave.diagnose.finding import Figure, Severity

__all__ = ["FLOOR", "MARGIN", "NOISY", "ROOM", "SUM", "Mismatch"]

#: How far beyond 0…1 a probability may lie: rounding.
MARGIN = 1e-3
#: How far beyond 0…1 a target may lie: resampled images overshoot by about as much.
ROOM = 0.02
#: … and by this much where noise is added to the labels of a GAN on purpose (0 … 0.3, 0.7 … 1.2).
NOISY = 0.25
#: How far from 1 the sums of rows may lie.
SUM = 0.05
#: Least loss of a classifier with bounded logits from which it is worth a word.
FLOOR = 0.05


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One way in which a loss got something else than it takes."""

    severity: Severity
    title: str  # follows the name of the loss: "takes …, but got …"
    why: str
    torch: str  # what to do, in torch's words
    keras: str  # in Keras'
    figures: dict[str, Figure] = field(default_factory=dict[str, "Figure"])
    confidence: float = 1.0
    activation: str = ""  # the last one, where that is what is wrong
