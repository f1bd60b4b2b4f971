"""learning-rate-too-low: small steps, a loss that shows it, and a gradient that is there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make

from halfwave.diagnose import diagnose

NOISE = np.random.default_rng(0).standard_normal(200)
FLAT = 2.3 + 0.02 * NOISE
LINE = np.linspace(2.3, 1.9, 200) + 0.005 * NOISE


def found(ratio, values, *, gradient=0.1, optimizer="SGD", **changes):
    parameters = tuple(
        make.parameter(f"fc{i}.weight", order=i, update_ratio=ratio, grad_norm=gradient)
        for i in range(3)
    )
    rates = (replace(make.rate(1e-6), optimizer=optimizer),)
    record = make.recording(
        **{"parameters": parameters, "losses": (make.loss(values),), "rates": rates, **changes}
    )
    return diagnose(record, select=["learning-rate-too-low"])


@pytest.mark.parametrize(
    ("ratio", "values", "severity"),
    [
        (1e-3, FLAT, None),
        (3e-4, FLAT, None),
        (1.5e-4, FLAT, "warning"),
        (1e-6, FLAT, "error"),
        (0.0, FLAT, None),  # a rate of 0 is parameters-not-trained
        (1e-6, make.falling(), None),  # it learns all the same
        (1.5e-4, LINE, None),
        (5e-5, LINE, "warning"),
        (5e-5, np.linspace(2.3, 0.9, 200) + 0.005 * NOISE, None),  # it falls, and far
        (1e-6, 1e-3 * np.abs(NOISE), None),  # nothing left to gain
    ],
)
def test_size_and_loss(ratio, values, severity):
    assert [f.severity for f in found(ratio, values)] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("gradient", "optimizer", "count"),
    [
        (0.1, "SGD", 1),
        (1e-4, "SGD", 0),
        (1e-4, "Adam", 1),
        (1e-4, "AdamW#2", 1),
        (1e-9, "Adam", 0),  # far below its eps
    ],
)
def test_a_lost_gradient_is_not_the_rates_fault(gradient, optimizer, count):
    assert len(found(1e-6, FLAT, gradient=gradient, optimizer=optimizer)) == count


def rates(*rows):
    made = make.rate()
    samples = np.zeros(len(rows), made.samples.dtype)
    for index, (first, last, value) in enumerate(rows):
        samples[index] = (first, last, value, value, value)
    return (replace(made, samples=samples),)


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        ([(0, 29, 1e-7), (30, 69, 1e-6), (70, 79, 2e-6)], 0),  # still being warmed up
        ([(0, 9, 1e-7), (10, 199, 1e-6)], 1),
        ([(0, 99, 1e-6), (100, 199, 1e-7)], 1),
    ],
)
def test_warm_up_is_left_alone(rows, count):
    steps = rows[-1][1] + 1
    info = replace(make.recording().info, steps=steps)
    assert len(found(1e-6, FLAT[:steps], rates=rates(*rows), info=info)) == count


@pytest.mark.parametrize(("values", "count"), [(FLAT, 1), (make.falling(), 0)])
def test_a_warm_up_that_takes_all_of_a_run_is_told(values, count):
    rising = rates((0, 99, 1e-7), (100, 179, 1e-6), (180, 199, 2e-6))
    findings = found(1e-6, values, rates=rising)
    assert len(findings) == count
    assert all("still being warmed up" in each.title for each in findings)


def test_says_from_what_to_what():
    (finding,) = found(1e-6, FLAT)
    assert "learning rate of 1e-06 is too low" in finding.title
    assert "from 1e-06 to 0.001 (SGD)" in finding.advice
    assert finding.evidence["moved_in_all"] == pytest.approx(2e-4)


def test_few_losses_say_nothing():
    assert found(1e-6, FLAT[:19]) == ()


def test_explains_the_flat_loss():
    parameters = tuple(make.parameter(f"fc{i}.weight", update_ratio=1e-6) for i in range(3))
    record = make.recording(parameters=parameters, losses=(make.loss(FLAT),))
    causes = {f.rule: f.cause for f in diagnose(record)}
    assert causes["loss-not-decreasing"] == "learning-rate-too-low"


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("SGD", {}, "momentum=0.9 makes steps ten times as long"),
        ("SGD", {"momentum": 0.9}, "size. torch.optim.Adam finds"),
        ("Adam", {}, "thousandth of its size."),
    ],
)
def test_advises_nothing_that_is_there_already(name, settings, said):
    optimizers = (replace(make.optimizer(name), settings=settings),)
    (finding,) = found(1e-6, FLAT, optimizer=name, optimizers=optimizers)
    assert said in finding.advice


@pytest.mark.parametrize(("moving", "count"), [(0, 1), (1, 1), (2, 0)])
def test_not_where_a_part_of_the_weights_moves_as_it_should(moving, count):
    parameters = tuple(
        make.parameter(f"fc{i}.weight", order=i, update_ratio=1e-6 if i >= moving else 2e-3)
        for i in range(6)
    )
    assert len(found(1e-6, FLAT, parameters=parameters, optimizer="Adam")) == count


@pytest.mark.parametrize(
    ("rows", "values", "severity"),
    [
        ([(0, 49, 1e-3), (50, 199, 1e-7)], FLAT, "error"),
        ([(0, 49, 1e-3), (50, 199, 1e-7)], np.linspace(2.3, 1.9, 200), "warning"),
        ([(0, 49, 1e-3), (50, 199, 1e-7)], make.falling(), None),  # it learnt before
        ([(0, 49, 1e-3), (50, 199, 1e-5)], FLAT, None),
        ([(0, 149, 1e-3), (150, 199, 1e-7)], FLAT, None),  # at the end, as schedules do
        ([(0, 99, 1e-7), (100, 120, 1e-3), (121, 199, 1e-7)], FLAT, None),  # one cycle
        ([(0, 199, 1e-3)], FLAT, None),
    ],
)
def test_a_schedule_that_leaves_nothing(rows, values, severity):
    assert [f.severity for f in found(1e-3, values, rates=rates(*rows))] == (
        [severity] if severity else []
    )


def test_one_group_that_goes_on_is_enough():
    gone = rates((0, 49, 1e-3), (50, 199, 1e-7))
    assert found(1e-3, FLAT, rates=(*gone, *rates((0, 199, 1e-3)))) == ()
