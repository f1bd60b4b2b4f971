"""Recordings made by hand: the same figures on every machine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from halfwave.recording.model import (
    LOSS_SAMPLE,
    PARAMETER_SAMPLE,
    RATE_SAMPLE,
    SITE_SAMPLE,
    Cost,
    LearningRate,
    Loss,
    Parameter,
    Recording,
    RunInfo,
    Site,
    UnitStatistics,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


def make_statistics(units: int, *, dead: int = 0, nonfinite: int = 0) -> UnitStatistics:
    """Statistics of ``units`` units on 640 inputs, the first ``dead`` never open."""
    inputs = np.full(units, 640, np.int64)
    alive = np.arange(units) >= dead
    elements = np.full(units, 640.0)
    opened = np.where(alive, 320.0, 0.0)
    return UnitStatistics(
        inputs=inputs,
        elements=elements,
        open_inputs=opened.astype(np.int64),
        open_elements=opened,
        zeros=elements - opened,
        total=opened * 0.5,
        total_abs=opened * 0.5,
        total_square=opened * 0.5,
        absmax=np.where(alive, 2.5, 0.0),
        nonfinite=np.r_[float(nonfinite), np.zeros(units - 1)],
        grad_elements=elements,
        grad_square=opened * 1e-4,
        grad_zeros=elements - opened,
        first_open=np.where(alive, 0, -1),
        last_open=np.where(alive, 99, -1),
        closed_run=np.where(alive, 0, 640),
    )


def make_site(
    place: int, path: str, *, units: int | None = 32, dead: int = 0, **changes: object
) -> Site:
    """A ReLU at line ``10 + place`` of train.py."""
    samples = np.zeros(1, SITE_SAMPLE)
    samples[0] = (0, 99, 640, 20480, 0.5, 0.5, 0.25, 0.43, 2.5, 0, 0, 0.007, 0.5, dead)
    site = Site(
        id=place,
        path=path,
        file="/home/ada/project/train.py",
        line=10 + place,
        source="x = torch.relu(self.fc(x))",
        function="Net.forward",
        activation="relu",
        call="torch.relu",
        units=units,
        unit_dim=1,
        producer="fc",
        order=place,
        calls=10,
        shape=(64, units or 1),
        dtype="float32",
        training=make_statistics(units or 1, dead=dead),
        samples=samples,
    )
    return replace(site, **changes)  # type: ignore[arg-type]


def make_recording(sites: Sequence[Site] = ()) -> Recording:
    """A finished run of 100 steps."""
    losses = np.zeros(2, LOSS_SAMPLE)
    losses[0] = (0, 49, 50, 1.5, 0.9, 2.3026, 0.9, 0)
    losses[1] = (50, 99, 50, 0.5, 0.1, 0.9, 0.125, 0)
    weights = np.zeros(1, PARAMETER_SAMPLE)
    weights[0] = (0, 99, 10, 1.5, 0.25, np.nan, 1e-3, 0)
    rates = np.zeros(1, RATE_SAMPLE)
    rates[0] = (0, 99, 0.01, 0.1, 0.01)
    return Recording(
        info=RunInfo(
            "train.py",
            ("--lr", "0.1"),
            pid=4711,
            started=1000.0,
            ended=1012.5,
            state="finished",
            exit_code=0,
            halfwave="0.1.0",
            python="3.11.2",
            torch="2.13.0",
            device="cpu",
            steps=100,
            backwards=100,
            sampled=24,
        ),
        sites=tuple(sites),
        parameters=(Parameter(0, "fc.weight", (32, 16), 0, "SGD", weights),),
        losses=(
            Loss(0, "/home/ada/project/train.py", 40, "loss.backward()", losses, 2.3026, 0.125),
        ),
        rates=(LearningRate(0, "SGD", 0, rates),),
        cost=Cost(0.01, 10.0, 0.074, 2.0, 0.31),
        path="/home/ada/project/halfwave-train.4711.halfwave",
    )
