"""How wide weights should be drawn: the gain of the activation that feeds them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from halfwave.activations import gain
from halfwave.diagnose.chains import steps, width_in
from halfwave.diagnose.operations import is_activation

if TYPE_CHECKING:
    from halfwave.recording.model import Layer, Parameter, Recording

__all__ = ["drawing", "needed_gain", "spreads"]


def needed_gain(recording: Recording, layer: Layer) -> tuple[str, float]:
    """The activation that feeds a layer, and the gain that it needs."""
    for step in steps(recording):
        if step.target.id == layer.id:
            for name in reversed(step.operations):
                if is_activation(name):
                    try:
                        return name, gain(name)
                    except (KeyError, ValueError, TypeError):
                        return name, 1.0
    return "", 1.0


def spreads(
    layer: Layer, parameters: dict[str, Parameter], needed: float
) -> tuple[float, float] | None:
    """Standard deviation of a layer's weights as drawn, and as it should be."""
    weight, fan_in = parameters.get(layer.weight), width_in(layer, parameters)
    if weight is None or not fan_in or not math.isfinite(weight.first_norm):
        return None
    return weight.first_norm / math.sqrt(math.prod(weight.shape)), needed / math.sqrt(fan_in)


def drawing(activation: str, needed: float, scale: tuple[float, float] | None) -> str:
    """Say how to draw them."""
    told = (
        f" (their standard deviation is {scale[0]:.3g}; gain/√fan_in = {scale[1]:.3g})"
        if scale is not None and scale[0] > 0
        else ""
    )
    if activation == "relu" or activation.startswith("leaky"):
        call = "nn.init.kaiming_normal_(layer.weight, nonlinearity='relu'), He's rule"
    elif activation == "selu":
        call = "nn.init.kaiming_normal_(layer.weight, nonlinearity='linear'), LeCun's rule"
    else:
        call = f"nn.init.normal_(layer.weight, std={needed:.4g} / fan_in ** 0.5)"
    behind = f" (their inputs come from {activation})" if activation else ""
    return (
        f"Draw the weights with a gain of {needed:.4g}{behind}: {call}{told} (in Keras:"
        ' kernel_initializer="he_normal" for ReLU, "lecun_normal" for SELU, "glorot_uniform" for'
        " tanh); or put a norm layer between."
    )
