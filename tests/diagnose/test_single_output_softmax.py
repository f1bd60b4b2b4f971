"""single-output-softmax: a constant for an answer."""

from __future__ import annotations

import pytest
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


def test_advice():
    made = build.keras("binary_cross_entropy", ("softmax",), output=ONE, target=LABELS)
    (finding,) = build.found(RULE, build.record(made))
    assert 'activation="sigmoid"' in finding.advice
    made = build.objective("mse_loss", ("softmax",), output=ONE, target=LABELS)
    (finding,) = build.found(RULE, build.record(made))
    assert "nn.Sigmoid()" in finding.advice
