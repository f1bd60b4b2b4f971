"""How wide weights should be drawn: the gain of the activation that feeds them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from halfwave.activations import gain
from halfwave.diagnose.chains import steps, width_in
from halfwave.diagnose.numerals import numeral
from halfwave.diagnose.operations import is_activation

if TYPE_CHECKING:
    from halfwave.recording.model import Layer, Parameter, Recording

__all__ = ["drawing", "needed_gain", "spreads", "steep"]


def needed_gain(recording: Recording, layer: Layer) -> tuple[str, float]:
    """The activation that feeds a layer, and the gain that it needs."""
    for step in steps(recording):
        if step.target.id == layer.id:
            for name in reversed(step.operations):
                if is_activation(name):
                    return name, _gain_of(recording, name)
    return "", 1.0


def _gain_of(recording: Recording, activation: str) -> float:
    """The gain with the parameters that the program gives, if it gives them everywhere."""
    given = [site.parameters for site in recording.sites if site.activation == activation]
    same: dict[str, Any] = dict(given[0]) if given and given.count(given[0]) == len(given) else {}
    for parameters in (same, {}):
        try:
            return gain(activation, **parameters)
        except (KeyError, ValueError, TypeError):
            continue
    return 1.0


def steep(recording: Recording) -> str:
    """Say that a leaky ReLU makes what is below 0 larger, if one does; else ``""``."""
    for site in recording.sites:
        slope = site.parameters.get("negative_slope")
        if isinstance(slope, int | float) and abs(slope) > 1:
            return (
                f"The slope of {site.call or site.activation} below 0 is {slope:g}, which makes"
                " signals larger: 0.01 to 0.3 is usual. If it is meant: "
            )
    return ""


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
        f" (their standard deviation is {numeral(scale[0])}; gain/√fan_in = {numeral(scale[1])})"
        if scale is not None and scale[0] > 0
        else ""
    )
    if activation == "relu" or (activation.startswith("leaky") and needed > 1):
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
