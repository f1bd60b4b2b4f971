"""Layers and losses made by hand: a digit classifier that is all right, unless told otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import recording_builders as make

from halfwave.diagnose import diagnose
from halfwave.recording.facts import OBJECTIVE_SAMPLE, Layer, Link, Objective, Switch, Values

if TYPE_CHECKING:
    from halfwave.recording.model import Array, Recording

FILE = f"{make.FOLDER}/train.py"


def values(shape: tuple[int, ...] = (32, 10), dtype: str = "float32", **changes: Any) -> Values:
    """Numbers about 0, of size 1."""
    made = Values(
        shape=shape,
        dtype=dtype,
        calls=64,
        elements=float(64 * np.prod(shape)),
        low=-3.0,
        high=3.0,
        mean=0.0,
        std=1.0,
        row_sum_low=-6.0 if len(shape) > 1 else float("nan"),
        row_sum_high=6.0 if len(shape) > 1 else float("nan"),
    )
    return replace(made, **changes)


def probabilities(shape: tuple[int, ...] = (32, 10), **changes: Any) -> Values:
    """Rows of a softmax."""
    sums = {"row_sum_low": 1.0, "row_sum_high": 1.0} if len(shape) > 1 and shape[-1] > 1 else {}
    made = values(shape, low=0.01, high=0.9, mean=1 / max(shape[-1], 1), std=0.2, **sums)
    return replace(made, **changes)


def labels(classes: int = 10, shape: tuple[int, ...] = (32,), **changes: Any) -> Values:
    """Class numbers, each as frequent as the others."""
    made = values(
        shape,
        "int64",
        low=0.0,
        high=classes - 1.0,
        mean=(classes - 1) / 2,
        std=((classes**2 - 1) / 12) ** 0.5,
        integral=True,
        distinct=classes,
        row_sum_low=float("nan"),
        row_sum_high=float("nan"),
    )
    return replace(made, **changes)


def one_hot(classes: int = 10, **changes: Any) -> Values:
    """One 1 a row."""
    made = values(
        (32, classes),
        low=0.0,
        high=1.0,
        mean=1 / classes,
        std=(1 / classes - 1 / classes**2) ** 0.5,
        integral=True,
        distinct=2,
        row_sum_low=1.0,
        row_sum_high=1.0,
    )
    return replace(made, **changes)


def course(mean: Any, *, accuracy: Any = np.nan, steps: int = 200) -> Array:
    """Calls of a loss, one a step."""
    rows = np.zeros(steps, OBJECTIVE_SAMPLE)
    rows["first_step"] = rows["last_step"] = np.arange(steps)
    rows["count"] = 1
    for name in ("mean", "min", "max", "last"):
        rows[name] = mean
    rows["accuracy"] = accuracy
    return rows


def objective(function: str = "cross_entropy", *ways: Any, **changes: Any) -> Objective:
    """A loss at train.py:45, whose network ends in a layer, or as each way says."""
    made = Objective(
        0,
        function,
        f"F.{function}",
        FILE,
        45,
        "loss = criterion(model(x), y)",
        output=values(),
        target=labels(),
        links=tuple(Link(2, tuple(way)) for way in ways or ((),)),
        reached=True,
        training=course(np.nan),
    )
    return replace(made, **changes)


def keras(function: str, *ways: Any, **changes: Any) -> Objective:
    """The same as Keras calls it."""
    return objective(function, *ways, **{"call": f"keras.losses.{function}", **changes})


def layer(number: int, *ways: Any, **changes: Any) -> Layer:
    """Linear, fed by the layer before it through a ReLU, or as each way says."""
    before = number - 1 if number else None
    made = Layer(
        number,
        f"fc{number}",
        "linear",
        weight=f"fc{number}.weight",
        file=FILE,
        line=20 + number,
        order=number,
        shape=(32, 16),
        links=tuple(Link(before, tuple(way)) for way in ways or (("relu",) if number else (),)),
        reached=True,
        calls=200,
        rms_in=1.0,
        rms_out=1.0,
        std_in=1.0,
        std_out=1.0,
    )
    return replace(made, **changes)


def weights(count: int, shape: tuple[int, ...] = (16, 16), **changes: Any) -> tuple[Any, ...]:
    """One a layer."""
    return tuple(
        replace(make.parameter(f"fc{i}.weight", order=i, shape=shape), first_norm=5.6, **changes)
        for i in range(count)
    )


def batch_norm(**changes: Any) -> Switch:
    """In training on batches of 32."""
    made = Switch(0, "bn", "batch_norm", FILE, 22, training_on=200, fewest=32)
    return replace(made, **changes)


def record(*objectives: Objective, **changes: Any) -> Recording:
    """Three layers with a ReLU between, and these losses."""
    parts: dict[str, Any] = {
        "layers": tuple(layer(i) for i in range(3)),
        "objectives": objectives or (objective(),),
        "parameters": weights(3),
    }
    return make.recording(**{**parts, **changes})


def found(rule: str, recording: Recording) -> list[Any]:
    """What one rule says."""
    return list(diagnose(recording, select=[rule]))


def severities(rule: str, recording: Recording) -> list[str]:
    """Of the findings of one rule."""
    return [finding.severity for finding in found(rule, recording)]
