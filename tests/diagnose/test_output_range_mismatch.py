"""output-range-mismatch: what the last activation can give, and what is asked of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import recording_builders as make
import structure_builders as build

RULE = "output-range-mismatch"
COLUMN = (32, 1)


def numbers(way, function="mse_loss", shape=COLUMN, **target):
    wanted = build.values(shape, **target)
    return build.objective(function, way, output=build.values(shape), target=wanted)


IMAGES = {"low": 0.0, "high": 1.0, "mean": 0.3, "std": 0.3}
PRICES = {"low": 5e3, "high": 9e5, "mean": 2e5, "std": 9e4}


@pytest.mark.parametrize(
    ("made", "severity"),
    [
        (numbers(("tanh",)), "error"),
        (numbers(("tanh",), low=-1.0, high=1.0, std=0.6), None),
        (numbers(("tanh",), low=-1.04, high=1.04, std=0.6), None),  # noise
        (numbers(("tanh",), low=-0.9, high=4.0, mean=0.1, std=0.3), "warning"),  # a few
        (numbers(("sigmoid",)), "error"),
        (numbers(("sigmoid",), **IMAGES), None),
        (numbers(("sigmoid",), **PRICES), "error"),
        (numbers(("softmax",), shape=(32, 3)), "error"),
        (numbers((), **PRICES), None),
        (numbers(("relu",)), None),  # relu-before-loss
        (numbers(("relu6",), low=0.0, high=40.0, mean=20.0, std=9.0), "error"),
        (numbers(("leaky_relu",)), None),
        (numbers(("tanh", "scale")), None),  # scaled to the targets
        (numbers(("tanh", "mean")), "error"),
        (numbers(("sigmoid",), "binary_cross_entropy"), None),  # another rule's
        (build.keras("hinge", ("sigmoid",), target=build.values(COLUMN, low=-1, high=1)), "error"),
    ],
)
def test_table(made, severity):
    assert build.severities(RULE, build.record(made)) == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("target", "severity"),
    [
        (build.one_hot(), None),
        (build.probabilities(), None),  # a teacher's
        (build.probabilities(row_sum_low=0.2, row_sum_high=3.0), "error"),
    ],
)
def test_rows_of_a_softmax(target, severity):
    made = build.objective("mse_loss", ("softmax",), target=target)
    assert build.severities(RULE, build.record(made)) == ([severity] if severity else [])


def test_bounds_of_the_call():
    wide = make.site(
        "act",
        activation="hardtanh",
        role="output",
        parameters={"min_val": -10.0, "max_val": 10.0},
        call="Tensor.clamp",
    )
    record = build.record(numbers(("hardtanh",)), sites=(wide,))
    assert build.severities(RULE, record) == []
    narrow = replace(wide, parameters={"min_val": 0.0, "max_val": 1.0})
    assert build.severities(RULE, replace(record, sites=(narrow,))) == ["error"]


def test_a_recurrent_layer_has_bounds_too():
    layers = (*(build.layer(i) for i in range(2)), build.layer(2, kind="recurrent"))
    record = build.record(numbers((), **PRICES), layers=layers)
    (finding,) = build.found(RULE, record)
    assert "nn.Linear" in finding.advice
    relu = make.site(layers[2].name, call="nn.RNN", activation="relu")
    assert build.severities(RULE, replace(record, sites=(relu,))) == []


@pytest.mark.parametrize(
    ("ways", "found"),
    [
        ([("add", "sigmoid", "product"), ("tanh", "product")], True),  # an LSTM written out
        ([("sigmoid", "product"), ("product",)], False),  # a gated linear unit
        ([("sigmoid", "product"), ("relu", "product")], False),
    ],
)
def test_products_of_bounded_signals_are_bounded(ways, found):
    made = build.objective(
        "mse_loss", *ways, output=build.values(COLUMN), target=build.values(COLUMN, **PRICES)
    )
    assert bool(build.found(RULE, build.record(made))) == found


def test_keras_takes_0_and_1_for_a_hinge_as_signs():
    labels = build.labels(2, COLUMN)
    made = build.keras("hinge", ("sigmoid",), output=build.probabilities(COLUMN), target=labels)
    assert len(build.found(RULE, build.record(made))) == 1
    made = build.keras("hinge", ("tanh",), output=build.values(COLUMN), target=labels)
    assert build.found(RULE, build.record(made)) == []
