"""penalty-too-strong: weights that shrink, and nothing learnt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make
import structure_builders as build

from halfwave.diagnose import diagnose

RULE = "penalty-too-strong"
GUESS = np.log(10)
FLAT = np.full(200, GUESS)
BESIDE = GUESS + 1000 * np.exp(-np.arange(200) / 20)  # a penalty that falls away
ENDS = GUESS * np.linspace(1, 0.2, 200)


def record(to, values=FLAT, *, decay=0.0, function="cross_entropy", start=4.0):
    weights = tuple(
        make.parameter(f"fc{i}.weight", order=i, norm=np.geomspace(start, start * to, 200))
        for i in range(3)
    )
    made = build.objective(function, training=build.course(GUESS), parameters={"reduction": "mean"})
    optimizer = replace(make.optimizer(), settings={"lr": 0.1, "weight_decay": decay})
    losses = (make.loss(values),)
    return build.record(made, parameters=weights, losses=losses, optimizers=(optimizer,))


@pytest.mark.parametrize(
    ("made", "severity"),
    [
        (record(0.4, decay=10.0), "error"),
        (record(0.6), None),
        (record(0.6, decay=10.0), "warning"),  # all of a weight in a step
        (record(0.4, ENDS), None),  # it learns
        (record(0.4, BESIDE), "error"),
        (record(0.4), "warning"),  # the reason was not seen
        (record(2.0, BESIDE, decay=10.0), None),
        (record(0.1, start=1e-5, decay=10.0), None),  # they began at 0
        (record(0.4, function="triplet_margin_loss"), "warning"),  # no guess: the loss is flat
        (record(0.4, ENDS, function="triplet_margin_loss"), None),
        (record(np.nan, decay=10.0), None),
    ],
)
def test_table(made, severity):
    assert build.severities(RULE, made) == ([severity] if severity else [])


def test_names_what_presses():
    (finding,) = build.found(RULE, record(0.4, decay=10.0))
    assert "weight_decay=10 of SGD" in finding.title
    assert "from 10 to 1e-4" in finding.advice
    (finding,) = build.found(RULE, record(0.4, BESIDE))
    assert "a penalty, 100% of the loss at the start" in finding.title


def test_it_is_the_cause_of_a_flat_loss():
    causes = {f.rule: f.cause for f in diagnose(record(0.01, decay=10.0))}
    assert causes["plateau-from-start"] == RULE


@pytest.mark.parametrize(
    ("decay", "accuracy", "name", "severity"),
    [
        (0.2, 0.6, "SGD", "warning"),  # at a rate of 0.1: 2 % a step
        (0.2, 0.6, "AdamW#2", "warning"),
        (0.2, 0.95, "SGD", None),
        (0.2, 0.6, "Adam", None),  # added to the gradient, which Adam divides
        (0.05, 0.6, "SGD", None),
    ],
)
def test_decay_that_takes_what_is_learnt(decay, accuracy, name, severity):
    made = build.objective(training=build.course(1.0, accuracy=accuracy))
    optimizer = replace(make.optimizer(), name=name, settings={"weight_decay": decay})
    run = build.record(
        made,
        optimizers=(optimizer,),
        rates=(make.rate(0.1),),
        losses=(make.loss(ENDS),),
        parameters=(make.parameter(norm=np.geomspace(4.0, 3.0, 200)),),
    )
    assert build.severities(RULE, run) == ([severity] if severity else [])
