"""loss-output-mismatch: what losses take, and what they got."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make
import structure_builders as build

from halfwave.diagnose import diagnose

RULE = "loss-output-mismatch"
ONE = (32, 1)
BCE, LOGITS = "binary_cross_entropy", "binary_cross_entropy_with_logits"
SPARSE, SHARES = "sparse_categorical_cross_entropy", "categorical_cross_entropy"

SIGMOIDS = build.probabilities(row_sum_low=2.0, row_sum_high=7.0)
BINARY = build.labels(2, ONE)


def torch_(function, way=(), output=None, target=None, **changes):
    return build.objective(
        function,
        way,
        output=output if output is not None else build.values(),
        target=target if target is not None else build.labels(),
        **changes,
    )


def keras(function, *args, **changes):
    return replace(torch_(function, *args, **changes), call=f"keras.losses.{function}")


LOG = build.values(low=-9.0, high=-0.01, mean=-3.0, row_sum_low=-60.0, row_sum_high=-20.0)
SEVERAL = build.one_hot(row_sum_low=0.0, row_sum_high=3.0)

SOUND = [
    torch_("cross_entropy"),
    torch_("cross_entropy", target=build.one_hot(), unit_mapped=True),
    torch_("cross_entropy", target=build.probabilities()),  # soft labels
    torch_("cross_entropy", target=build.labels(3)),
    torch_("cross_entropy", target=build.labels(10, low=-100.0)),  # ignored ones
    torch_("cross_entropy", target=build.labels(10, high=255.0), parameters={"ignore_index": 255}),
    torch_("nll_loss", ("log_softmax",), LOG),
    torch_("nll_loss", ("softmax", "log"), LOG),
    torch_("nll_loss", ("log_softmax", "product"), build.values()),  # weighted by a return
    torch_("kl_div", ("log_softmax",), LOG, build.probabilities()),
    torch_("kl_div", ("scale", "log_softmax"), LOG, build.probabilities()),  # distillation
    torch_(BCE, ("sigmoid",), build.probabilities(ONE), BINARY),
    torch_(BCE, ("sigmoid",), build.probabilities((32, 784)), build.probabilities((32, 784))),
    torch_(BCE, ("sigmoid",), build.probabilities(ONE), build.labels(2, ONE, high=0.9)),
    torch_(BCE, ("sigmoid", "product", "mean"), build.probabilities(ONE), BINARY),
    torch_(BCE, ("sigmoid",), SIGMOIDS, build.one_hot(), unit_mapped=True),  # one against the rest
    torch_(BCE, ("softmax",), build.probabilities((32, 2)), build.one_hot(2), unit_mapped=True),
    torch_(LOGITS, (), build.values(ONE), BINARY),
    torch_(LOGITS, (), build.values(), SEVERAL),
    torch_("soft_margin_loss", (), build.values(ONE), build.labels(2, ONE, low=-1.0)),
    torch_("poisson_nll_loss", (), build.values(ONE), build.labels(9, ONE)),
    torch_("poisson_nll_loss", ("softplus",), parameters={"log_input": False}),
    torch_("mse_loss", (), build.values(ONE), build.values(ONE)),
    torch_("cross_entropy", ("tanh", "scale")),  # soft capping
    keras(SPARSE, ("softmax",), build.probabilities(), build.labels(10, ONE)),
    keras(SHARES, ("softmax",), build.probabilities(), build.one_hot()),
    keras("hinge", ("tanh",), build.values(ONE), BINARY),  # Keras maps 0/1 itself
    keras("poisson", ("exponential",), build.values(ONE, low=0.1), build.labels(9, ONE)),
    keras("cross_entropy", (), build.values(), build.labels(10, ONE)),  # from_logits
]

WRONG = [
    (torch_("cross_entropy", (), build.values(ONE), build.labels(2)), "error", "single output"),
    (keras(SHARES, ("sigmoid",), build.probabilities(ONE), BINARY), "error", "single output"),
    (torch_("nll_loss"), "error", "log-probabilities"),
    (torch_("nll_loss", ("softmax",), build.probabilities()), "error", "got probabilities"),
    (torch_("kl_div", ("softmax",), build.probabilities()), "error", "got probabilities"),
    (keras(BCE, (), build.values(ONE), BINARY), "error", "without activation"),
    # as yet within 0…1, but nothing keeps it there
    (keras(BCE, (), build.probabilities(ONE), BINARY), "error", "without activation"),
    (keras(SHARES, ("tanh",), build.values(), build.one_hot()), "error", "with tanh last"),
    (keras(SPARSE, ("relu",), build.values(low=0.0)), "error", "with relu last"),
    (keras(SHARES, ("sigmoid",), SIGMOIDS, build.one_hot()), "warning", "rows sum to"),
    (torch_("cross_entropy", ("sigmoid",), SIGMOIDS), "error", "sigmoid keeps them in 0…1"),
    (torch_("cross_entropy", ("tanh",)), "warning", "tanh keeps them in -1…1"),
    (torch_(LOGITS, ("tanh",), build.values(ONE), BINARY), "warning", "cannot fall below 0.313"),
    (torch_("cross_entropy", target=build.labels(10, low=1.0, high=10.0)), "error", "1 to 10"),
    (keras(SPARSE, ("softmax",), build.probabilities(), build.labels(11, ONE)), "error", "0…9"),
    (torch_(LOGITS, (), build.values(ONE), build.labels(10, ONE)), "error", "0 to 9"),
    (torch_(LOGITS, (), build.values(ONE), build.labels(2, ONE, low=-1.0)), "error", "-1 to 1"),
    (torch_(BCE, ("sigmoid",), build.probabilities(ONE), build.values(ONE)), "error", "-3 to 3"),
    (torch_("soft_margin_loss", (), build.values(ONE), BINARY), "error", "takes labels −1 and 1"),
    (
        torch_(BCE, ("softmax",), build.probabilities(), build.one_hot(), unit_mapped=True),
        "warning",
        "10 classes one by one",
    ),
    (torch_("cross_entropy", target=SEVERAL), "warning", "up to 3 at once"),
    (torch_("poisson_nll_loss", target=build.values(ONE)), "error", "takes counts"),
    (torch_("poisson_nll_loss", ("softplus",), parameters={"log_input": True}), "warning", "rate"),
    (keras("poisson", (), build.values(ONE), build.labels(9, ONE)), "error", "takes a rate"),
]


@pytest.mark.parametrize("made", SOUND)
def test_sound_pairs(made):
    assert build.found(RULE, build.record(made)) == []


@pytest.mark.parametrize(("made", "severity", "words"), WRONG)
def test_wrong_pairs(made, severity, words):
    (finding,) = build.found(RULE, build.record(made))
    assert finding.severity == severity
    assert words in finding.title
    assert finding.where == "train.py:45"


@pytest.mark.parametrize(("made", "severity", "words"), WRONG)
def test_only_where_it_trains(made, severity, words):
    assert build.found(RULE, build.record(replace(made, reached=False))) == [], (severity, words)


@pytest.mark.parametrize(
    ("target", "advice"),
    [
        (build.labels(2, ONE, low=-1.0), "(y + 1) / 2"),
        (build.labels(2, ONE, low=1.0, high=2.0), "y - 1"),
        (build.labels(10, ONE), "nn.CrossEntropyLoss()"),
        (build.values(ONE), "nn.MSELoss()"),
    ],
)
def test_advice_for_targets(target, advice):
    (finding,) = build.found(RULE, build.record(torch_(LOGITS, (), build.values(ONE), target)))
    assert advice in finding.advice


@pytest.mark.parametrize(
    ("low", "high", "severity"),
    [
        (0.0, 1.0, None),
        (0.0, 1.05, "info"),  # noise on the labels of a GAN
        (0.7, 1.2, "info"),
        (-0.3, 1.0, "error"),
        (0.0, 1.3, "error"),
    ],
)
def test_noisy_labels(low, high, severity):
    target = build.values(ONE, low=low, high=high)
    made = build.record(torch_(LOGITS, (), build.values(ONE), target))
    assert build.severities(RULE, made) == ([severity] if severity else [])


def test_advice_in_the_users_words():
    made = (BCE, (), build.values(ONE), BINARY)
    (torch_finding,) = build.found(RULE, build.record(torch_(*made)))
    (keras_finding,) = build.found(RULE, build.record(keras(*made)))
    assert "nn.BCEWithLogitsLoss()" in torch_finding.advice
    assert 'Dense(…, activation="sigmoid")' in keras_finding.advice
    assert "BinaryCrossentropy(from_logits=True)" in keras_finding.advice


@pytest.mark.parametrize(
    ("what", "advice"), [("input", "nn.BCEWithLogitsLoss()"), ("target", "two labels to 0 and 1")]
)
def test_what_torch_refused(what, advice):
    said = f"RuntimeError: all elements of {what} should be between 0 and 1"
    info = replace(make.recording().info, state="failed", error=said)
    record = replace(build.record(), info=info, objectives=())
    (finding,) = build.found(RULE, record)
    assert finding.severity == "error"
    assert advice in finding.advice


def test_what_torch_refused_was_no_number():
    said = "RuntimeError: all elements of input should be between 0 and 1"
    info = replace(make.recording().info, state="failed", error=said)
    samples = make.site_samples(2, nonfinite=32.0, input_nonfinite=32.0)
    site = make.site(activation="sigmoid", role="output", samples=samples)
    record = replace(build.record(), info=info, objectives=(), losses=(), sites=(site,))
    findings = diagnose(record, select=[RULE, "non-finite"])
    assert [(f.rule, f.severity) for f in findings] == [("non-finite", "error")]


def test_it_is_the_cause_of_a_flat_loss():
    flat = make.loss(np.full(200, 2.2))
    findings = diagnose(build.record(torch_("cross_entropy", ("sigmoid",)), losses=(flat,)))
    assert [f.cause for f in findings if f.rule == "loss-not-decreasing"] == [RULE]
