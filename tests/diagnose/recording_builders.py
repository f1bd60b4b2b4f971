"""Recordings made by hand, with the faults a test plants in them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from halfwave.recording.facts import (
    OBJECTIVE_SAMPLE,
    Objective,
    Optimizer,
    Switch,
    SwitchKind,
    Values,
)
from halfwave.recording.model import (
    LOSS_SAMPLE,
    PARAMETER_SAMPLE,
    RATE_SAMPLE,
    SITE_SAMPLE,
    Array,
    LearningRate,
    Loss,
    Parameter,
    Recording,
    RunInfo,
    Site,
    UnitStatistics,
)

FOLDER = "/home/ada/project"
BATCH = 32


def unit_statistics(units: int = 16, inputs: int = 6400, **changes: Any) -> UnitStatistics:
    """Healthy ReLU units: each open on half of the inputs, until the end."""
    ones = np.ones(units)
    made = UnitStatistics(
        inputs=np.full(units, inputs, np.int64),
        elements=ones * inputs,
        open_inputs=np.full(units, inputs // 2, np.int64),
        open_elements=ones * (inputs // 2),
        zeros=ones * (inputs - inputs // 2),
        total=ones * inputs * 0.4,
        total_abs=ones * inputs * 0.4,
        total_square=ones * inputs * 0.5,
        absmax=ones * 3.0,
        nonfinite=ones * 0.0,
        grad_elements=ones * inputs,
        grad_square=ones * inputs * 1e-6,
        grad_zeros=ones * 0.0,
        first_open=np.zeros(units, np.int64),
        last_open=np.full(units, max(inputs // BATCH - 1, 0), np.int64),
        closed_run=np.zeros(units, np.int64),
    )
    return replace(made, **changes)


def kill(statistics: UnitStatistics, units: Any, *, at_input: int | None = None) -> UnitStatistics:
    """Close units for good: from the start, or after so many inputs."""
    index = np.asarray(units, np.int64)
    changed = {
        name: getattr(statistics, name).copy()
        for name in (
            "open_inputs",
            "open_elements",
            "zeros",
            "total",
            "first_open",
            "last_open",
            "closed_run",
        )
    }
    alive = 0 if at_input is None else at_input
    changed["open_inputs"][index] = alive // 2
    changed["open_elements"][index] = alive / 2
    changed["zeros"][index] = statistics.elements[index] - alive / 2
    changed["total"][index] = alive * 0.4
    changed["first_open"][index] = -1 if at_input is None else 0
    changed["last_open"][index] = -1 if at_input is None else max(alive // BATCH - 1, 0)
    changed["closed_run"][index] = statistics.inputs[index] - alive
    return replace(statistics, **changed)


def site_samples(steps: int = 200, every: int = 1, *, units: int = 16, **columns: Any) -> Array:
    """One row a sampled step, healthy unless a column says otherwise."""
    at = np.arange(0, steps, every)
    rows = np.zeros(len(at), SITE_SAMPLE)
    rows["first_step"] = rows["last_step"] = at
    rows["inputs"] = BATCH
    rows["elements"] = BATCH * units
    rows["open"] = rows["zeros"] = 0.5
    rows["mean"], rows["std"], rows["absmax"] = 0.4, 0.6, 3.0
    rows["grad_rms"] = 1e-3
    for name, value in columns.items():
        rows[name] = value
    return rows


def site(path: str = "act", *, order: int = 0, **changes: Any) -> Site:
    """A healthy ReLU of 16 units in ``train.py``."""
    made = Site(
        id=order,
        path=path,
        file=f"{FOLDER}/train.py",
        line=31 + order,
        source="h = self.act(self.fc(x))",
        function="Net.forward",
        activation="relu",
        call="nn.ReLU",
        units=16,
        unit_dim=1,
        producer="fc",
        order=order,
        calls=200,
        shape=(BATCH, 16),
        dtype="float32",
        training=unit_statistics(),
        samples=site_samples(),
    )
    return replace(made, **changes)


def parameter(
    name: str = "fc.weight",
    *,
    order: int = 0,
    steps: int = 200,
    every: int = 1,
    shape: tuple[int, ...] = (16, 16),
    optimizer: str | None = "SGD",
    **columns: Any,
) -> Parameter:
    """A weight that learns at a healthy rate."""
    at = np.arange(0, steps, every)
    rows = np.zeros(len(at), PARAMETER_SAMPLE)
    rows["first_step"] = rows["last_step"] = at
    rows["samples"] = 1
    rows["norm"], rows["grad_norm"], rows["update_ratio"] = 4.0, 0.1, 1e-3
    for column, value in columns.items():
        rows[column] = value
    return Parameter(order, name, shape, order, optimizer, rows)


def loss(values: Any, *, number: int = 0, line: int = 50) -> Loss:
    """The main loss, one row a step; falls unless the values say otherwise."""
    values = np.asarray(values, dtype=float)
    rows = np.zeros(len(values), LOSS_SAMPLE)
    rows["first_step"] = rows["last_step"] = np.arange(len(values))
    rows["count"] = 1
    finite = np.isfinite(values)
    for name in ("mean", "min", "max"):
        rows[name] = np.where(finite, values, np.nan)
    rows["last"] = values
    rows["nonfinite"] = ~finite
    bad = np.flatnonzero(~finite)
    return Loss(
        number,
        f"{FOLDER}/train.py",
        line,
        "loss.backward()",
        rows,
        first=float(values[0]) if len(values) else None,
        last=float(values[-1]) if len(values) else None,
        first_nonfinite=int(bad[0]) if len(bad) else None,
    )


def falling(
    steps: int = 200, *, start: float = 2.3, end: float = 0.3, noise: float = 0.05
) -> Array:
    """Values of a loss that falls the way losses do."""
    draw = np.random.default_rng(0)
    fall = end + (start - end) * np.exp(-np.arange(steps) / (steps / 5))
    return fall * (1 + noise * draw.standard_normal(steps))


def rate(value: float = 0.1, *, steps: int = 200) -> LearningRate:
    """A constant learning rate."""
    rows = np.zeros(1, RATE_SAMPLE)
    rows["last_step"] = steps - 1
    rows["min"] = rows["max"] = rows["last"] = value
    return LearningRate(0, "SGD", 0, rows)


def optimizer(name: str = "SGD", *, checked: int = 20, stale: int = 0) -> Optimizer:
    """One whose gradients were looked at so often, and left over so often."""
    return Optimizer(0, name, parameters=8, steps=200, checked=checked, stale=stale)


def switch(name: str = "drop", kind: SwitchKind = "dropout", **calls: Any) -> Switch:
    """A dropout layer, or a batch norm, called in the right mode unless told otherwise."""
    usual = {"training_on": 20, "evaluation_off": 10, "last_on_step": 199, "rate": 0.5}
    return Switch(0, name, kind, f"{FOLDER}/train.py", 33, **{**usual, **calls})


def objective_samples(values: Any, *, every: int = 1, accuracy: Any = np.nan) -> Array:
    """One row a call of a loss function."""
    values = np.asarray(values, dtype=float)
    rows = np.zeros(len(values), OBJECTIVE_SAMPLE)
    rows["first_step"] = rows["last_step"] = np.arange(len(values)) * every
    rows["count"] = 1
    rows["examples"] = BATCH
    for name in ("mean", "min", "max", "last"):
        rows[name] = values
    rows["accuracy"] = accuracy
    return rows


def objective(function: str = "cross_entropy", **changes: Any) -> Objective:
    """A call of cross entropy: logits of ten classes, and their labels."""
    made = Objective(
        0,
        function,
        f"F.{function}",
        f"{FOLDER}/train.py",
        49,
        parameters={"reduction": "mean"},
        output=Values((BATCH, 10), "float32", calls=20, elements=6400.0, mean=0.0, std=1.0),
        target=Values((BATCH,), "int64", calls=20, mean=4.5, std=2.9, integral=True, distinct=10),
        training=objective_samples(falling(20)),
    )
    return replace(made, **changes)


def recording(**changes: Any) -> Recording:
    """A healthy run: three ReLU layers, 200 steps, a loss that falls."""
    names = ("act1", "act2", "act3")
    parts: dict[str, Any] = {
        "info": RunInfo(
            "train.py",
            folder=FOLDER,
            state="finished",
            exit_code=0,
            torch="2.13.0",
            device="cpu",
            steps=200,
            backwards=200,
            sampled=200,
        ),
        "sites": tuple(site(name, order=i) for i, name in enumerate(names)),
        "parameters": tuple(parameter(f"fc{i + 1}.weight", order=i) for i in range(4)),
        "losses": (loss(falling()),),
        "rates": (rate(),),
    }
    return Recording(**{**parts, **changes})
