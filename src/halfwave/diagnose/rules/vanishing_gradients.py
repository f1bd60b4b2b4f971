"""``vanishing-gradients``: what reaches the first layers is too small to train them.

Definition
    The median gradient norm of each weight, in the order of the forward pass.
    It vanishes when the first layers get less than a thousandth of what the
    last ones get, and the fall is spread over the depth (the median factor
    from layer to layer alone makes up at least a factor of ten). Only ratios
    between layers count, so scaling the loss changes nothing. Healthy networks
    lie between 1e-2 and 1e2. Described by Hochreiter (1991) and Bengio et al.,
    "Learning long-term dependencies with gradient descent is difficult" (1994).

Thresholds
    Warning from a ratio of 1e-3 on, which is AutoTrainer's (Zhang et al., ICSE
    2021). Error from 1e-6 on, where single precision loses the early layers'
    updates in the rounding of their weights. One degree milder where the
    optimizer makes up for it: Adam divides a gradient by its own size, so the
    first layers' update-to-weight ratio is at least a tenth of the last ones'.

    Over the steps of a sequence, in a recurrence without gates, a step leaves a
    gradient of random direction ‖W‖/√n of its size, times the steepest slope of
    the activation at the most. Warning where all steps together leave 1e-3 or
    less, and less than `LITTLE` was learnt: a network that needs the last steps
    alone learns them all the same.

    Where most weights were drawn at less than `DRAWN_SMALL` of the standard deviation
    that keeps a signal, the advice is about that, whatever the activation.

Passed over
    Fewer than 4 layers with a gradient; first layers whose gradient is exactly
    zero, which is for ``zero-gradients``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.chains import linear_layers
from halfwave.diagnose.changes import rectified
from halfwave.diagnose.depth import FEWEST_LAYERS, Layer, Profile, layers_of, profile, site_of
from halfwave.diagnose.families import saturates
from halfwave.diagnose.finding import Figure, Finding, Severity
from halfwave.diagnose.forgetting import fading_of
from halfwave.diagnose.gains import drawing, needed_gain, spreads
from halfwave.diagnose.numerals import numeral
from halfwave.diagnose.outcome import success
from halfwave.diagnose.places import layer_name, listed, place, times
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.symptoms import NOT_LEARNING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from halfwave.diagnose.forgetting import Fading
    from halfwave.recording.model import Recording

__all__ = ["DRAWN_SMALL", "ERROR_RATIO", "LITTLE", "RULE", "WARNING_RATIO"]

WARNING_RATIO = 1e-3
ERROR_RATIO = 1e-6
LITTLE = 0.1
DRAWN_SMALL = 0.1

#: The part of the fall that must be spread over the layers.
_TREND = 0.1
#: First layers' update ratio over the last ones' from which the optimizer makes up for it.
_MADE_UP = 0.1
_MILDER: dict[Severity, Severity] = {"error": "warning", "warning": "info"}


def check(recording: Recording) -> Iterator[Finding]:
    """One finding over the depth, one over the steps of a sequence."""
    layers = layers_of(recording)
    if len(layers) >= FEWEST_LAYERS:
        zeros = _zero_prefix(layers)
        shape = profile(layers[zeros:])
        if shape is not None and shape.ratio <= WARNING_RATIO and shape.trend <= _TREND:
            yield _vanishing(recording, layers[zeros:], shape)
    fading, learnt = fading_of(recording), success(recording)
    if fading is None or fading.left > WARNING_RATIO or learnt is None or not learnt < LITTLE:
        return
    if math.isfinite(learnt):
        yield _forgotten(recording, fading, learnt)


def _forgotten(recording: Recording, fading: Fading, learnt: float) -> Finding:
    layer = fading.layer
    name = layer_name(layer)
    return Finding(
        rule=RULE.name,
        severity="warning",
        title=f"each step of the recurrence of {name} leaves at most {numeral(fading.rate, 2)} of a"
        f" gradient: over its {fading.steps} steps"
        + ("" if fading.known else " or more")
        + f" {fading.left:.1g}, and next to nothing was learnt",
        sites=(layer.name,),
        where=place(recording, layer.file, layer.line),
        evidence={
            "rate_per_step": round(fading.rate, 4),
            "steps_of_sequence": fading.steps,
            "ratio": fading.left,
            "success": round(learnt, 4),
            "threshold": WARNING_RATIO,
        },
        why="What came early in a sequence gets no gradient: a plain recurrence learns from the"
        " last few steps alone (Hochreiter, 1991; Bengio et al., 1994).",
        advice="Write nn.LSTM or nn.GRU (Keras: LSTM, GRU) in place of the plain recurrence, or"
        " start its recurrent weight at an orthogonal matrix (nn.init.orthogonal_); shorten the"
        " sequences if what matters stands near their end.",
        confidence=0.6,
    )


def _zero_prefix(layers: Sequence[Layer]) -> int:
    """How many of the first layers get a gradient of exactly zero."""
    nonzero = [index for index, layer in enumerate(layers) if layer.gradient > 0]
    return nonzero[0] if nonzero else len(layers)


def _vanishing(recording: Recording, layers: Sequence[Layer], shape: Profile) -> Finding:
    starved = [layer.name for layer in layers if layer.gradient <= _lost(layers)]
    severity: Severity = "error" if shape.ratio <= ERROR_RATIO else "warning"
    made_up = _made_up(layers)
    site = site_of(recording, starved[-1]) if starved else None
    return Finding(
        rule=RULE.name,
        severity=_MILDER[severity] if made_up else severity,
        title=f"the gradient shrinks {times(1 / shape.ratio)} from the last layers to the first"
        f" ({numeral(shape.rate, 2)} a layer over {len(layers)} layers)"
        + (f", and is lost from {starved[-1]} on" if starved else ""),
        sites=tuple(starved),
        where=place(recording, site.file, site.line) if site else _first_line(recording),
        evidence={
            "ratio": shape.ratio,
            "rate_per_layer": round(shape.rate, 4),
            "layers": len(layers),
            "first_gradient": layers[0].gradient,
            "last_gradient": layers[-1].gradient,
            "starved_layers": len(starved),
            "lost_at": starved[-1] if starved else "",
            "threshold": ERROR_RATIO if severity == "error" else WARNING_RATIO,
            **_updates(layers),
        },
        why=f"{listed(starved)} hardly train{'s' if len(starved) == 1 else ''}: their weights stay"
        " near where they were initialised"
        + (", save that the optimizer rescales their updates." if made_up else "."),
        advice=_advice(recording),
        confidence=round(len(layers) / (len(layers) + 2), 3),
    )


def _lost(layers: Sequence[Layer]) -> float:
    """Gradient below which a layer counts as starved."""
    quarter = max(len(layers) // 4, 1)
    last = float(np.median([layer.gradient for layer in layers[-quarter:]]))
    # the first quarter is starved by definition; rounding must not empty the list
    return max(last * WARNING_RATIO, min(layer.gradient for layer in layers))


def _made_up(layers: Sequence[Layer]) -> bool:
    figures = _updates(layers)
    first, last = figures.get("first_update_ratio"), figures.get("last_update_ratio")
    return first is not None and last is not None and 0 < float(last) * _MADE_UP <= float(first)


def _updates(layers: Sequence[Layer]) -> dict[str, Figure]:
    third = max(len(layers) // 3, 1)
    found: dict[str, Figure] = {}
    for name, part in (("first", layers[:third]), ("last", layers[-third:])):
        measured = [layer.update_ratio for layer in part if np.isfinite(layer.update_ratio)]
        if measured:
            found[f"{name}_update_ratio"] = float(np.median(measured))
    return found


def _first_line(recording: Recording) -> str:
    hidden = [site for site in recording.sites if site.role == "hidden"]
    return place(recording, hidden[0].file, hidden[0].line) if hidden else ""


def _drawn_small(recording: Recording) -> str:
    """How to draw the weights, where most are far smaller than what keeps a signal; else ""."""
    parameters = {parameter.name: parameter for parameter in recording.parameters}
    layers = linear_layers(recording)
    small: list[str] = []
    for layer in layers:
        activation, needed = needed_gain(recording, layer)
        scale = spreads(layer, parameters, needed)
        if scale is not None and scale[0] < DRAWN_SMALL * scale[1]:
            small.append(drawing(activation, needed, scale))
    return small[-1] if small and 2 * len(small) > len(layers) else ""


def _advice(recording: Recording) -> str:
    if drawn := _drawn_small(recording):
        return drawn
    bounded = [site for site in recording.sites if site.role == "hidden" and saturates(site)]
    general = "batch or layer norm between the layers, or skip connections around them, help too."
    if not bounded:
        return f"Raise the initial scale of the weights (He initialisation for ReLU); {general}"
    site = bounded[0]
    slope = " (the slope of a sigmoid is at most 0.25)" if site.activation == "sigmoid" else ""
    change = rectified(recording, site)
    start = "" if "GRU" in change else ", with He initialisation"
    return f"{change[0].upper()}{change[1:]}{slope}{start}; {general}"


def _explained_by(recording: Recording, cause: Finding, mine: Finding) -> bool:
    """After an explosion nothing is as it was, and a saturated layer passes little back."""
    del recording, mine
    return cause.severity != "info" and cause.rule in {
        "bad-initial-scale",
        "deep-saturating-stack",
        "exploding-gradients",
        "non-finite",
        "saturated-units",
    }


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """A weight whose steps are lost in rounding stays as it is; what is forgotten is not learnt."""
    del recording
    if "steps_of_sequence" in mine.evidence:
        return other.rule in NOT_LEARNING
    return (
        other.rule == "parameters-not-trained"
        and other.evidence.get("held_by_no_optimizer") == 0
        and set(other.sites) <= set(mine.sites)
    )


RULE = Rule(
    name="vanishing-gradients",
    summary="what reaches the first layers is too small to train them",
    check=check,
    explains=_explains,
    explained_by=_explained_by,
)
