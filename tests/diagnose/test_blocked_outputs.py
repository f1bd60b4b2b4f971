"""blocked-outputs: shut where the targets are not 0."""

from __future__ import annotations

import pytest
import recording_builders as make
import structure_builders as build

from halfwave.diagnose import diagnose

RULE = "blocked-outputs"
ONE = (32, 1)


def record(share, function="mse_loss", way=("relu",), **target):
    last = make.site("out", role="output", samples=make.site_samples(open=share))
    wanted = build.values(ONE, **target)
    made = build.objective(function, way, output=build.values(ONE, low=0.0), target=wanted)
    return build.record(made, sites=(last,))


COUNTS = {"low": 0.0, "high": 9.0, "mean": 0.5, "std": 1.0, "integral": True}


@pytest.mark.parametrize(
    ("made", "severity"),
    [
        (record(0.0), "error"),
        (record(0.4), "warning"),
        (record(0.9), None),
        (record(0.3, **COUNTS), None),  # most counts are 0
        (record(0.0, **COUNTS), "error"),  # but not all
        (record(0.0, low=0.0, high=0.0, mean=0.0, std=0.0), None),
        (record(0.4, way=("avg_pool", "relu")), "warning"),
        (record(0.4, "cross_entropy"), "warning"),
        (record(0.4, way=("softplus",)), None),  # never shut
        (record(0.4, way=("relu", "add")), None),
    ],
)
def test_table(made, severity):
    assert build.severities(RULE, made) == ([severity] if severity else [])


def test_it_follows_from_the_relu_there():
    findings = {f.rule: f for f in diagnose(record(0.4, way=("avg_pool", "relu")))}
    assert findings[RULE].cause == "relu-before-loss"
    assert "behind the final pooling" in findings[RULE].title


def dropped(rate=0.5, *ways, function="cross_entropy", accuracy=0.4):
    made = build.objective(
        function, *ways, training=build.course(1.0, accuracy=accuracy), target=build.labels()
    )
    return build.record(made, switches=(make.switch("drop", rate=rate),))


@pytest.mark.parametrize(
    ("made", "severity"),
    [
        (dropped(0.5, ("dropout",)), "warning"),
        (dropped(0.95, ("dropout", "softmax")), "warning"),
        (dropped(0.2, ("dropout",)), "info"),
        (dropped(0.5, ("dropout",), accuracy=0.95), "info"),  # it did well all the same
        (dropped(0.5, ("softmax",)), None),
        (dropped(0.5, (), ("dropout",)), None),  # on one way of two
        (dropped(0.5, ("dropout",), function="triplet_margin_loss"), None),  # embeddings
        (dropped(0.0, ("dropout",)), None),
    ],
)
def test_dropout_on_the_outputs(made, severity):
    assert build.severities(RULE, made) == ([severity] if severity else [])


def test_dropout_names_its_line_and_what_it_does():
    (finding,) = build.found(RULE, dropped(0.95, ("dropout",)))
    assert finding.where == "train.py:33"
    assert "20 times as large" in finding.title
