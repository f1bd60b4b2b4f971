"""``bad-initial-scale``: weights drawn so that the signal grows or shrinks from layer to layer.

Definition
    At the first step watched: the factor by which a layer changes the size (root
    mean square) of its input, and the product of such factors along the longest
    way through linear layers and convolutions without a norm layer, a residual
    sum or an unknown operation in it; in a recurrence, the growth of what comes
    out over what went in. What a bias adds is no growth: it is there whatever
    comes in. Also a hidden layer whose weights are all 0.

Thresholds
    A way grows badly from `GROWTH` on, or where one layer alone multiplies by
    `LAYER` or more; it shrinks badly below `SHRINK` over `DEEP` layers or more.
    He initialisation gives 1.4 a layer before a ReLU, torch's default 0.6, which
    falls to 1e-3 over seven layers only where biases do not hold it up.
    (TheDeepChecker asks for an activation sd within 0.5 … 2, SageMaker Debugger
    for variance ratios below 10 between layers; healthy small networks leave
    both.) Warning; error where the loss broke down or less than `LEARNT` was
    learnt; info where the run did well all the same (`DID_WELL`) and the signal
    did not grow by `WILD` or more, from where on it did well by luck.

    A way through tanh or sigmoid cannot grow; of its hidden layers, three at the
    least, it counts what they make of a standard deviation, beyond what undoes the
    activation's slope at 0 (Glorot and Bengio, AISTATS 2010: a factor of 1 keeps
    the signal, 5/3 is what is used for tanh). Warning from `SQUASHED` on where
    less than `LEARNT` was learnt.

    Where no such way is long enough, for residual sums or sums of neighbours are in
    between: the largest input of a layer, `DEEP` layers from the first one's or more, is
    `WILD` times as large, and less than `LEARNT` was learnt.

    All weights of a hidden layer 0, with no sum behind it (LoRA, ReZero): error,
    as no gradient passes it. One such layer alone that has left 0 since is a
    start by choice (an identity, as in a spatial transformer).

Passed over
    Shrinking at the last layer: small first outputs are sound. Networks with
    norm layers between, which set the size themselves.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.chains import linear_layers, steps
from halfwave.diagnose.finding import Figure, Finding, Severity
from halfwave.diagnose.gains import drawing, needed_gain, spreads, steep
from halfwave.diagnose.numerals import numeral
from halfwave.diagnose.outcome import success
from halfwave.diagnose.places import count_of, layer_name, place
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.scales import factor, factor_of_weights, recurrences, ways
from halfwave.diagnose.squashing import squashed
from halfwave.diagnose.symptoms import BLOWN_UP, NO_GRADIENT, NOT_LEARNING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording.model import Layer, Parameter, Recording

__all__ = ["DEEP", "DID_WELL", "GROWTH", "LAYER", "LEARNT", "RULE", "SHRINK", "SQUASHED", "WILD"]

LAYER = 8.0
GROWTH = 100.0
WILD = 1000.0
SHRINK = 1e-3
SQUASHED = 2.0

#: Weights around 0 of up to so many times the size that is needed do not double a signal.
_CENTRED = 1.2
DEEP = 4
LEARNT = 0.3
DID_WELL = 0.8


def check(recording: Recording) -> Iterator[Finding]:
    """One finding for the scale, one for weights of 0."""
    parameters = {parameter.name: parameter for parameter in recording.parameters}
    scale = _scale_of(recording, parameters)
    if scale is not None:
        yield scale
    zero = _zero(recording, parameters)
    if zero is not None:
        yield zero


def _scale_of(recording: Recording, parameters: dict[str, Parameter]) -> Finding | None:
    worst: tuple[float, str, list[Layer], Layer] | None = None
    for way in ways(recording):
        told = [layer for layer in way if math.isfinite(factor(layer)) and factor(layer) > 0]
        if not told:
            continue
        by_weights = {layer.id: factor_of_weights(layer, parameters) for layer in told}
        largest = max(told, key=lambda layer: by_weights[layer.id])
        total = told[-1].rms_out / told[0].rms_in if told[0].rms_in > 0 else math.nan
        total *= math.prod(by_weights[layer.id] / factor(layer) for layer in told)
        hidden = told[:-1]
        fall = hidden[-1].rms_out / hidden[0].rms_in if hidden else math.nan
        cases = (
            (total / GROWTH, "grows", told, largest),
            (by_weights[largest.id] / LAYER, "grows", [largest], largest),
            (
                SHRINK / fall if fall > 0 and len(hidden) >= DEEP else 0.0,
                "shrinks",
                hidden,
                min(told, key=factor),
            ),
        )
        for case in cases:
            if case[0] >= 1 and (worst is None or case[0] > worst[0]):
                worst = case
    growth, again = max(recurrences(recording), key=lambda pair: pair[0], default=(0.0, None))
    if again is not None and growth >= GROWTH:
        return _in_recurrence(recording, again, growth)
    if worst is None:
        return _in_squashing(recording, parameters) or _through_sums(recording)
    _, how, layers, odd = worst
    return _finding(recording, parameters, how, layers, odd)


def _steep(recording: Recording, parameters: dict[str, Parameter]) -> list[Layer]:
    """Return the layers that multiply by `LAYER` or more by themselves."""
    found = {
        layer.id: layer
        for way in ways(recording)
        for layer in way
        if math.isfinite(factor(layer)) and factor_of_weights(layer, parameters) >= LAYER
    }
    return list(found.values())


def _through_sums(recording: Recording) -> Finding | None:
    """What grows where no way of layers alone leads: over residual sums, or sums of neighbours."""
    learnt = success(recording)
    if learnt is None or learnt >= LEARNT:
        return None
    layers = [layer for layer in linear_layers(recording) if layer.rms_in > 0]
    if len(layers) < DEEP or not all(math.isfinite(layer.rms_in) for layer in layers):
        return None
    first, top = layers[0], max(layers, key=lambda layer: layer.rms_in)
    growth = top.rms_in / first.rms_in
    between = layers.index(top)
    if growth < WILD or between < DEEP - 1:
        return None
    return Finding(
        rule=RULE.name,
        severity=_severity(recording, growth),
        title=f"the signal grows by {numeral(growth)} from {layer_name(first)} to"
        f" {layer_name(top)} at the first step, over {between} layers and the sums between them",
        sites=(first.name, top.name),
        where=place(recording, top.file, top.line),
        evidence={
            "factor": growth,
            "per_layer": growth ** (1 / between),
            "layers": between,
            "input_rms": first.rms_in,
            "output_rms": top.rms_in,
            "success": round(learnt, 4),
            "threshold": WILD,
        },
        why="Outputs, and with them the loss and its gradient, begin far too large: first steps"
        " tear at the weights.",
        advice="Put a norm layer in front of each residual branch (nn.LayerNorm) or behind each"
        " layer, or draw the last weights of a branch smaller; divide a sum of many, such as that"
        " of a node's neighbours, by their number.",
        confidence=0.85,
    )


def _in_squashing(recording: Recording, parameters: dict[str, Parameter]) -> Finding | None:
    """What grows before each tanh, and cannot show it behind."""
    found, learnt = squashed(recording), success(recording)
    if found is None or found[0] < SQUASHED or learnt is None or learnt >= LEARNT:
        return None
    gain_seen, activation, layers = found
    odd = layers[0]
    needed = needed_gain(recording, odd)[1]
    scale = spreads(odd, parameters, needed)
    # of weights around 0 the size alone says what they make of a signal
    aside = scale is not None and scale[0] <= scale[1] * _CENTRED
    return Finding(
        rule=RULE.name,
        severity="warning",
        title=f"the signal grows by {numeral(gain_seen)} a layer before each {activation} at the"
        f" first step, over {len(layers)} layers, and is squashed by it",
        sites=tuple(layer.name for layer in layers),
        where=place(recording, odd.file, odd.line),
        evidence={
            "per_layer": gain_seen,
            "layers": len(layers),
            "std_before": layers[-1].std_out,
            **({} if not math.isfinite(learnt) else {"success": round(learnt, 4)}),
            **({} if scale is None else {"weight_sd": scale[0], "weight_sd_needed": scale[1]}),
            "threshold": SQUASHED,
        },
        why=f"{activation} is driven to its bounds from the start: what differs between two inputs"
        " is lost on the way, and so is the gradient on its way back.",
        advice="Draw the weights around 0: their size is that of weights that keep a signal, so"
        " they must lie to one side, and all units of a layer then say the same"
        f" (nn.init.xavier_normal_(layer.weight, gain={needed:.4g}); in Keras the default,"
        ' kernel_initializer="glorot_uniform").'
        if aside
        else drawing(activation, needed, scale),
        confidence=0.7,
    )


def _severity(recording: Recording, total: float) -> Severity:
    learnt = success(recording)
    if learnt is not None and learnt < LEARNT:
        return "error"
    return "info" if learnt is not None and learnt >= DID_WELL and total < WILD else "warning"


def _in_recurrence(recording: Recording, layer: Layer, growth: float) -> Finding:
    return Finding(
        rule=RULE.name,
        severity=_severity(recording, growth),
        title=f"the signal grows by {numeral(growth)} in the recurrence of {layer_name(layer)}"
        " at the first step",
        sites=(layer.name,),
        where=place(recording, layer.file, layer.line),
        evidence={"factor": growth, "threshold": GROWTH},
        why="What is applied at every position of a sequence grows with its power: outputs and"
        " gradients begin far too large, and the longer the sequence, the larger.",
        advice="Start the recurrent weight at an orthogonal matrix (nn.init.orthogonal_) or at the"
        " identity (ReLU), in neither case scaled up; tanh, nn.GRU and nn.LSTM do not grow.",
        confidence=0.9,
    )


def _finding(
    recording: Recording,
    parameters: dict[str, Parameter],
    how: str,
    layers: list[Layer],
    odd: Layer,
) -> Finding:
    others = [layer for layer in _steep(recording, parameters) if layer is not odd]
    others = others if len(layers) == 1 else []  # else they are among those of the way
    first, last = layers[0], layers[-1]
    total = last.rms_out / first.rms_in
    rate = total ** (1 / len(layers)) if total > 0 else math.nan
    learnt = success(recording)
    severity = _severity(recording, total)
    activation, needed = needed_gain(recording, odd)
    figures: dict[str, Figure] = {
        "factor": total,
        "per_layer": rate,
        "layers": len(layers),
        "input_rms": first.rms_in,
        "output_rms": last.rms_out,
        **({} if learnt is None or not math.isfinite(learnt) else {"success": round(learnt, 4)}),
        "threshold": SHRINK if how == "shrinks" else GROWTH if len(layers) > 1 else LAYER,
    }
    scale = spreads(odd, parameters, needed)
    if scale is not None:
        figures["weight_sd"], figures["weight_sd_needed"] = scale
    across = (
        f"over {len(layers)} layers ({numeral(rate)} a layer)"
        if len(layers) > 1
        else f"in {layer_name(odd)}"
    )
    also = f", and by {LAYER:g} or more in {count_of(len(others), 'other layer')}" if others else ""
    return Finding(
        rule=RULE.name,
        severity=severity,
        title=f"the signal {how} by {numeral(total if how == 'grows' else 1 / total)} {across}"
        f" at the first step{also}",
        sites=tuple(layer.name for layer in [*layers, *others]),
        where=place(recording, odd.file, odd.line),
        evidence=figures,
        why="Outputs, and with them the loss and its gradient, begin far too large: first steps"
        " tear at the weights."
        if how == "grows"
        else "What the last layers see hardly depends on the input, and the gradient shrinks on its"
        " way back in the same manner.",
        advice=(steep(recording) if how == "grows" else "") + drawing(activation, needed, scale),
        confidence=0.9,
    )


def _zero(recording: Recording, parameters: dict[str, Parameter]) -> Finding | None:
    """Hidden layers that start as nothing."""
    summed = {
        step.source.id
        for step in steps(recording)
        if any(name in {"add", "product", "scale", "sub"} for name in step.operations)
    }
    feeding = {step.source.id for step in steps(recording)} - summed
    dull = [
        layer
        for layer in linear_layers(recording)
        if layer.id in feeding
        and layer.weight in parameters
        and parameters[layer.weight].first_norm == 0
        and math.prod(parameters[layer.weight].shape) > 1
    ]
    if not dull or _by_choice(recording, dull, parameters):
        return None
    layer = dull[0]
    return Finding(
        rule=RULE.name,
        severity="error",
        title=f"all weights of {layer_name(layer)} start at 0",
        sites=tuple(each.name for each in dull),
        where=place(recording, layer.file, layer.line),
        evidence={"layers": len(dull), "weight_sd": 0.0, "threshold": SHRINK},
        why="No signal comes through, and no gradient goes back: the layers before it do not learn,"
        " and its units all learn the same.",
        advice="Draw the weights at random: nn.init.kaiming_normal_(layer.weight,"
        " nonlinearity='relu') for ReLU; only biases start at 0.",
    )


def _by_choice(recording: Recording, dull: list[Layer], parameters: dict[str, Parameter]) -> bool:
    """Whether one layer alone started at 0, and training took it from there."""
    others = {layer.weight for layer in linear_layers(recording)} & set(parameters)
    nothing = [name for name in others if parameters[name].first_norm == 0]
    norms = parameters[dull[0].weight].samples["norm"]
    return len(nothing) == 1 and bool((norms[np.isfinite(norms)][-1:] > 0).all()) and len(norms) > 1


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """What too large and too small signals do."""
    del recording
    if mine.severity == "info":
        return False
    if other.rule in NOT_LEARNING:
        return True
    if mine.evidence.get("weight_sd") == 0:
        return other.rule in NO_GRADIENT | {"dead-units", "duplicate-units"}
    if "std_before" in mine.evidence or float(mine.evidence.get("factor", 1.0)) > 1:
        return other.rule in BLOWN_UP | NO_GRADIENT
    if other.rule == "parameters-not-trained":  # steps so small that rounding takes them
        return other.evidence.get("held_by_no_optimizer") == 0
    return other.rule in {"constant-units", "vanishing-gradients", "zero-gradients"}


RULE = Rule(
    name="bad-initial-scale",
    summary="weights drawn so that the signal grows or shrinks from layer to layer",
    check=check,
    explains=_explains,
)
