"""shape-broadcast: accidents, not pairs written on purpose."""

from __future__ import annotations

import pytest
import structure_builders as build

RULE = "shape-broadcast"


@pytest.mark.parametrize(
    ("output", "target", "found"),
    [
        ((32, 1), (32,), True),
        ((32,), (32, 1), True),
        ((8, 1, 5), (8, 5), True),
        ((32, 1), (32, 1), False),
        ((32,), (32,), False),
        ((1, 1), (1,), False),
        ((32, 10), (10,), False),  # one row for all
        ((32, 1), (1,), False),  # a scalar
        ((32, 1), (), False),
        ((32, 1, 4), (1, 16, 4), False),  # pairs, on purpose
        ((32, 1), (1, 32), False),
        ((32, 1, 4), (16, 4), False),
        ((), (), False),
        ((0, 1), (0,), False),
    ],
)
def test_by_shape(output, target, found):
    made = build.objective("mse_loss", output=build.values(output), target=build.values(target))
    assert bool(build.found(RULE, build.record(made))) == found


@pytest.mark.parametrize(
    "changes",
    [
        {"call": "keras.losses.mean_squared_error"},  # takes the dimension away itself
        {"reached": False},
        {"target": None},
        {"function": "cross_entropy"},
    ],
)
def test_passed_over(changes):
    function = changes.pop("function", "mse_loss")
    parts = {"output": build.values((32, 1)), "target": build.values((32,)), **changes}
    assert build.found(RULE, build.record(build.objective(function, **parts))) == []


@pytest.mark.parametrize(
    ("output", "target", "advice"),
    [((32, 1), (32,), "squeeze(-1)"), ((32,), (32, 1), "y.squeeze(-1)")],
)
def test_what_is_said(output, target, advice):
    made = build.objective("mse_loss", output=build.values(output), target=build.values(target))
    (finding,) = build.found(RULE, build.record(made))
    assert finding.severity == "error"
    assert finding.evidence["pairs"] == 1024
    assert "(32, 32)" in finding.title
    assert advice in finding.advice
