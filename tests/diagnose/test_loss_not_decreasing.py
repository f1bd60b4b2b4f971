"""loss-not-decreasing: against the noise of the series itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make

from halfwave.diagnose import diagnose


def found(*losses, **changes):
    return diagnose(make.recording(losses=losses, **changes), select=["loss-not-decreasing"])


def noise(steps=200, seed=1):
    return np.random.default_rng(seed).standard_normal(steps)


STEP = np.arange(200) / 200


@pytest.mark.parametrize(("end", "count"), [(0.8, 0), (0.55, 1)])
def test_not_where_far_more_labels_are_met_in_the_end(end, count):
    accuracy = np.r_[[0.4, 0.5, 0.45], np.full(197, end)]
    samples = make.objective_samples(np.full(200, 0.5), accuracy=accuracy)
    objective = make.objective("binary_cross_entropy", training=samples, reached=True)
    record = make.recording(losses=(make.loss([0.5] * 200),), objectives=(objective,))
    assert len(diagnose(record, select=["loss-not-decreasing"])) == count


@pytest.mark.parametrize(
    ("values", "severity"),
    [
        (make.falling(), None),
        (make.falling(noise=0.4), None),
        (2.303 + 0.02 * noise(), "warning"),  # stuck at chance
        (2.303 + 0 * noise(), "warning"),
        (2.303 - 0.3 * STEP + 0.02 * noise(), None),  # slow, but it falls
        (np.r_[[9.0, 4.0, 2.5], np.full(197, 2.3)] + 0.01 * noise(), None),  # at once, then rests
        (1.0 + 0.5 * STEP + 0.02 * noise(), "warning"),
        (1.0 + 9.0 * STEP + 0.02 * noise(), "error"),
        (1e-4 * np.abs(noise()), None),  # converged
        (0.01 + 1e-4 * noise(), None),  # nothing left to gain
        (np.abs(noise()), None),  # noise as large as the level: near an optimum
        (-5 - 3 * STEP + 0.1 * noise(), None),  # negative and falling
        (-8 + 3 * STEP + 0.1 * noise(), "warning"),  # negative and rising
        (-0.2 + 0.3 * STEP + 0.02 * noise(), "info"),  # a policy gradient's passes through zero
        (2.3 + 0.5 * noise(), None),  # the noise could hide a fall
        (np.full(200, np.nan), None),
        (np.zeros(200), None),
    ],
)
def test_courses(values, severity):
    assert [f.severity for f in found(make.loss(values))] == ([severity] if severity else [])


@pytest.mark.parametrize(("steps", "count"), [(5, 0), (19, 0), (20, 1), (1000, 1)])
def test_needs_enough_steps(steps, count):
    assert len(found(make.loss(np.full(steps, 2.3)))) == count


@pytest.mark.parametrize("scale", [1e3, 1.0, 10.0, 1e6])
def test_scale_does_not_matter(scale):
    assert found(make.loss(make.falling() * scale)) == ()
    assert len(found(make.loss((2.3 + 0.02 * noise()) * scale))) == 1


def test_losses_of_equal_rank_are_not_judged():
    flat = np.full(200, 0.69)
    assert found(make.loss(flat), make.loss(flat, number=1, line=60)) == ()


def test_a_minor_second_loss_does_not_hinder():
    assert len(found(make.loss(np.full(200, 0.69)), make.loss(np.ones(3), number=1))) == 1


@pytest.mark.parametrize("seed", range(40))
def test_few_false_alarms_on_noisy_falls(seed):
    rng = np.random.default_rng(seed)
    steps = int(rng.integers(20, 400))
    values = make.falling(steps, start=2.3, end=float(rng.uniform(0.1, 1.8)), noise=0)
    assert found(make.loss(values + rng.uniform(0.01, 0.5) * noise(steps, seed))) == ()


def test_dead_layer_explains_it():
    dead = make.site(training=make.kill(make.unit_statistics(), range(16)))
    findings = diagnose(make.recording(sites=(dead,), losses=(make.loss(np.full(200, 2.3)),)))
    assert [(f.rule, f.cause) for f in findings] == [
        ("dead-units", ""),
        ("loss-not-decreasing", "dead-units"),
    ]


@pytest.mark.parametrize(
    "rule",
    ["loss-not-decreasing", "diverging-loss", "oscillating-loss", "noisy-gradients"],
)
def test_where_a_reward_is_what_counts_the_loss_may_do_as_it_likes(rule):
    noise = np.random.default_rng(0).standard_normal(200)
    info = replace(make.recording().info, environment="gymnasium")
    record = make.recording(losses=(make.loss(1 + np.linspace(0, 8, 200) + noise / 9),), info=info)
    assert diagnose(record, select=[rule]) == ()
