"""targets-not-normalised: large targets that were not learnt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make
import structure_builders as build

RULE = "targets-not-normalised"
PRICES = {"low": 5e3, "high": 9e5, "mean": 2e5, "std": 1e5}


def net(learnt, way=(), **target):
    wanted = build.values((32, 1), **{**PRICES, **target})
    error = (1 - learnt) * wanted.std**2
    made = build.objective("mse_loss", way, target=wanted, training=build.course(error))
    return build.record(made)


@pytest.mark.parametrize(
    ("made", "severity"),
    [
        (net(0.9), None),
        (net(0.3), "warning"),
        (net(-3.0), "error"),
        (net(-3.0, low=-3.0, high=3.0, mean=0.0, std=1.0), None),
        (net(-3.0, way=("relu",)), "error"),
        (net(-3.0, way=("sigmoid",)), None),  # output-range-mismatch
        (net(-3.0, std=0.0), None),
    ],
)
def test_by_what_was_learnt(made, severity):
    assert build.severities(RULE, made) == ([severity] if severity else [])


def test_unknown_where_the_loss_was_not_seen():
    record = net(-3.0)
    (made,) = record.objectives
    blank = replace(made, training=build.course(np.nan))
    assert build.found(RULE, replace(record, objectives=(blank,))) == []
    broken = make.loss([1e9] * 100 + [np.nan] * 100)
    record = replace(record, objectives=(blank,), losses=(broken,))
    assert build.severities(RULE, record) == ["error"]


@pytest.mark.parametrize(
    ("end", "beside", "severity"),
    [
        (1.2e10, 0.0, ["error"]),
        (1e8, 0.0, []),  # it was learnt after the last watched step
        (1.2e10, 5e9, []),  # the loss has a penalty besides: its end is not the objective's
    ],
)
def test_the_losses_of_all_steps_tell_the_end(end, beside, severity):
    record = net(-3.0)
    first = build.course(5e10, steps=10)  # ten steps were watched, of 200
    (made,) = record.objectives
    values = make.falling(start=5e10, end=end)
    values[0] = 5e10 + beside
    record = replace(
        record, objectives=(replace(made, training=first),), losses=(make.loss(values),)
    )
    assert build.severities(RULE, record) == severity


def test_sums_are_judged_by_the_element():
    wanted = build.values((32, 10), **PRICES)
    error = 10 * 0.05 * wanted.std**2  # as recorded: a sum over one example
    made = build.objective(
        "mse_loss",
        target=wanted,
        output=build.values((32, 10)),
        training=build.course(error),
        parameters={"reduction": "sum"},
    )
    assert build.found(RULE, build.record(made)) == []


@pytest.mark.parametrize(
    ("function", "end", "severity"),
    [
        ("l1_loss", 3e5, "error"),
        ("smooth_l1_loss", 8e4, "warning"),
        ("huber_loss", 1e4, None),
    ],
)
def test_absolute_errors(function, end, severity):
    target = build.values((32, 1), low=1e4, high=9e5, mean=3e5, std=1e5)
    made = build.objective(function, target=target, training=build.course(end))
    record = build.record(made)
    assert build.severities("targets-not-normalised", record) == ([severity] if severity else [])
