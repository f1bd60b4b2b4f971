"""duplicate-units: alike at the start, and alike at the end."""

from __future__ import annotations

from dataclasses import replace

import pytest
import recording_builders as make

from halfwave.diagnose import diagnose
from halfwave.recording.facts import Layer

FLAT = (make.loss([2.3] * 200),)


def weight(distinct, first=None, shape=(32, 20), **changes):
    made = make.parameter("fc.weight", shape=shape)
    first = distinct if first is None else first
    return replace(made, distinct_rows=distinct, first_distinct_rows=first, **changes)


def found(*parameters, **changes):
    record = make.recording(parameters=parameters, **changes)
    return diagnose(record, select=["duplicate-units"])


@pytest.mark.parametrize(
    ("parameter", "severity"),
    [
        (weight(20), None),  # as many as the narrower side has: all differ
        (weight(11), None),
        (weight(10), "warning"),
        (weight(3), "warning"),
        (weight(2), "error"),
        (weight(1), "error"),
        (weight(0), "error"),  # nothing but 0
        (weight(1, shape=(2, 8)), "error"),
        (weight(20, first=1), None),  # became different: a start at 0 of an adapter
        (weight(2, first=20), None),  # became alike: not by its start
        (weight(1, shape=(1, 20)), None),  # one unit
        (weight(2, shape=(32, 1)), None),  # a single weight each knows two directions
        (weight(1, trainable=False), None),
        (weight(1, used=False), None),
        (replace(weight(1), distinct_rows=None), None),
    ],
)
def test_shares(parameter, severity):
    findings = found(parameter, losses=FLAT)
    assert [f.severity for f in findings] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("layer", "shape", "distinct", "count"),
    [
        (Layer(0, "fc", "embedding", "fc.weight", shape=(8, 20)), (32, 20), 1, 0),
        (Layer(0, "fc", "linear", "fc.weight", shape=(8, 32)), (32, 20), 12, 1),
        (Layer(0, "fc", "convolution", "fc.weight", shape=(8, 16, 9, 9)), (16, 1, 3, 3), 1, 1),
        # a transposed one has its units second
        (Layer(0, "fc", "convolution", "fc.weight", shape=(8, 1, 9, 9)), (16, 1, 3, 3), 1, 0),
    ],
)
def test_the_layer_tells_how_many_units_there_are(layer, shape, distinct, count):
    assert len(found(weight(distinct, shape=shape), layers=(layer,))) == count


def test_two_models_of_one_name_tell_nothing():
    layer = Layer(0, "0", "linear", "fc.weight", shape=(8, 32))
    assert found(weight(12), weight(12), layers=(layer, layer)) == ()


def test_says_where_and_what():
    layer = Layer(0, "fc", "linear", "fc.weight", f"{make.FOLDER}/train.py", 12, shape=(8, 32))
    (finding,) = found(weight(1), layers=(layer,), sites=())
    assert finding.where == "train.py:12"
    assert "all the same weights" in finding.title
    assert "nn.init.constant_" in finding.advice


def test_explains_the_flat_loss():
    record = make.recording(parameters=(weight(1),), losses=FLAT)
    causes = {f.rule: f.cause for f in diagnose(record)}
    assert causes["loss-not-decreasing"] == "duplicate-units"
