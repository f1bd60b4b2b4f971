"""evaluation-in-training-mode: on without gradients, and other reasons for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import recording_builders as make

from halfwave.diagnose import diagnose

LEFT_ON = {"evaluation_on": 4, "evaluation_off": 0}


def found(*switches, **changes):
    record = make.recording(switches=switches, **changes)
    return diagnose(record, select=["evaluation-in-training-mode"])


@pytest.mark.parametrize(
    ("switches", "severity"),
    [
        ((make.switch(),), None),
        ((make.switch(**LEFT_ON),), "warning"),
        ((make.switch("bn", "batch_norm", rate=float("nan"), **LEFT_ON),), "warning"),
        ((make.switch(rate=0.0, **LEFT_ON),), None),  # does nothing in either mode
        ((make.switch(evaluation_on=4),), None),  # both: it was switched
        # Monte Carlo dropout: batch norm was put in evaluation mode, dropout was not
        ((make.switch(**LEFT_ON), make.switch("bn", "batch_norm")), "info"),
        # as many calls without gradients as with: checkpoints, a teacher
        ((make.switch(evaluation_on=20, evaluation_off=0),), "info"),
        ((make.switch(training_on=0, **LEFT_ON),), None),  # never trained
    ],
)
def test_calls(switches, severity):
    assert [f.severity for f in found(*switches)] == ([severity] if severity else [])


def test_a_loss_in_evaluation_tells_that_it_is_one():
    rows = make.objective_samples([1.0, 0.9])
    (finding,) = found(
        make.switch(evaluation_on=20, evaluation_off=0),
        objectives=(make.objective(evaluation=rows),),
    )
    assert finding.severity == "warning"


def test_a_gan_runs_its_generator_without_gradients():
    (finding,) = found(make.switch(**LEFT_ON), optimizers=(make.optimizer(), make.optimizer()))
    assert finding.severity == "info"


def test_says_what_to_call():
    (finding,) = found(make.switch(**LEFT_ON))
    assert "model.eval()" in finding.advice
    assert finding.where == "train.py:33"
    (finding,) = found(make.switch("dropout", **LEFT_ON))
    assert "training=self.training" in finding.advice


def test_a_program_that_never_trains_is_passed_over():
    info = replace(make.recording().info, steps=0)
    assert found(make.switch(**LEFT_ON), info=info) == ()


@pytest.mark.parametrize(
    ("steps", "severity"),
    [
        (1, "info"),  # all at once: Monte Carlo estimates, say
        (2, "warning"),  # again and again, in however many batches
        (99, "warning"),
        (100, "info"),  # beside every second step that was watched
    ],
)
def test_an_evaluation_of_many_batches(steps, severity):
    switch = make.switch(evaluation_on=500, evaluation_off=0, evaluation_steps=steps)
    assert [finding.severity for finding in found(switch)] == [severity]
