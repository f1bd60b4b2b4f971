"""How layers follow one another: who feeds whom, through what, and how wide they are."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording.model import Layer, Parameter, Recording

__all__ = ["Step", "linear_layers", "steps", "width_in", "width_out"]


@dataclass(frozen=True, slots=True)
class Step:
    """One way from a layer to the next."""

    source: Layer
    target: Layer
    operations: tuple[str, ...]


def linear_layers(recording: Recording) -> list[Layer]:
    """Layers that multiply by a weight, in the order of the forward pass."""
    found = [layer for layer in recording.layers if layer.kind in {"linear", "convolution"}]
    return sorted(found, key=lambda layer: layer.order)


def steps(recording: Recording) -> Iterator[Step]:
    """Every way from one layer to another that comes later; recurrences are left out."""
    by_number = {layer.id: layer for layer in recording.layers}
    for layer in sorted(recording.layers, key=lambda layer: layer.order):
        for link in layer.links:
            source = None if link.source is None else by_number.get(link.source)
            if source is not None and source.order < layer.order:
                yield Step(source, layer, link.operations)


def width_out(layer: Layer) -> int | None:
    """How many features a layer gives; None where that is not known."""
    if layer.kind == "convolution" and len(layer.shape) > 2:
        return layer.shape[1]
    return layer.shape[-1] if layer.shape else None


def width_in(layer: Layer, parameters: dict[str, Parameter]) -> int | None:
    """How many features a linear layer takes; None where that is not known."""
    weight = parameters.get(layer.weight)
    out = width_out(layer)
    if weight is None or not out or layer.kind != "linear":
        return None
    return prod(weight.shape) // out or None
