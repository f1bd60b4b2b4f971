"""dropout-too-high: by the rate, and by what the run came to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make
import structure_builders as build

from halfwave.diagnose import diagnose

RULE = "dropout-too-high"


def record(rate, *, accuracy, **calls):
    drop = replace(make.switch("drop", **{"training_on": 20, **calls}), rate=rate, line=12)
    made = build.objective(training=build.course(2.0, accuracy=accuracy))
    return build.record(made, switches=(drop,))


@pytest.mark.parametrize(
    ("rate", "accuracy", "severity"),
    [
        (0.95, 0.12, "error"),
        (0.8, 0.5, "warning"),
        (0.95, 0.95, None),  # it did well
        (0.5, 0.12, None),
        (1.0, 0.12, None),  # nothing is left at all: others tell of what follows
        (np.nan, 0.12, None),
    ],
)
def test_rates(rate, accuracy, severity):
    made = record(rate, accuracy=accuracy)
    assert build.severities(RULE, made) == ([severity] if severity else [])


def test_one_that_is_off_in_training_does_nothing():
    made = record(0.95, accuracy=0.12, training_on=0, training_off=20)
    assert build.severities(RULE, made) == []


def test_it_explains_a_plateau():
    guess = np.log(10)
    made = replace(
        record(0.95, accuracy=0.1),
        losses=(make.loss(np.full(200, guess)),),
        objectives=(build.objective(training=build.course(guess, accuracy=0.1)),),
    )
    causes = {finding.rule: finding.cause for finding in diagnose(made)}
    assert causes[RULE] == ""
    assert causes["plateau-from-start"] == RULE
