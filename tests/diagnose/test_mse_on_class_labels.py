"""mse-on-class-labels: classes told from counts, ages and a GAN's labels."""

from __future__ import annotations

import pytest
import structure_builders as build

RULE = "mse-on-class-labels"
ONE = (32, 1)


def numbers(target, way=(), function="mse_loss", **changes):
    output = build.values(ONE)
    return build.objective(function, way, output=output, target=target, **changes)


@pytest.mark.parametrize(
    ("target", "severity"),
    [
        (build.labels(10, ONE), "warning"),
        (build.labels(3), "warning"),
        (build.labels(3, ONE, low=1.0, high=3.0, mean=2.0), "warning"),
        (build.labels(10, ONE, mean=1.2, std=1.1), None),  # counts: few are large
        (build.labels(5, ONE, low=1.0, high=5.0, mean=3.9, std=0.9), None),  # ratings
        (build.labels(64, ONE, low=18.0, high=90.0, distinct=None), None),  # ages
        (build.labels(10, ONE, high=90.0), None),  # gaps between
        (build.values(ONE), None),
        (build.labels(2, ONE), "info"),
        (build.labels(2, ONE, constant_calls=64), None),  # a least-squares GAN
        (build.labels(10, (32, 8)), None),  # several numbers a row
        (build.labels(3, (3,), low=1.0, high=3.0, mean=2.0), None),  # 1, 2, 3: a line to fit
        (build.labels(16, (16, 1), std=4.5), "warning"),  # as many, but not each once
    ],
)
def test_single_outputs(target, severity):
    assert build.severities(RULE, build.record(numbers(target))) == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({"unit_mapped": True}, "warning"),
        ({"unit_mapped": False}, None),  # several at once
        ({"unit_mapped": True, "target": build.probabilities()}, None),  # shares
        ({"unit_mapped": True, "reached": False}, None),
        ({"unit_mapped": True, "function": "l1_loss"}, "warning"),
    ],
)
def test_one_hot(changes, severity):
    function = changes.pop("function", "mse_loss")
    made = build.objective(function, **{"target": build.one_hot(), **changes})
    assert build.severities(RULE, build.record(made)) == ([severity] if severity else [])


def test_labels_0_and_1_by_what_was_learnt():
    stuck = numbers(build.labels(2, ONE), ("sigmoid",), training=build.course(0.25))
    learnt = numbers(build.labels(2, ONE), ("sigmoid",), training=build.course(0.02))
    assert build.severities(RULE, build.record(stuck)) == ["warning"]
    assert build.severities(RULE, build.record(learnt)) == ["info"]
    critic = numbers(build.labels(2, ONE), (), training=build.course(0.25))
    assert build.severities(RULE, build.record(critic)) == ["info"]


def test_advice():
    (finding,) = build.found(RULE, build.record(numbers(build.labels(10, ONE))))
    assert "10 outputs" in finding.advice
    made = numbers(build.labels(10, ONE), call="keras.losses.mean_squared_error")
    (finding,) = build.found(RULE, build.record(made))
    assert 'Dense(10, activation="softmax")' in finding.advice


@pytest.mark.parametrize(
    ("low", "mean", "end", "severity"),
    [(1.0, 3.0, 0.15, "info"), (1.0, 3.0, 1.5, "warning"), (0.0, 2.0, 0.15, "warning")],
)
def test_numbers_from_1_on_that_are_predicted_well_are_ratings(low, mean, end, severity):
    target = build.labels(5, ONE, low=low, high=low + 4, mean=mean)
    made = numbers(target, training=build.course(end))
    assert build.severities(RULE, build.record(made)) == [severity]
