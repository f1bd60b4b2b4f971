"""Recordings to make pages of, with names that nobody would give a layer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from halfwave.recording import (
    HISTOGRAM,
    HISTOGRAM_BINS,
    LOSS_SAMPLE,
    PARAMETER_SAMPLE,
    RATE_SAMPLE,
    SITE_SAMPLE,
    Cost,
    HeatSeries,
    LearningRate,
    Loss,
    Parameter,
    Recording,
    RunInfo,
    Site,
    UnitStatistics,
    Unobserved,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

EVIL = "</script><img src=x onerror=alert(1)>"
FILE = "/home/ada/secret-project/train.py"
UNQUOTED = "key = 'a line that no finding names'"
STEPS = 64


def _statistics(units: int, dead: int) -> UnitStatistics:
    alive = np.arange(units) >= dead
    inputs = np.full(units, 6400)
    opened = np.where(alive, 3200, 40)
    return UnitStatistics(
        inputs=inputs,
        elements=inputs.astype(float),
        open_inputs=opened,
        open_elements=opened.astype(float),
        zeros=(inputs - opened).astype(float),
        total=opened * 0.5,
        total_abs=opened * 0.5,
        total_square=opened * 0.5,
        absmax=np.where(alive, 2.5, 0.5),
        nonfinite=np.zeros(units),
        grad_elements=inputs.astype(float),
        grad_square=opened * 1e-4,
        grad_zeros=(inputs - opened).astype(float),
        first_open=np.zeros(units, int),
        last_open=np.where(alive, STEPS - 1, 7 + np.arange(units) % 3),
        closed_run=np.where(alive, 0, 5600),
    )


def _histograms(*, negative: bool) -> NDArray[Any]:
    rows = np.zeros(4, HISTOGRAM)
    rows["step"] = (1, 4, 16, 63)
    rows["low"], rows["high"] = (-2.0 if negative else 0.0), 2.0
    rows["minimum"], rows["maximum"] = rows["low"], 3.0
    rows["zeros"] = 0 if negative else 400
    rows["counts"] = 1 + np.arange(HISTOGRAM_BINS)
    return rows


def site(place: int, path: str, *, dead: int = 0, units: int = 32, **changes: Any) -> Site:
    rows = np.zeros(STEPS, SITE_SAMPLE)
    rows["first_step"] = rows["last_step"] = np.arange(STEPS)
    rows["inputs"], rows["elements"] = 100, 100 * units
    rows["open"] = np.linspace(0.6, 0.5, STEPS)
    rows["zeros"] = 1 - rows["open"]
    rows["mean"], rows["std"], rows["absmax"] = 0.4, 0.5 + place / 10, 2.5
    rows["grad_rms"] = 1e-3 * 2.0 ** (place % 20)
    rows["closed_units"] = dead
    heat = HeatSeries(units)
    for step in range(STEPS):
        heat.append(step, np.where((np.arange(units) < dead) & (step > 8), 0.0, 0.5))
    made = Site(
        id=place,
        path=path,
        file=FILE,
        line=10 + place,
        source=UNQUOTED,
        function="Net.forward",
        activation="relu",
        call="nn.ReLU",
        units=units,
        unit_dim=1,
        producer=f"fc{place}",
        order=place,
        calls=STEPS,
        shape=(100, units),
        dtype="float32",
        training=_statistics(units, dead),
        samples=rows,
        heat=heat.map,
        input_histograms=_histograms(negative=True),
        output_histograms=_histograms(negative=False),
    )
    return replace(made, **changes)


def recording(sites: tuple[Site, ...] | None = None) -> Recording:
    """Three sites; half of the first one's units are dead, and the second has an evil name."""
    if sites is None:
        sites = (
            site(0, "features.act", dead=20, source="x = act(x)  # <b>quoted</b>"),
            site(1, EVIL),
            site(2, "head.act", activation="tanh"),
        )
    losses = np.zeros(STEPS, LOSS_SAMPLE)
    losses["first_step"] = losses["last_step"] = np.arange(STEPS)
    losses["count"] = 1
    for name in ("mean", "min", "max", "last"):
        losses[name] = 0.4 + 0.6 * np.exp(
            -np.arange(STEPS) / 10
        )  # not so far that dead units are no harm
    weights = np.zeros(8, PARAMETER_SAMPLE)
    weights["first_step"] = weights["last_step"] = np.arange(8) * 8
    weights["samples"], weights["norm"], weights["update_ratio"] = 1, 3.0, 1e-3
    rates = np.zeros(1, RATE_SAMPLE)
    rates[0] = (0, STEPS - 1, 0.1, 0.1, 0.1)
    return Recording(
        info=RunInfo(
            "train.py",
            ("--name", EVIL),
            pid=4711,
            folder="/home/ada/secret-project",
            started=1000.0,
            ended=1010.0,
            state="finished",
            exit_code=0,
            halfwave="0.1.0",
            python="3.11.2",
            torch="2.13.0",
            device="cpu",
            steps=STEPS,
            backwards=STEPS,
            sampled=STEPS,
        ),
        sites=sites,
        parameters=tuple(
            Parameter(i, f"fc{i}.weight", (32, 32), i, "SGD", weights) for i in range(3)
        ),
        losses=(Loss(0, FILE, 40, "loss.backward()", losses, 1.0, 0.4),),
        rates=(LearningRate(0, "SGD", 0, rates),),
        unobserved=(Unobserved(f"compiled graph {EVIL}", "model.py:31", "its code is generated"),),
        cost=Cost(0.01, 10.0, 0.07, 2.0, 0.3),
    )


def many(count: int) -> Recording:
    """A network of so many small sites."""
    sites = [site(place, f"blocks.{place}.act", units=8) for place in range(count)]
    return recording(tuple(sites))
