"""How the size of a signal changes from layer to layer at the first step watched."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from halfwave.diagnose.chains import Step, linear_layers, steps
from halfwave.diagnose.operations import is_activation, keeps_range, normalises

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from halfwave.recording.model import Layer, Parameter, Recording

__all__ = ["bias_of", "factor", "factor_of_weights", "recurrences", "ways"]

#: A size of outputs that no recurrence with a tanh or a sigmoid at its end comes near to.
_UNBOUNDED = 10.0


def ways(recording: Recording) -> list[list[Layer]]:
    """Longest chains of layers whose signal nothing else rescales; each layer in one."""
    before: dict[int, Layer] = {}
    layers = {layer.id for layer in linear_layers(recording)}
    for step in steps(recording):
        if step.source.id in layers and step.target.id in layers and _passes(step):
            before.setdefault(step.target.id, step.source)
    passed_on = {source.id for source in before.values()}
    last = [layer for layer in linear_layers(recording) if layer.id not in passed_on]
    found: list[list[Layer]] = []
    taken: set[int] = set()
    for layer in last:
        way: list[Layer] = []
        current: Layer | None = layer
        while current is not None and current.id not in taken:
            taken.add(current.id)
            way.append(current)
            current = before.get(current.id)
        found.append(way[::-1])
    return found


def _passes(step: Step) -> bool:
    """Whether a way holds only activations, and what keeps or scales values."""
    return all(
        (is_activation(name) or keeps_range(name) or name == "scale") and not normalises(name)
        for name in step.operations
    )


def factor(layer: Layer) -> float:
    """By how much a layer changes the size of what it is given."""
    if layer.rms_in > 0 and math.isfinite(layer.rms_out) and math.isfinite(layer.rms_in):
        return layer.rms_out / layer.rms_in
    return math.nan


def bias_of(layer: Layer, parameters: Mapping[str, Parameter]) -> Parameter | None:
    """Bias that stands beside a layer's weight, None where it has none."""
    head, dot, last = layer.weight.rpartition(".")
    names = {"weight": "bias", "kernel": "bias"}
    return parameters.get(f"{head}{dot}{names.get(last, '')}")


def factor_of_weights(layer: Layer, parameters: Mapping[str, Parameter]) -> float:
    """By how much a layer's weights change the size of what it is given, its bias left out.

    A bias is there whatever comes in: of a network that is given next to
    nothing (a pole that stands upright) it is all that comes out, and nothing grows.
    """
    grown, bias = factor(layer), bias_of(layer, parameters)
    if bias is None or not math.isfinite(grown) or not math.isfinite(bias.first_norm):
        return grown
    added = bias.first_norm / math.sqrt(math.prod(bias.shape) or 1)
    return math.sqrt(max(layer.rms_out**2 - added**2, 0.0)) / layer.rms_in


def recurrences(recording: Recording) -> Iterator[tuple[float, Layer]]:
    """Layers that feed themselves, each with the factor by which its signal grew on the way out.

    A recurrence is one layer however often it is applied, so its growth shows
    only in what the next layer is given, over what it gave at its first call.
    What torch computes in one call (nn.RNN) shows it by itself, where its
    outputs have left the bounds of a tanh.
    """
    for layer in recording.layers:
        if layer.kind == "recurrent" and layer.rms_out >= _UNBOUNDED:
            growth = factor(layer)
            if math.isfinite(growth):
                yield growth, layer
    again = {
        layer.id: layer
        for layer in linear_layers(recording)
        if any(link.source == layer.id for link in layer.links)
    }
    given: dict[int, float] = {}
    for step in steps(recording):  # what stands beside it at the sum counts as well
        if not any(normalises(name) for name in step.operations) and step.source.rms_out > 0:
            known = given.get(step.target.id, 0.0)
            given[step.target.id] = max(known, step.source.rms_out)
    for step in steps(recording):
        size = given.get(step.target.id, 0.0)
        if step.source.id in again and step.target.id not in again and size > 0:
            growth = step.target.rms_in / size
            if math.isfinite(growth):
                yield growth, step.source
