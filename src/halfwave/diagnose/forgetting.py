"""How fast a gradient fades on its way back through the steps of a plain recurrence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from halfwave.diagnose.chains import linear_layers, steps
from halfwave.diagnose.operations import is_activation
from halfwave.diagnose.updates import first_norm, median_of

if TYPE_CHECKING:
    from halfwave.recording.model import Layer, Parameter, Recording

__all__ = ["Fading", "fading_of"]

#: Steepest slope of the activations that a plain recurrence has; of others nothing is said.
_SLOPES = {"tanh": 1.0, "relu": 1.0, "hardtanh": 1.0, "sigmoid": 0.25}
#: What may stand behind the activation on the way back into the layer.
_JOINS = {"cat", "stack"}


@dataclass(frozen=True, slots=True)
class Fading:
    """A recurrence without gates.

    Parameters
    ----------
    layer : Layer
    rate : float
        What a step leaves of a gradient of random direction, at the most:
        ‖W‖/√n, times the steepest slope of the activation.
    steps : int
        Steps of the sequence.
    known : bool
        Whether there are just so many, or that is the least.
    """

    layer: Layer
    rate: float
    steps: int
    known: bool = True

    @property
    def left(self) -> float:
        """What all steps together leave of it."""
        return self.rate**self.steps


def fading_of(recording: Recording) -> Fading | None:
    """The recurrence that leaves least of a gradient; None where there is none without gates."""
    parameters = {parameter.name: parameter for parameter in recording.parameters}
    found = [*_by_torch(recording, parameters), *_by_hand(recording, parameters)]
    return min(found, key=lambda fading: fading.left, default=None)


def _by_torch(recording: Recording, parameters: dict[str, Parameter]) -> list[Fading]:
    """Of nn.RNN, whose steps torch computes in one call."""
    found: list[Fading] = []
    for layer in recording.layers:
        weight = parameters.get(layer.weight.replace("weight_ih", "weight_hh"))
        if layer.kind != "recurrent" or weight is None or len(layer.shape) < 2:
            continue
        if "weight_hh" not in weight.name or len(set(weight.shape)) != 1:
            continue  # gates: of an LSTM there are four times as many rows
        # which dimension is time is not known; of unbatched ones it is the first
        length = min(layer.shape[:-1])
        rate = _rate(weight)
        if math.isfinite(rate):
            found.append(Fading(layer, rate, length, known=False))
    return found


def _by_hand(recording: Recording, parameters: dict[str, Parameter]) -> list[Fading]:
    """Of a layer that is applied again and again to what it gave."""
    found: list[Fading] = []
    for layer in linear_layers(recording):
        weight = parameters.get(layer.weight)
        again = [link.operations for link in layer.links if link.source == layer.id]
        slopes = [_slope(operations) for operations in again]
        if weight is None or not slopes or not all(math.isfinite(slope) for slope in slopes):
            continue
        once = [s.target.calls for s in steps(recording) if s.source.id == layer.id != s.target.id]
        if not once or not layer.calls >= 2 * min(once) > 0:
            continue
        rate = _rate(weight) * max(slopes)
        if math.isfinite(rate):
            found.append(Fading(layer, rate, layer.calls // max(once)))
    return found


def _slope(operations: tuple[str, ...]) -> float:
    """Steepest slope on the way back into a layer; NaN where something else is on it."""
    names = [name for name in operations if is_activation(name)]
    if len(names) != 1 or names[0] not in _SLOPES or "product" in operations:
        return math.nan
    behind = operations[operations.index(names[0]) + 1 :]
    return _SLOPES[names[0]] if set(behind) <= _JOINS else math.nan


def _rate(weight: Parameter) -> float:
    """Root mean square factor for a vector of random direction, at the start and later."""
    norms = [first_norm(weight), median_of(weight.samples["norm"])]
    known = [norm for norm in norms if math.isfinite(norm)]
    return max(known) / math.sqrt(max(weight.shape)) if known else math.nan
