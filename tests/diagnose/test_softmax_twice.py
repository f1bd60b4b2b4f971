"""softmax-twice: by the operations behind the output, or by its values."""

from __future__ import annotations

import math

import numpy as np
import pytest
import recording_builders as make
import structure_builders as build

from halfwave.diagnose import diagnose

RULE = "softmax-twice"


@pytest.mark.parametrize(
    ("ways", "severity"),
    [
        ([()], None),
        ([("relu",)], None),
        ([("softmax",)], "error"),
        ([("softmax", "dropout")], "error"),
        ([("relu", "softmax"), ("softmax",)], "error"),  # two ways, one end
        ([("softmax",), ()], None),  # on one of two ways only: a mixture
        ([("softmax", "scale")], None),  # a temperature
        ([("softmax", "log")], None),
        ([("softmax", "product")], None),  # attention over the classes
        ([("log_softmax",)], "warning"),
    ],
)
def test_by_the_operations(ways, severity):
    record = build.record(build.objective("cross_entropy", *ways))
    assert build.severities(RULE, record) == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("output", "severity"),
    [
        (build.probabilities(), "error"),
        (build.probabilities(row_sum_high=1.3), None),
        (build.probabilities(low=-0.2), None),
        (build.values(), None),
    ],
)
def test_by_the_values_where_no_operation_was_seen(output, severity):
    record = build.record(build.objective(output=output, links=()))
    assert build.severities(RULE, record) == ([severity] if severity else [])


@pytest.mark.parametrize("changes", [{"reached": False}, {"differentiable": False}])
def test_only_where_it_trains(changes):
    measured = build.objective("cross_entropy", ("softmax",), **changes)
    assert build.severities(RULE, build.record(measured)) == []


def test_other_losses_want_it():
    for function in ("categorical_cross_entropy", "nll_loss", "mse_loss"):
        assert build.severities(RULE, build.record(build.objective(function, ("softmax",)))) == []


def test_floor_and_severity():
    twice = build.objective("cross_entropy", ("softmax",), training=build.course(1.5, accuracy=0.2))
    (finding,) = build.found(RULE, build.record(twice))
    assert finding.severity == "error"
    assert finding.evidence["floor"] == pytest.approx(math.log(1 + 9 / math.e))
    well = build.objective("cross_entropy", ("softmax",), training=build.course(1.5, accuracy=0.97))
    assert build.severities(RULE, build.record(well)) == ["warning"]


def test_place_and_advice_in_the_users_words():
    last = make.site(
        "head.3", order=9, activation="softmax", call="nn.Softmax", role="output", line=12
    )
    record = build.record(build.objective("cross_entropy", ("softmax",)), sites=(last,))
    (finding,) = build.found(RULE, record)
    assert finding.where == "train.py:12"
    assert finding.advice.startswith("Take nn.Softmax (head.3) at train.py:12 out")
    (finding,) = build.found(RULE, build.record(build.keras("cross_entropy", ("softmax",))))
    assert "Dense(…)" in finding.advice
    assert "from_logits=False" in finding.advice
    assert finding.where == "train.py:45"


def test_it_is_the_cause_of_a_flat_loss():
    flat = make.loss(np.full(200, 2.2))
    findings = diagnose(
        build.record(build.objective("cross_entropy", ("softmax",)), losses=(flat,))
    )
    assert [f.cause for f in findings if f.rule == "loss-not-decreasing"] == [RULE]


@pytest.mark.parametrize(
    ("way", "output", "severity"),
    [
        (("sub", "exp", "div"), build.probabilities(), "error"),
        (("exp", "div"), build.probabilities(), "error"),
        (("exp", "div"), build.values(), None),  # no shares
        (("exp",), build.probabilities(), None),
        (("relu", "div"), build.probabilities(), None),
    ],
)
def test_a_softmax_that_is_written_out(way, output, severity):
    record = build.record(build.objective("cross_entropy", way, output=output))
    assert build.severities(RULE, record) == ([severity] if severity else [])
