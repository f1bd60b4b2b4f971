"""training-in-evaluation-mode: off throughout, or from some step on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make

from halfwave.diagnose import diagnose

OFF = {"training_on": 0, "training_off": 20, "last_on_step": -1, "last_off_step": 199}
ASLEEP = {"training_on": 10, "training_off": 5, "last_on_step": 40, "last_off_step": 190}


def norm(**calls):
    return make.switch("bn", "batch_norm", rate=float("nan"), **calls)


def found(*switches, **changes):
    record = make.recording(switches=switches, **changes)
    return diagnose(record, select=["training-in-evaluation-mode"])


@pytest.mark.parametrize(
    ("switches", "count"),
    [
        ((make.switch(),), 0),
        ((make.switch(**OFF),), 1),
        ((norm(**OFF), make.switch(**OFF)), 1),
        ((norm(**OFF), make.switch()), 0),  # some are on: a choice
        ((make.switch(**ASLEEP),), 1),
        ((make.switch(**ASLEEP), norm()), 0),
        # gradients of the input, taken in evaluation mode between the steps
        ((make.switch(training_off=20, last_off_step=199),), 0),
        ((make.switch(rate=0.0, **OFF),), 0),
        ((make.switch(training_on=0, training_off=2),), 0),
    ],
)
def test_calls(switches, count):
    assert [f.severity for f in found(*switches)] == ["warning"] * count


def test_names_the_step():
    (finding,) = found(make.switch(**ASLEEP))
    assert "from step 41 on" in finding.title
    assert "model.train()" in finding.advice


@pytest.mark.parametrize(("trainable", "severity"), [(False, "info"), (True, "warning")])
def test_batch_norm_that_is_fixed_on_purpose(trainable, severity):
    scale = replace(make.parameter("bn.weight", shape=(16,)), trainable=trainable)
    (finding,) = found(norm(**OFF), parameters=(scale, make.parameter()))
    assert finding.severity == severity


@pytest.mark.parametrize(("until", "severity"), [(40, "info"), (200, "warning"), (0, "warning")])
def test_batch_norm_that_is_fixed_when_fine_tuning_begins(until, severity):
    scale = make.parameter("bn.weight", shape=(16,))
    scale.samples["grad_norm"][until:] = np.nan
    (finding,) = found(norm(**ASLEEP), parameters=(scale, make.parameter()))
    assert finding.severity == severity


@pytest.mark.parametrize(
    ("off", "cause"), [(norm(**OFF), "training-in-evaluation-mode"), (make.switch(**OFF), "")]
)
def test_without_batch_norm_the_loss_may_be_lost(off, cause):
    values = [2.3] * 100 + [float("nan")] * 100
    record = make.recording(losses=(make.loss(values),), switches=(off,))
    assert {each.rule: each.cause for each in diagnose(record)}["non-finite"] == cause
