"""What is known of an activation besides its values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Intervals", "Kink", "Monotonic", "Names", "Paper", "Properties", "Range"]

Intervals: TypeAlias = tuple[tuple[float, float], ...]
Monotonic: TypeAlias = Literal["increasing", "non-decreasing", "decreasing", "non-increasing", "no"]


@dataclass(frozen=True, slots=True)
class Kink:
    """A point without a derivative, and what is returned there.

    ``jump`` marks a point where the function itself is discontinuous.
    """

    at: float
    returns: float
    why: str = ""
    jump: bool = False


@dataclass(frozen=True, slots=True)
class Range:
    """The values that a function takes: from ``low`` to ``high``.

    ``attained`` says whether the lower and the upper end are values for a
    finite input (1 is not, for tanh; it is, for hardtanh).
    """

    low: float
    high: float
    attained: tuple[bool, bool] = (False, False)

    def __str__(self) -> str:
        left = "[" if self.attained[0] else "("
        right = "]" if self.attained[1] else ")"
        return f"{left}{self.low:.6g}, {self.high:.6g}{right}"


@dataclass(frozen=True, slots=True)
class Names:
    """The same function elsewhere; empty where a library does not have it."""

    torch: str = ""
    functional: str = ""  # torch.nn.functional or torch
    jax: str = ""
    keras: str = ""
    onnx: str = ""
    transformers: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """Where a function was introduced or studied."""

    authors: str
    year: int
    title: str
    where: str = ""

    def __str__(self) -> str:
        tail = f" {self.where}." if self.where else ""
        return f"{self.authors} ({self.year}). {self.title}.{tail}"


@dataclass(frozen=True, slots=True)
class Properties:
    """The properties of one activation at one choice of its parameters."""

    parameters: dict[str, object]
    range: Range | None  # None: depends on the number of elements, or on learnt parameters
    monotonic: Monotonic
    kinks: tuple[Kink, ...]
    smoothness: float  # continuous derivatives: -1 jumps, 0 has kinks, 1, 2, … inf
    lipschitz: float  # largest |f′|; inf where it is unbounded
    zero_centred: bool  # odd: inputs symmetric about 0 give outputs of mean 0
    sparse: bool  # exactly 0 on a whole interval of inputs
    saturates: tuple[bool, bool]  # the slope vanishes for z → −∞, z → +∞
    closed: Intervals | None
    self_normalising: bool
    needs: str  # "", or what it needs of its input: "2 halves of an axis" …

    @property
    def continuity(self) -> str:
        """The continuity class in words: ``"C⁰"``, ``"C^∞"``, ``"discontinuous"``."""
        if self.smoothness < 0:
            return "discontinuous"
        if math.isinf(self.smoothness):
            return "C^∞"
        return "C" + "⁰¹²³⁴⁵⁶⁷⁸⁹"[int(self.smoothness)]
