"""sigmoid-twice: a sigmoid, or what gives 0…1 as well, before a loss of logits."""

from __future__ import annotations

import pytest
import structure_builders as build

RULE = "sigmoid-twice"
LOGITS = "binary_cross_entropy_with_logits"


def binary(function, *ways, **changes):
    shape = (32, 1)
    target = build.labels(2, shape)
    return build.objective(function, *ways, output=build.values(shape), target=target, **changes)


@pytest.mark.parametrize(
    ("function", "way", "severity"),
    [
        (LOGITS, ("sigmoid",), "error"),
        (LOGITS, ("hardsigmoid",), "error"),
        (LOGITS, ("sigmoid", "mean"), "error"),
        (LOGITS, (), None),
        (LOGITS, ("sigmoid", "scale"), None),
        (LOGITS, ("tanh",), None),  # loss-output-mismatch
        ("binary_cross_entropy", ("sigmoid",), None),
        ("mse_loss", ("sigmoid",), None),
    ],
)
def test_table(function, way, severity):
    record = build.record(binary(function, way))
    assert build.severities(RULE, record) == ([severity] if severity else [])


def test_milder_where_the_loss_fell_all_the_same():
    well = binary(LOGITS, ("sigmoid",), training=build.course(0.35))
    assert build.severities(RULE, build.record(well)) == ["warning"]


def test_logits_in_0_to_1_are_no_evidence():
    young = build.probabilities((32, 1))
    assert build.severities(RULE, build.record(binary(LOGITS, links=()))) == []
    record = build.record(build.objective(LOGITS, output=young, target=build.labels(2, (32, 1))))
    assert build.severities(RULE, record) == []


def test_advice():
    (finding,) = build.found(RULE, build.record(binary(LOGITS, ("sigmoid",))))
    assert "take the last sigmoid out" in finding.advice.lower()
    assert "nn.BCELoss()" in finding.advice
    keras = binary(LOGITS, ("sigmoid",), call="keras.losses.binary_crossentropy")
    (finding,) = build.found(RULE, build.record(keras))
    assert "from_logits=False" in finding.advice


@pytest.mark.parametrize(
    ("way", "output", "severity"),
    [
        (("scale", "exp", "reciprocal", "scale"), build.probabilities((32, 1)), "error"),
        (("exp", "reciprocal"), build.probabilities((32, 1)), "error"),
        (("exp", "div"), build.probabilities((32, 1)), "error"),
        (("exp", "reciprocal"), build.values((32, 1)), None),
        (("reciprocal",), build.probabilities((32, 1)), None),
    ],
)
def test_a_sigmoid_that_is_written_out(way, output, severity):
    made = build.objective("binary_cross_entropy_with_logits", way, output=output)
    assert build.severities(RULE, build.record(made)) == ([severity] if severity else [])
