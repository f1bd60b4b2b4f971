"""No layers, losses or figures, however odd, make a rule fail; a large model takes no time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import structure_builders as build
from hypothesis import given, settings
from hypothesis import strategies as st
from test_odd_recordings import COUNTS, FIGURES, RECORDINGS, samples

from halfwave.diagnose import diagnose, verdict
from halfwave.diagnose.engine import FAILED_RULE
from halfwave.recording.facts import OBJECTIVE_SAMPLE, Layer, Link, Objective, Switch, Values
from halfwave.recording.model import PARAMETER_SAMPLE

OPERATIONS = st.lists(
    st.sampled_from(
        ["", "relu", "softmax", "sigmoid", "tanh", "log_softmax", "add", "made_up", "max_pool"]
    ),
    max_size=4,
).map(tuple)
LINKS = st.lists(
    st.builds(Link, st.one_of(st.none(), st.integers(-1, 5)), OPERATIONS), max_size=3
).map(tuple)
FUNCTIONS = [
    *("cross_entropy", "nll_loss", "mse_loss", "kl_div", "binary_cross_entropy", "made_up", ""),
    *("binary_cross_entropy_with_logits", "categorical_cross_entropy", "poisson_nll_loss"),
    *("sparse_categorical_cross_entropy", "soft_margin_loss", "hinge"),
]
VALUES = st.builds(
    Values,
    shape=st.lists(st.integers(-1, 40), max_size=4).map(tuple),
    dtype=st.sampled_from(["float32", "int64", ""]),
    calls=COUNTS,
    elements=FIGURES,
    nonfinite=FIGURES,
    low=FIGURES,
    high=FIGURES,
    mean=FIGURES,
    std=FIGURES,
    integral=st.booleans(),
    distinct=st.one_of(st.none(), st.integers(-1, 70)),
    constant_calls=COUNTS,
    row_sum_low=FIGURES,
    row_sum_high=FIGURES,
)
ANY_VALUES = st.one_of(st.none(), VALUES)
ARRAYS = samples(OBJECTIVE_SAMPLE).map(lambda rows: rows["mean"])
LAYERS = st.builds(
    Layer,
    id=st.integers(-1, 5),
    name=st.sampled_from(["", "fc"]),
    kind=st.sampled_from(["linear", "convolution", "embedding", "recurrent", "norm"]),
    weight=st.sampled_from(["", "fc.weight"]),
    order=st.integers(-1, 5),
    shape=st.lists(st.integers(-1, 40), max_size=4).map(tuple),
    links=LINKS,
    reached=st.booleans(),
    rms_in=FIGURES,
    rms_out=FIGURES,
    input=ANY_VALUES,
    feature_mean=ARRAYS,
    feature_std=ARRAYS,
    feature_low=ARRAYS,
    feature_high=ARRAYS,
)
OBJECTIVES = st.builds(
    Objective,
    id=COUNTS,
    function=st.sampled_from(FUNCTIONS),
    call=st.sampled_from(["F.cross_entropy", "keras.losses.mean_squared_error", ""]),
    file=st.sampled_from(["", "train.py"]),
    line=COUNTS,
    output=ANY_VALUES,
    target=ANY_VALUES,
    links=LINKS,
    differentiable=st.booleans(),
    reached=st.sampled_from([True, True, False]),
    unit_mapped=st.booleans(),
    training=samples(OBJECTIVE_SAMPLE),
)
SWITCHES = st.builds(
    Switch,
    id=COUNTS,
    name=st.just("bn"),
    kind=st.sampled_from(["batch_norm", "dropout"]),
    training_on=COUNTS,
    fewest=st.one_of(st.none(), st.integers(-1, 9)),
)


def sound(record):
    findings = diagnose(record)
    assert [f.evidence for f in findings if f.rule == FAILED_RULE] == []
    for finding in findings:
        assert finding.title
        assert "\n" not in finding.title
        assert finding.advice
        assert finding.why
    assert verdict(record, findings)
    return findings


@settings(max_examples=150, deadline=None)
@given(
    RECORDINGS,
    st.lists(LAYERS, max_size=5).map(tuple),
    st.lists(OBJECTIVES, min_size=1, max_size=3).map(tuple),
    st.lists(SWITCHES, max_size=2).map(tuple),
)
def test_arbitrary_structures(record, layers, objectives, switches):
    sound(replace(record, layers=layers, objectives=objectives, switches=switches))


@pytest.mark.parametrize("way", [("relu",), ("sigmoid",), ()])
def test_ten_thousand_layers(way):
    layers = (build.layer(0), *(build.layer(i, way) for i in range(1, 10_000)))
    weights = build.weights(10_000, samples=np.zeros(2, PARAMETER_SAMPLE))
    sound(build.record(layers=layers, parameters=weights))


def test_a_healthy_structure_gives_nothing():
    assert sound(build.record()) == ()
