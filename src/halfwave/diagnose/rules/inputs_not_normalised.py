"""``inputs-not-normalised``: features far larger than 1, or of very different sizes.

Definition
    The size of a feature (of an image's channel) is the root mean square of its
    values, √(mean² + variance), at a linear layer or convolution that takes an
    input of the network. Inputs are not normalised where the largest feature is
    of size `LARGE` or more. They are uneven where it is of size `NOTABLE` or
    more, and `UNEVEN` times the median one.

Thresholds
    An input of size s makes the first layer's gradient s times, and the loss's
    curvature s² times, as large (LeCun et al., "Efficient BackProp", 1998): a
    step that suits the other layers throws the first one about. Images in 0…255
    have a size of 70 to 130, ages and years lie above as well; digits in 0…16
    lie below.
    Warning; error where the loss broke down or less than `LEARNT` was learnt;
    info from `NOTABLE` on where nothing suffers, and where a norm layer stands
    right behind the layer: the size of its input cancels there.

Passed over
    Inputs of a norm layer, of an embedding; one-hot rows and small counts.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.chains import linear_layers, steps
from halfwave.diagnose.endings import is_keras
from halfwave.diagnose.finding import Finding, Severity
from halfwave.diagnose.numerals import numeral
from halfwave.diagnose.operations import keeps_range, normalises
from halfwave.diagnose.outcome import success
from halfwave.diagnose.places import layer_name, place
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.symptoms import BLOWN_UP, NO_GRADIENT, NOT_LEARNING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording.model import Array, Layer, Recording

#: Features whose largest is less than so many times the median one are told of as one.
_SIMILAR = 3.0

__all__ = ["LARGE", "LEARNT", "NOTABLE", "RULE", "UNEVEN"]

LARGE = 50.0
NOTABLE = 15.0
UNEVEN = 100.0
LEARNT = 0.3


def check(recording: Recording) -> Iterator[Finding]:
    """One finding at most: of the layer with the largest input."""
    found: list[tuple[float, Layer, Array]] = []
    for layer in linear_layers(recording):
        if layer.input is None or not layer.reached:
            continue
        sizes = _sizes(layer)
        if len(sizes) and math.isfinite(largest := float(sizes.max())):
            found.append((largest, layer, sizes))
    if not found:
        return
    largest, layer, sizes = max(found, key=lambda each: each[0])
    middle = _middle(sizes, largest)
    uneven = largest / middle if middle > 0 else 1.0
    if largest < NOTABLE:
        return
    severity = _severity(recording, largest, uneven)
    if severity is not None and uneven < UNEVEN and _normalised_behind(recording, layer):
        severity = "info"
    if severity is not None:
        yield _finding(recording, layer, largest, uneven, sizes, severity)


def _normalised_behind(recording: Recording, layer: Layer) -> bool:
    """Whether a norm layer stands right behind a layer: the size of its input then cancels."""
    ways = [step.operations for step in steps(recording) if step.source.id == layer.id]
    firsts = [next((name for name in way if not keeps_range(name)), "") for way in ways]
    return bool(firsts) and all(map(normalises, firsts))


def _sizes(layer: Layer) -> Array:
    """Root mean square of each feature, or of all where they were too many."""
    if len(layer.feature_mean) and len(layer.feature_mean) == len(layer.feature_std):
        return np.sqrt(
            np.asarray(layer.feature_mean, float) ** 2 + np.asarray(layer.feature_std, float) ** 2
        )
    values = layer.input
    if values is None or not math.isfinite(values.mean) or not math.isfinite(values.std):
        return np.zeros(0)
    return np.array([math.hypot(values.mean, values.std)])


def _middle(sizes: Array, largest: float) -> float:
    """The lower median of the features that are not 0 throughout."""
    some = np.sort(sizes[sizes > 0])
    return float(some[(len(some) - 1) // 2]) if len(some) else largest


def _severity(recording: Recording, largest: float, uneven: float) -> Severity | None:
    learnt = success(recording)
    bad = largest >= LARGE or uneven >= UNEVEN
    if learnt is not None and learnt < LEARNT:
        return "error" if bad else "warning"
    return "warning" if bad else "info"


def _finding(  # noqa: PLR0917 - what was seen, and how bad it is
    recording: Recording,
    layer: Layer,
    largest: float,
    uneven: float,
    sizes: Array,
    severity: Severity,
) -> Finding:
    values = layer.input
    low = values.low if values is not None else math.nan
    high = values.high if values is not None else math.nan
    learnt = success(recording)
    image = layer.kind == "convolution" or (values is not None and values.high in {255.0, 254.0})
    apart = f", {numeral(uneven)} times the median one" if uneven >= UNEVEN else ""
    feature = int(np.argmax(sizes))
    told = f"feature {feature} of the input has"
    if len(sizes) == 1 or uneven < _SIMILAR:
        told = f"the input of {layer_name(layer)} has"
    return Finding(
        rule=RULE.name,
        severity=severity,
        title=f"{told} a size of {numeral(largest, 4)}{apart}: values range from"
        f" {numeral(low, 4)} to {numeral(high, 4)}",
        sites=(layer.name,),
        where=place(recording, layer.file, layer.line),
        evidence={
            "largest": largest,
            "median": largest / uneven,
            "features": len(sizes),
            "low": low,
            "high": high,
            **(
                {} if learnt is None or not math.isfinite(learnt) else {"success": round(learnt, 4)}
            ),
            "threshold": LARGE,
        },
        why="The first layer's gradient grows with its input, the loss's curvature with its square:"
        " no one learning rate suits this layer and the others.",
        advice=_advice(recording, image=image, high=high),
        confidence=0.9,
    )


def _advice(recording: Recording, *, image: bool, high: float) -> str:
    keras = any(is_keras(objective) for objective in recording.objectives)
    if image and high <= 255:
        by = 'x = x.astype("float32") / 255' if keras else "x = x.float() / 255"
        return f"Scale the images to 0…1: {by} (or subtract mean and divide by sd a channel)."
    layer = "keras.layers.Normalization" if keras else "nn.BatchNorm1d"
    return (
        "Standardise every feature, with mean and standard deviation of the training data:"
        f" x = (x - mean) / std (sklearn's StandardScaler does it; so does {layer} as first layer)."
    )


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """Large inputs throw the first layer about: it dies, saturates or explodes."""
    del recording
    return mine.severity != "info" and other.rule in NOT_LEARNING | NO_GRADIENT | BLOWN_UP | {
        "bad-initial-scale"
    }


RULE = Rule(
    name="inputs-not-normalised",
    summary="features far larger than 1, or of very different sizes",
    check=check,
    explains=_explains,
)
