"""relu-before-loss: harmless for counts, not for what needs both signs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import recording_builders as make
import structure_builders as build

from halfwave.diagnose import diagnose

RULE = "relu-before-loss"
COLUMN = (32, 1)


def numbers(function="mse_loss", way=("relu",), **target):
    wanted = build.values(COLUMN, **target)
    return build.objective(function, way, output=build.values(COLUMN, low=0.0), target=wanted)


@pytest.mark.parametrize(
    ("made", "severity"),
    [
        (numbers(), "error"),  # standardised targets
        (numbers(way=("relu", "dropout")), "error"),
        (numbers(way=("softplus",)), "error"),
        (numbers("smooth_l1_loss"), "error"),
        (numbers(low=-2.0, high=60.0, mean=30.0, std=12.0), "warning"),  # a few below 0
        (numbers(low=-0.1, high=60.0, mean=30.0, std=12.0), None),  # noise about 0
        (numbers(low=0.0, high=9.0, mean=3.0, std=2.0, integral=True), None),  # counts
        (numbers(way=("leaky_relu",)), None),
        (numbers(way=("relu", "add")), None),
        (numbers(way=()), None),
        (numbers("hinge_embedding_loss"), None),  # a distance
    ],
)
def test_numbers(made, severity):
    assert build.severities(RULE, build.record(made)) == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("function", "way", "severity"),
    [
        ("cross_entropy", ("relu",), "warning"),
        ("cross_entropy", ("relu", "avg_pool"), "info"),  # SqueezeNet
        ("cross_entropy", ("relu", "log_softmax"), "warning"),
        ("cross_entropy", ("softplus",), "info"),  # it never shuts
        ("binary_cross_entropy_with_logits", ("softplus",), "error"),
        ("nll_loss", ("relu", "log_softmax"), "warning"),
        ("nll_loss", ("relu",), "error"),
        ("binary_cross_entropy_with_logits", ("relu",), "error"),
        ("binary_cross_entropy", ("relu", "sigmoid"), "error"),
        ("binary_cross_entropy", ("relu",), "error"),
        ("categorical_cross_entropy", ("relu",), "error"),
        ("cross_entropy", ("gelu",), None),
        ("cross_entropy", ("relu", "scale"), None),
        ("nll_loss", ("log_softmax",), None),
        ("binary_cross_entropy", ("tanh", "sigmoid"), None),
    ],
)
def test_classes(function, way, severity):
    record = build.record(build.objective(function, way))
    assert build.severities(RULE, record) == ([severity] if severity else [])


def test_milder_where_the_run_did_well():
    well = build.objective(
        "binary_cross_entropy_with_logits", ("relu",), training=build.course(0.1, accuracy=0.99)
    )
    assert build.severities(RULE, build.record(well)) == ["warning"]


def test_the_loss_that_gets_no_probabilities_is_its_consequence():
    made = build.keras("binary_cross_entropy", ("relu",), output=build.values(COLUMN, low=0.0))
    findings = diagnose(build.record(made))
    assert [(f.rule, f.cause) for f in findings] == [(RULE, ""), ("loss-output-mismatch", RULE)]
    assert 'activation="sigmoid"' in findings[0].advice


def test_place():
    last = make.site("act", order=9, call="F.relu", role="output", line=33)
    (finding,) = build.found(RULE, build.record(numbers(), sites=(last,)))
    assert finding.where == "train.py:33"
    assert "F.relu at train.py:33" in finding.advice
    assert finding.evidence["target_low"] == -3.0


def _ends(*activations: str, producer: str = "head", **changes: Any) -> tuple[Any, ...]:
    return tuple(
        replace(
            make.site(f"end{order}", order=order, activation=name, role="output"),
            producer=producer,
            **changes,
        )
        for order, name in enumerate(activations)
    )


@pytest.mark.parametrize(
    ("sites", "count"),
    [
        (_ends("relu", "softmax"), 1),
        (_ends("relu", "log_softmax"), 1),
        (_ends("softmax", "relu"), 0),
        (_ends("leaky_relu", "softmax"), 0),
        (_ends("relu", "softmax", producer=""), 0),  # nothing says that they belong together
        ((_ends("relu")[0], replace(_ends("relu", "softmax")[1], shape=(32, 3))), 0),
        ((_ends("relu")[0], replace(_ends("relu", "softmax")[1], producer="other")), 0),
        ((replace(_ends("relu")[0], role="hidden"), _ends("relu", "softmax")[1]), 0),
    ],
)
def test_a_loss_that_nobody_knows(sites: tuple[Any, ...], count: int) -> None:
    record = make.recording(sites=sites)
    assert build.severities(RULE, record) == ["warning"] * count


def test_of_a_line_that_hidden_layers_share_only_the_last_is_meant() -> None:
    last, softmax = _ends("relu", "softmax")
    hidden = replace(make.site("hidden", order=7), line=last.line)
    (finding,) = build.found(RULE, make.recording(sites=(hidden, last, softmax)))
    assert "train.py:31, of the last layer only, out" in finding.advice
    for others in ((), (replace(hidden, activation="tanh"),)):
        (finding,) = build.found(RULE, make.recording(sites=(*others, last, softmax)))
        assert "of the last layer only" not in finding.advice
