"""The properties of an activation in words, for the card and for the pages of the docs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.activations import Activation, Kink
    from halfwave.activations.properties import Intervals

__all__ = ["LIBRARIES", "kinks", "number", "parameters", "properties"]

#: how the names elsewhere are headed, in this order
LIBRARIES = {
    "torch": "torch",
    "functional": "torch, function",
    "jax": "JAX",
    "keras": "Keras",
    "onnx": "ONNX",
    "transformers": "transformers",
}
_SHAPES = {
    "ridge": "ridge (of one number)",
    "radial": "radial (of a distance)",
    "folding": "folding (of a whole group)",
}


def number(value: float, digits: int = 6) -> str:
    """Return up to so many digits, with the signs that a reader expects; −0 is 0."""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value + 0.0:.{digits}g}".replace("-", "−")


def properties(record: Activation) -> Iterator[tuple[str, str]]:
    """Give the properties at the default parameters, each with its label."""
    known = record.properties
    if known.range is not None:
        yield "range", str(known.range).replace("inf", "∞").replace("-", "−")
    yield "monotonic", known.monotonic
    yield "continuity", known.continuity
    yield "largest slope", number(known.lipschitz) + _unbounded(known.lipschitz)
    yield "zero-centred", _yes(known.zero_centred)
    yield "sparse", "yes, exactly 0 on an interval" if known.sparse else "no"
    if known.closed is not None:
        yield "closed", _closed(known.closed)
    if known.self_normalising:
        yield "self-normalising", "yes"
    if known.needs:
        yield "needs", known.needs
    yield "class", f"{_SHAPES[record.shape]}, {record.family} family"


def parameters(record: Activation) -> Iterator[tuple[str, str]]:
    """Give each parameter with its default, and what it is."""
    for p in record.parameters:
        notes = [p.meaning, str(p.domain)]
        notes += ["or an array"] if p.array else []
        notes += ["learnt by its module"] if p.learnable else []
        notes += [f"also called {', '.join(p.aliases)}"] if p.aliases else []
        yield f"{p.name} = {_default(p.default)}", "; ".join(note for note in notes if note)


def kinks(record: Activation) -> Iterator[tuple[str, str]]:
    """Give each kink with what is returned there, and why; like ones together."""
    groups: dict[tuple[float, str, bool], list[Kink]] = {}
    for kink in record.properties.kinks:
        groups.setdefault((kink.returns, kink.why, kink.jump), []).append(kink)
    for (returns, why, jump), members in groups.items():
        places = ", ".join(number(kink.at) for kink in members)
        kind = "jumps; derivative there" if jump else "derivative there"
        yield f"x = {places}", f"{kind}: {number(returns)}" + (f" ({why})" if why else "")


def _default(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _yes(value: bool) -> str:  # noqa: FBT001 - private
    return "yes" if value else "no"


def _unbounded(slope: float) -> str:
    return " (unbounded)" if math.isinf(slope) else ""


def _closed(intervals: Intervals) -> str:
    """Where the slope is at most a thousandth of the largest."""
    parts: list[str] = []
    for low, high in intervals:
        if math.isinf(low) and math.isinf(high):
            return "everywhere"
        if math.isinf(low):
            parts.append(f"x ≤ {_short(high)}")
        elif math.isinf(high):
            parts.append(f"x ≥ {_short(low)}")
        else:
            parts.append(f"{_short(low)} ≤ x ≤ {_short(high)}")
    return ", ".join(parts) or "nowhere"


def _short(value: float) -> str:
    return number(float(f"{value:.3g}"))
