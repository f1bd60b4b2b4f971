"""repeated-activation: harmless twice, harmful where the first halves the second's range."""

from __future__ import annotations

import pytest
import recording_builders as make
import structure_builders as build

RULE = "repeated-activation"


@pytest.mark.parametrize(
    ("way", "severity"),
    [
        (("relu",), None),
        (("relu", "relu"), "warning"),
        (("relu", "dropout", "relu"), "info"),
        (("relu", "max_pool", "dropout", "relu"), "info"),
        (("relu", "sigmoid"), "warning"),
        (("sigmoid", "sigmoid"), "warning"),
        (("relu", "tanh"), "warning"),
        (("tanh", "sigmoid"), "info"),
        (("leaky_relu", "sigmoid"), "info"),
        (("relu", "add", "relu"), None),  # a residual block
        (("relu", "batch_norm", "relu"), None),
        (("softplus", "tanh", "product"), None),  # mish
        (("relu", "softmax"), None),
        (("tanh", "scale", "tanh"), None),
    ],
)
def test_table(way, severity):
    record = build.record(layers=(build.layer(0), build.layer(1, way), build.layer(2)))
    assert build.severities(RULE, record) == ([severity] if severity else [])


@pytest.mark.parametrize(("path", "count"), [("fc0", 0), ("act", 1)])
def test_steps_of_a_recurrent_layer_are_none(path, count):
    rnn = build.layer(0, kind="recurrent")
    last = build.layer(1, ("add", "relu", "stack", "relu"))
    record = build.record(layers=(rnn, last), sites=(make.site(path, activation="relu"),))
    assert len(build.found(RULE, record)) == count


def test_each_pair_is_told_once():
    layers = (build.layer(0), *(build.layer(i, ("relu", "relu")) for i in range(1, 9)))
    assert len(build.found(RULE, build.record(layers=layers))) == 1


def test_a_site_outside_of_every_module_and_function_is_named_by_its_line():
    site = make.site("<script>", activation="sigmoid")
    layers = (build.layer(0), build.layer(1, ("sigmoid", "sigmoid")))
    (finding,) = build.found(RULE, build.record(layers=layers, sites=(site,)))
    assert f"at sigmoid (line {site.line})," in finding.advice
