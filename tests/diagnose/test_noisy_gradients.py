"""noisy-gradients: only where nothing comes of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import recording_builders as make

from halfwave.diagnose import diagnose
from halfwave.recording.facts import Values

FLAT = [2.3] * 200


def found(noise, *, batch=32, values=FLAT, objective=None, **changes):
    parameters = tuple(
        replace(make.parameter(f"fc{i}.weight", order=i), noise=noise) for i in range(3)
    )
    objective = objective or make.objective(output=Values((batch, 10), "float32"))
    record = make.recording(
        parameters=parameters, losses=(make.loss(values),), objectives=(objective,), **changes
    )
    return diagnose(record, select=["noisy-gradients"])


@pytest.mark.parametrize(
    ("noise", "batch", "values", "severity"),
    [
        (5.0, 1, FLAT, None),
        (13.0, 1, FLAT, None),  # of 200 steps chance makes 14
        (40.0, 32, FLAT, "warning"),  # ln 10: what guessing costs
        (40.0, 32, [1.3] * 200, "info"),  # something was learnt, before or elsewhere
        (40.0, 32, [23.0] * 200, "info"),
        (40.0, 4, FLAT, "warning"),
        (40.0, 1, FLAT, "info"),
        (40.0, 1, make.falling(), None),  # near an optimum every gradient is noise
        (float("nan"), 1, FLAT, None),
        (float("inf"), 4, FLAT, "warning"),
    ],
)
def test_noise_and_batch(noise, batch, values, severity):
    findings = found(noise, batch=batch, values=values)
    assert [f.severity for f in findings] == ([severity] if severity else [])


def test_a_short_run_says_nothing():
    info = replace(make.recording().info, steps=40)
    assert found(40.0, batch=1, info=info) == ()


def test_what_may_come_yet_is_information():
    info = replace(make.recording().info, steps=120)
    (finding,) = found(40.0, values=FLAT[:120], info=info)
    assert finding.severity == "info"


def test_a_sum_of_losses_has_no_guess():
    part = make.objective(
        output=Values((32, 10), "float32"), training=make.objective_samples([1.1] * 20)
    )
    (finding,) = found(40.0, objective=part)
    assert finding.severity == "info"
