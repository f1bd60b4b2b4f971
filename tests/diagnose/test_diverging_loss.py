"""diverging-loss: upwards for good."""

from __future__ import annotations

import numpy as np
import pytest
import recording_builders as make

from halfwave.diagnose import diagnose

STEP = np.linspace(0, 1, 200)
NOISE = 0.02 * np.random.default_rng(0).standard_normal(200)


def found(values, *, ratio=1e-3, **changes):
    parameters = (make.parameter(update_ratio=ratio),)
    record = make.recording(parameters=parameters, losses=(make.loss(values),), **changes)
    return diagnose(record, select=["diverging-loss"])


@pytest.mark.parametrize(
    ("values", "ratio", "severity"),
    [
        (make.falling(), 1e-3, None),
        (2.3 + NOISE, 0.5, None),
        (2.3 + 1.5 * STEP + NOISE, 1e-3, None),  # not twice
        (2.3 + 6 * STEP + NOISE, 1e-3, "warning"),
        (2.3 + 6 * STEP + NOISE, 0.2, "error"),
        (2.3 * 1000**STEP, 1e-3, "error"),
        (np.r_[2.3 * 3.0 ** np.arange(5), [np.nan] * 9], 1e-3, "error"),
        (np.r_[2.3 + NOISE[:50], [np.nan] * 50], 1e-3, None),  # NaN out of the blue
        (-2.3 - 6 * STEP, 0.2, None),
        (np.r_[[2.3, 90, 40, 20], np.linspace(9, 1, 196)], 0.2, None),  # it came back
    ],
)
def test_courses(values, ratio, severity):
    findings = found(values, ratio=ratio)
    assert [f.severity for f in findings] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("function", "between", "severity"),
    [
        ("smooth_l1_loss", True, "info"),
        ("smooth_l1_loss", False, "warning"),
        ("cross_entropy", True, "warning"),
    ],
)
def test_targets_that_grow_with_what_is_learnt(function, between, severity):
    sites = (make.site(evaluation=make.unit_statistics() if between else None),)
    objectives = (make.objective(function),)
    (finding,) = found(2.3 + 6 * STEP + NOISE, sites=sites, objectives=objectives)
    assert finding.severity == severity


def test_losses_against_each_other_are_not_judged():
    pair = (make.loss(2.3 + 6 * STEP), make.loss(2.3 - STEP, number=1, line=60))
    assert diagnose(make.recording(losses=pair), select=["diverging-loss"]) == ()


def test_is_the_loss_that_does_not_decrease():
    findings = diagnose(make.recording(losses=(make.loss(2.3 + 6 * STEP + NOISE),)))
    assert [(f.rule, f.cause) for f in findings] == [
        ("diverging-loss", ""),
        ("loss-not-decreasing", "diverging-loss"),
    ]
