"""The least a loss can come to: what is above it is what can be learnt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make
import structure_builders as build

from halfwave.diagnose import diagnose
from halfwave.diagnose.floors import floor_of

GREY = {"low": 0.01, "high": 0.99, "mean": 0.45, "std": 0.2}
ENTROPY = 0.607  # of such grey values


def record(values, function="binary_cross_entropy", reduction="mean", first=None, **target):
    shape = (32, 256)
    made = build.objective(
        function,
        output=build.values(shape),
        target=build.values(shape, **{**GREY, **target}),
        training=build.course(values[0] if first is None else first),
        parameters={"reduction": reduction},
    )
    return build.record(made, losses=(make.loss(values),))


@pytest.mark.parametrize(
    ("made", "floor"),
    [
        (record(np.full(200, 0.7)), ENTROPY),
        (record(np.full(200, 1.4), first=0.7), 2 * ENTROPY),  # scaled, and a little added
        (record(np.full(200, 180.0), reduction="sum"), 256 * ENTROPY),
        (record(np.full(200, 0.7), integral=True), 0.0),  # labels: they can be met
        (record(np.full(200, 0.7), function="mse_loss"), 0.0),
        (record(np.full(200, 0.5)), 0.0),  # lower than the floor: it is none
        (record(np.full(200, 0.7), high=3.0), 0.0),
    ],
)
def test_the_entropy_of_soft_targets(made, floor):
    assert floor_of(made) == pytest.approx(floor, rel=0.01)


def test_two_losses_have_none():
    made = record(np.full(200, 0.7))
    assert floor_of(replace(made, objectives=made.objectives * 2)) == 0.0


@pytest.mark.parametrize(
    ("function", "flat"), [("binary_cross_entropy", False), ("cross_entropy", True)]
)
def test_a_fall_is_measured_above_the_floor(function, flat):
    values = np.linspace(0.700, 0.688, 200)
    said = [f.rule for f in diagnose(record(values, function), select=["loss-not-decreasing"])]
    assert bool(said) == flat
