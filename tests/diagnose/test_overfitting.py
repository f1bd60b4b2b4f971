"""overfitting: evaluation up, training down."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make

from halfwave.diagnose import diagnose

TRAIN = make.objective_samples(np.linspace(2.3, 0.01, 200))
UP = np.r_[np.linspace(2.3, 1.0, 5), np.linspace(1.1, 2.5, 15)]


def found(evaluation, *, training=TRAIN, accuracy=np.nan, **changes):
    rows = make.objective_samples(evaluation, every=10, accuracy=accuracy)
    objectives = (
        make.objective(training=training, **changes),
        make.objective(evaluation=rows, training=TRAIN[:0], **changes),
    )
    return diagnose(make.recording(objectives=objectives), select=["overfitting"])


@pytest.mark.parametrize(
    ("evaluation", "severity"),
    [
        (UP, "warning"),
        (np.linspace(2.3, 0.02, 20), None),
        (np.linspace(2.3, 0.5, 20), "info"),  # apart, and still getting better
        (np.r_[np.linspace(2.3, 1.0, 18), [1.6, 1.6]], "info"),  # at the very end only
        (np.r_[np.linspace(2.3, 1.0, 10), np.full(10, 1.3)], "info"),  # a little
        (UP[:2], None),
        (-UP, None),
    ],
)
def test_courses(evaluation, severity):
    assert [f.severity for f in found(evaluation)] == ([severity] if severity else [])


def test_training_that_does_not_fall_is_not_overfitting():
    assert found(UP, training=make.objective_samples([2.0] * 200)) == ()


def test_training_is_read_off_all_its_steps():
    watched = make.objective_samples(np.linspace(2.3, 1.8, 10))
    rows = make.objective_samples(UP, every=10)
    objectives = (
        make.objective(training=watched),
        make.objective(evaluation=rows, training=TRAIN[:0]),
    )
    for losses, severity in (
        ((make.loss(np.linspace(2.3, 0.01, 200)),), ["warning"]),
        (
            (make.loss(np.linspace(9.9, 0.01, 200)),),
            [],
        ),  # another function: of that nothing is known
    ):
        record = make.recording(objectives=objectives, losses=losses)
        assert [f.severity for f in diagnose(record, select=["overfitting"])] == severity


def test_an_accuracy_that_rises_outweighs_the_loss():
    assert [f.severity for f in found(UP, accuracy=np.linspace(0.1, 0.9, 20))] == ["info"]
    assert [f.severity for f in found(UP, accuracy=0.6)] == ["warning"]


def test_batches_of_one_evaluation_are_one():
    rows = make.objective_samples(np.repeat(UP, 3))
    rows["last_step"] = np.repeat(np.arange(20) * 10, 3)
    objective = replace(make.objective(training=TRAIN), evaluation=rows)
    (finding,) = diagnose(make.recording(objectives=(objective,)), select=["overfitting"])
    assert finding.evidence["lowest_evaluation"] == pytest.approx(1.0)
    assert finding.evidence["at_step"] == 40
    assert "step 40" in finding.advice


def test_sums_over_batches_are_passed_over():
    assert found(UP, parameters={"reduction": "sum"}) == ()
