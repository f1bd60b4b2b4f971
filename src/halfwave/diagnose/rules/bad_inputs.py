"""``bad-inputs``: inputs that are NaN, infinite or the same throughout, features that never vary.

Definition
    At a layer that takes an input of the network: elements that are not finite;
    an input whose every element has one value; features (channels of an image)
    that had one value in all that was watched.

Thresholds
    One element that is not finite: error, since it makes every sum that it
    enters NaN. One value throughout, over `FEWEST` calls or more: warning.
    Dead features: info from `SOME` of them on, warning from `MOST` of them on,
    where at least `ROWS` rows were watched. (Of handwritten digits a tenth of
    the pixels is never set, of bags of words far more in a small sample.)

Passed over
    Embeddings: their indices are no quantities. Features of 0 and 1 alone, for
    dead ones: most of a one-hot row's are 0 in any small sample.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.finding import Finding, Severity
from halfwave.diagnose.places import layer_name, place
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.symptoms import BLOWN_UP, NOT_LEARNING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording.facts import Values
    from halfwave.recording.model import Layer, Recording

__all__ = ["FEWEST", "MOST", "ROWS", "RULE", "SOME"]

FEWEST = 2
SOME = 0.5
MOST = 0.9
ROWS = 1000


def check(recording: Recording) -> Iterator[Finding]:
    """One finding a layer that takes an input."""
    for layer in recording.layers:
        values = layer.input
        if values is None or layer.kind == "embedding" or not values.elements > 0:
            continue
        if values.nonfinite > 0:
            yield _nonfinite(recording, layer, values)
        elif any(link.source is not None for link in layer.links):
            continue  # a recurrence, which begins with a state of its own
        elif (
            values.low == values.high and values.calls >= FEWEST and values.elements > values.calls
        ):
            yield _constant(recording, layer, values)
        else:
            dead = _dead(layer)
            rows = values.elements / max(len(layer.feature_low), 1)
            flags = values.integral and (values.low, values.high) == (0, 1)
            if dead >= SOME and len(layer.feature_low) > 1 and not flags:
                yield _features(recording, layer, dead, rows)


def _dead(layer: Layer) -> float:
    """Share of the features that had one value throughout."""
    low, high = np.asarray(layer.feature_low, float), np.asarray(layer.feature_high, float)
    if not len(low) or len(low) != len(high):
        return math.nan
    return float((low == high).mean())


def _nonfinite(recording: Recording, layer: Layer, values: Values) -> Finding:
    return Finding(
        rule=RULE.name,
        severity="error",
        title=f"{values.nonfinite:,.0f} of {values.elements:,.0f} elements given to"
        f" {layer_name(layer)} are NaN or infinite",
        sites=(layer.name,),
        where=place(recording, layer.file, layer.line),
        evidence={
            "nonfinite": values.nonfinite,
            "elements": values.elements,
            "low": values.low,
            "high": values.high,
            "threshold": 1,
        },
        why="Every sum that such an element enters is NaN, the loss and all gradients with it.",
        advice="Look for missing values and divisions by 0 in the data: df.isna().sum(),"
        " np.isfinite(x).all(). Drop such rows, or fill them in (df.fillna(df.median()),"
        " torch.nan_to_num(x)); of a feature that never varies, do not divide by its standard"
        " deviation.",
    )


def _constant(recording: Recording, layer: Layer, values: Values) -> Finding:
    return Finding(
        rule=RULE.name,
        severity="warning",
        title=f"every element of the input that {layer_name(layer)} takes is {values.low:g}, in all"
        f" {values.calls:,} calls watched",
        sites=(layer.name,),
        where=place(recording, layer.file, layer.line),
        evidence={"value": values.low, "calls": values.calls, "threshold": FEWEST},
        why="From an input that is always the same, nothing can be told apart.",
        advice="Print a batch just before the model is called: the data was lost on its way (a"
        " wrong column, whole numbers divided as whole numbers, a buffer that was never filled).",
        confidence=0.8,
    )


def _features(recording: Recording, layer: Layer, dead: float, rows: float) -> Finding:
    severity: Severity = "warning" if dead >= MOST and rows >= ROWS else "info"
    return Finding(
        rule=RULE.name,
        severity=severity,
        title=f"{dead:.0%} of the {len(layer.feature_low):,} features given to {layer_name(layer)}"
        " never vary",
        sites=(layer.name,),
        where=place(recording, layer.file, layer.line),
        evidence={
            "dead_features": round(dead, 4),
            "features": len(layer.feature_low),
            "rows": rows,
            "threshold": MOST if severity == "warning" else SOME,
        },
        why="Their weights get a gradient that tells nothing, or none.",
        advice="Check that the data arrives as it should; if it does, leave these columns out.",
        confidence=0.6,
    )


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """NaN spreads; what is always the same teaches nothing."""
    del recording
    if "nonfinite" in mine.evidence:
        return other.rule in NOT_LEARNING | BLOWN_UP | {
            "inputs-not-normalised",
            "loss-output-mismatch",
        }
    return mine.severity != "info" and other.rule in NOT_LEARNING | {"constant-units"}


RULE = Rule(
    name="bad-inputs",
    summary="inputs that are NaN, infinite or the same throughout",
    check=check,
    explains=_explains,
)
