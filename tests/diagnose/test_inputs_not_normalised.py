"""inputs-not-normalised: sizes of features, and whether training suffers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make
import structure_builders as build

RULE = "inputs-not-normalised"
FLAT = (make.loss(np.full(200, 2.3)),)


def net(sizes, *, kind="linear", losses=None, **changes):
    """A first layer given features of these sizes (mean and deviation alike)."""
    each = np.asarray(sizes, float) / np.sqrt(2)
    first = build.layer(
        0,
        kind=kind,
        input=build.values((32, len(each)), low=0.0, high=float(each.max() * 3)),
        feature_mean=each,
        feature_std=each,
        feature_low=0 * each,
        feature_high=3 * each,
        **changes,
    )
    made = {} if losses is None else {"losses": losses}
    return build.record(layers=(first, build.layer(1)), **made)


@pytest.mark.parametrize(
    ("made", "severity"),
    [
        (net([1.0, 0.3, 2.0]), None),
        (net([8.0] * 64), None),  # digits in 0…16
        (net([0.5, 5.0, 11.0]), None),
        (net([20.0, 30.0]), "info"),
        (net([20.0, 30.0], losses=FLAT), "warning"),
        (net([0.2, 0.1, 20.0]), "warning"),  # very uneven
        (net([100.0] * 3, kind="convolution"), "warning"),  # 0…255
        (net([100.0] * 3, losses=FLAT), "error"),
        (net([5e4, 40.0, 1.0]), "warning"),
        (net([5e4, 40.0], kind="embedding"), None),
        (net([5e4, 40.0], reached=False), None),
        (net([np.nan, 1.0]), None),
    ],
)
def test_by_size(made, severity):
    assert build.severities(RULE, made) == ([severity] if severity else [])


def test_where_there_are_too_many_features_to_tell_apart():
    wide = build.values((32, 9000), low=0.0, high=255.0, mean=80.0, std=60.0)
    record = build.record(layers=(build.layer(0, input=wide), build.layer(1)))
    (finding,) = build.found(RULE, record)
    assert finding.evidence["largest"] == pytest.approx(100.0)


def test_a_norm_layer_takes_the_input_first():
    # then no linear layer takes it
    assert build.found(RULE, build.record()) == []


def test_advice():
    (finding,) = build.found(RULE, net([60.0] * 3, kind="convolution"))
    assert "x.float() / 255" in finding.advice
    (finding,) = build.found(RULE, net([5e4, 40.0]))
    assert "(x - mean) / std" in finding.advice
    assert "feature 0" in finding.title


@pytest.mark.parametrize(
    ("way", "severity"),
    [(("relu",), "error"), (("batch_norm", "relu"), "info"), (("relu", "batch_norm"), "error")],
)
def test_a_norm_right_behind_cancels_the_size(way, severity):
    made = net([100.0] * 3, kind="convolution", losses=FLAT)
    made = replace(made, layers=(made.layers[0], build.layer(1, way)))
    assert build.severities(RULE, made) == [severity]
