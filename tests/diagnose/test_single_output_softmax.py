"""single-output-softmax: a constant for an answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make
import structure_builders as build

RULE = "single-output-softmax"
ONE = build.values((32, 1), low=1.0, high=1.0, mean=1.0, std=0.0)
LABELS = build.labels(2, (32, 1))


@pytest.mark.parametrize(
    ("made", "severity"),
    [
        (build.keras("binary_cross_entropy", ("softmax",), output=ONE, target=LABELS), "error"),
        (build.objective("mse_loss", ("softmax",), output=ONE, target=LABELS), "error"),
        (build.objective("nll_loss", ("log_softmax",), output=build.values((32, 1))), "error"),
        (build.keras("binary_cross_entropy", links=(), output=ONE, target=LABELS), "error"),
        (build.objective("mse_loss", ("sigmoid",), output=ONE, target=LABELS), None),
        (build.objective("cross_entropy", ("softmax",)), None),  # ten outputs
        # squeezed: it may have run over classes that are gone
        (build.objective("mse_loss", ("softmax",), output=build.probabilities((32,))), None),
        (build.objective("mse_loss", ("softmax", "product"), output=ONE, target=LABELS), None),
    ],
)
def test_table(made, severity):
    record = build.record(made)
    assert build.severities(RULE, record) == ([severity] if severity else [])


def _attention(**changes):
    seen = make.unit_statistics(1, total=np.full(1, 6400.0), absmax=np.ones(1))
    given = {"activation": "softmax", "role": "gate", "judged": False, "shape": (32, 12, 1)}
    given |= {"parameters": {"dim": -1}, "units": 1, "training": seen, "producer": "score"}
    return make.site("net", **(given | changes))


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, True),
        ({"parameters": {"dim": 2}}, True),
        ({"producer": None}, False),  # scores of queries and keys: a single key
        ({"shape": (32, 1)}, False),  # no other positions to share among
        ({"shape": (32, 1, 12), "parameters": {"dim": 2}}, False),
        ({"training": make.unit_statistics(1)}, False),  # it varies
        ({"activation": "sigmoid"}, False),
    ],
)
def test_a_share_of_one_inside_the_network(changes, found):
    record = replace(build.record(build.objective()), sites=(_attention(**changes),))
    assert build.severities(RULE, record) == (["warning"] if found else [])


def test_advice():
    made = build.keras("binary_cross_entropy", ("softmax",), output=ONE, target=LABELS)
    (finding,) = build.found(RULE, build.record(made))
    assert 'activation="sigmoid"' in finding.advice
    made = build.objective("mse_loss", ("softmax",), output=ONE, target=LABELS)
    (finding,) = build.found(RULE, build.record(made))
    assert "nn.Sigmoid()" in finding.advice
