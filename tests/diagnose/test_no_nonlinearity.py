"""no-nonlinearity: networks without an activation, not every pair of layers."""

from __future__ import annotations

from dataclasses import replace

import pytest
import recording_builders as make
import structure_builders as build

from halfwave.recording.facts import Link
from halfwave.recording.model import Unobserved

RULE = "no-nonlinearity"


def chain(*ways, **changes):
    """A network with these ways between its layers, and no other site than its output."""
    layers = (build.layer(0), *(build.layer(i + 1, way) for i, way in enumerate(ways)))
    made = {
        "layers": layers,
        "objectives": (build.objective(links=(Link(len(ways), ()),)),),
        "sites": (),
        "parameters": build.weights(len(layers)),
        **changes,
    }
    return build.record(**made)


@pytest.mark.parametrize(
    ("ways", "severity"),
    [
        ([(), ()], "error"),
        ([("dropout",), ("batch_norm",)], "error"),
        ([("avg_pool",), ("scale", "add")], "error"),
        ([()], "error"),
        ([], None),  # linear or logistic regression
        ([("relu",), ("relu",)], None),
        ([("relu",), ()], "info"),
        ([("layer_norm",), ()], "info"),
        ([("relu",), ("add",)], None),  # the end of a residual branch
        ([("max_pool",), ("max_pool",)], "warning"),
        ([("product",), ("product",)], None),
        ([("function",), ("function",)], None),  # not known
    ],
)
def test_by_what_stands_between(ways, severity):
    assert build.severities(RULE, chain(*ways)) == ([severity] if severity else [])


def test_milder_where_a_line_will_do():
    fits = build.objective("mse_loss", target=build.values(), training=build.course(0.01))
    assert build.severities(RULE, chain((), (), objectives=(fits,))) == ["warning"]


@pytest.mark.parametrize(
    "change",
    [
        {"sites": (make.site(),)},  # an activation that no link shows
        {"unobserved": (Unobserved("a compiled graph", "", "it was compiled"),)},
    ],
)
def test_never_more_than_info_where_something_may_bend(change):
    assert set(build.severities(RULE, chain((), (), **change))) <= {"info"}


def test_a_bottleneck_is_there_for_a_reason():
    wide, narrow = (32, 64), (32, 4)
    layers = (build.layer(0, shape=narrow), build.layer(1, (), shape=wide))
    parameters = (
        make.parameter("fc0.weight", shape=(4, 64)),
        make.parameter("fc1.weight", shape=(64, 4)),
    )
    record = chain(layers=layers, parameters=parameters)
    assert build.found(RULE, record) == []
    # as wide in the middle as at its ends: nothing is gained
    layers = (replace(layers[0], shape=wide), layers[1])
    assert build.severities(RULE, replace(record, layers=layers)) == ["error"]


def test_recurrent_layers_bend():
    record = chain((), ())
    layers = (replace(record.layers[0], kind="recurrent"), *record.layers[1:])
    assert build.severities(RULE, replace(record, layers=layers)) == ["info"]


def test_a_dot_product_of_two_towers_bends():
    towers = build.objective(links=(Link(1, ("product", "sum")), Link(0, ("product", "sum"))))
    assert build.severities(RULE, chain((), objectives=(towers,))) == []


def test_what_feeds_others_too_is_no_pair():
    """The stream of a residual network: a block reads it, and it goes on beside the block."""
    stream = (build.layer(0), build.layer(1, ()), build.layer(2, links=(Link(1, ("relu",)),)))
    record = chain((), ("relu",), layers=stream)
    assert build.severities(RULE, record) == ["info"]
    after = replace(stream[2], links=(Link(1, ("relu", "add")), Link(0, ("add",))))
    assert build.severities(RULE, replace(record, layers=(*stream[:2], after))) == []


def test_what_is_divided_by_its_own_size_bends():
    assert build.severities(RULE, chain(("div",), ())) == ["info"]


def test_names_and_advice():
    (finding,) = build.found(RULE, chain((), ()))
    assert "fc0 → fc1 and fc1 → fc2" in finding.title
    assert finding.where == "train.py:20"
    assert "F.relu" in finding.advice
    (finding,) = build.found(RULE, chain((), (), objectives=(build.keras("mse_loss"),)))
    assert 'Dense(…, activation="relu")' in finding.advice


def test_an_activation_whose_result_nothing_takes_bends_nothing():
    rows = make.site_samples(grad_rms=float("nan"))
    unused = tuple(make.site(f"act{i}", order=i, call="F.relu", samples=rows) for i in range(3))
    (finding,) = build.found(RULE, chain((), (), sites=unused))
    assert finding.severity == "error"
    assert "result of F.relu at train.py:31, which nothing takes" in finding.advice
    assert "2 more are unused" in finding.advice
