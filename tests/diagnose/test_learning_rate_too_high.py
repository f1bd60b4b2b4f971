"""learning-rate-too-high: large steps, and harm beside them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make

from halfwave.diagnose import diagnose

NOISE = np.random.default_rng(0).standard_normal(200)
FLAT = 2.3 + 0.02 * NOISE
DOUBLED = 2.3 + np.linspace(0, 4, 200)
SHAKEN = np.r_[[2.3, 9.0, 7.0], np.linspace(5, 1.2, 197)]
TO_NAN = np.r_[2.3 * 5.0 ** np.arange(6), [np.nan] * 20]


def found(ratio, values, *, weights=3, shape=(16, 16), **changes):
    ratios = np.full(200, 1e-3)
    ratios[:3] = ratio
    parameters = tuple(
        make.parameter(f"fc{i}.weight", order=i, shape=shape, update_ratio=ratios)
        for i in range(weights)
    )
    record = make.recording(parameters=parameters, losses=(make.loss(values),), **changes)
    return diagnose(record, select=["learning-rate-too-high"])


@pytest.mark.parametrize(
    ("ratio", "values", "severity"),
    [
        (1e-3, FLAT, None),
        (0.2, FLAT, None),  # a flat loss has other reasons
        (0.4, FLAT, "error"),
        (0.4, DOUBLED, "error"),
        (0.4, make.falling(), None),  # it learns
        (50.0, make.falling(), None),  # it began near 0, and learns
        (0.4, SHAKEN, None),
        (1.5, SHAKEN, "warning"),
        (1.5, TO_NAN, "error"),
        (1.5, np.r_[FLAT[:50], [np.nan] * 20], None),  # NaN out of the blue: not by growth
        (0.5, 2.3 + 0.8 * NOISE, None),  # noise by nature
        (2.0, np.abs(2.3 + 0.8 * NOISE), "error"),
    ],
)
def test_size_and_harm(ratio, values, severity):
    assert [f.severity for f in found(ratio, values)] == ([severity] if severity else [])


def test_a_single_weight_may_be_overwritten():
    assert found(1.5, SHAKEN, weights=1) == ()


def test_few_elements_may_pass_through_zero():
    assert found(1.5, SHAKEN, shape=(1, 1)) == ()
    assert [f.severity for f in found(1.5, DOUBLED, shape=(1, 1))] == ["error"]


def test_a_rate_below_0():
    (finding,) = found(1.5, DOUBLED, rates=(make.rate(-1000.0),))
    assert "the learning rate of -1000 is below 0" in finding.title
    assert finding.advice.startswith("Write a learning rate above 0")


def test_nothing_measured():
    assert found(np.nan, FLAT) == ()
    assert diagnose(make.recording(parameters=()), select=["learning-rate-too-high"]) == ()


def test_says_from_what_to_what():
    (finding,) = found(0.5, FLAT, rates=(make.rate(3.0),))
    assert "learning rate of 3 is too high" in finding.title
    assert "from 3 to 0.3 (SGD)" in finding.advice
    (finding,) = found(40.0, FLAT, rates=(make.rate(3.0),))
    assert "from 3 to 0.03" in finding.advice
    assert finding.evidence["at_step"] == 0


def test_one_finding_with_its_chain():
    dead = make.site(training=make.kill(make.unit_statistics(), range(16), at_input=64))
    ratios = np.full(200, 0.0)
    ratios[:3] = 2.0
    parameters = tuple(
        make.parameter(f"fc{i}.weight", order=i, update_ratio=ratios, grad_norm=0.0)
        for i in range(3)
    )
    record = make.recording(sites=(dead,), parameters=parameters, losses=(make.loss(FLAT),))
    findings = diagnose(record)
    roots = [f.rule for f in findings if not f.cause]
    assert roots == ["learning-rate-too-high"]
    assert {f.rule for f in findings} == {
        "learning-rate-too-high",
        "dead-units",
        "zero-gradients",
        "loss-independent-of-parameters",
        "loss-not-decreasing",
    }


def test_units_that_began_dead_are_not_its_doing():
    dead = make.site(training=make.kill(make.unit_statistics(), range(16)))
    ratios = np.full(200, 1e-3)
    ratios[100] = 0.5
    record = make.recording(
        sites=(dead,),
        parameters=(make.parameter(update_ratio=ratios),),
        losses=(make.loss(FLAT),),
    )
    causes = {f.rule: f.cause for f in diagnose(record)}
    assert causes["dead-units"] == ""


def test_a_gan_is_judged_by_its_first_loss_alone_where_it_is_lost():
    pair = (make.loss(make.falling()), replace(make.loss(make.falling()), id=1, line=60))
    ratios = (make.parameter(update_ratio=0.5),)
    record = make.recording(parameters=ratios, losses=pair)
    assert diagnose(record, select=["learning-rate-too-high"]) == ()


def between(growth, *, after=40, values=FLAT, momentum=0.99, **changes):
    """Ten steps are watched, small ones, and one after many more: the weights have grown."""
    norms = np.r_[np.full(10, 4.0), [4.0 * growth]]
    parameters = []
    for i in range(3):
        made = make.parameter(f"fc{i}.weight", order=i, steps=11, norm=norms, update_ratio=0.01)
        made.samples["first_step"][-1] = made.samples["last_step"][-1] = 9 + after
        parameters.append(made)
    settings = {"lr": 0.5, "momentum": momentum}
    optimizers = (replace(make.optimizer(), settings=settings),)
    losses = (make.loss(values),)
    record = make.recording(
        parameters=tuple(parameters), losses=losses, optimizers=optimizers, **changes
    )
    return diagnose(record, select=["learning-rate-too-high"])


@pytest.mark.parametrize(
    ("growth", "after", "values", "error"),
    [
        (50.0, 40, FLAT, True),
        (50.0, 190, FLAT, False),  # a quarter of its size a step
        (9.0, 10, FLAT, False),  # too little to go by
        (50.0, 40, make.falling(), False),  # it learns
        (50.0, 40, DOUBLED, False),  # it climbs without an end, in small steps
    ],
)
def test_steps_that_were_not_watched(growth, after, values, error):
    assert [f.severity for f in between(growth, after=after, values=values)] == ["error"] * error


def test_says_what_momentum_makes_of_a_rate():
    (finding,) = between(50.0, rates=(make.rate(0.5),))
    assert "0.5, which momentum 0.99 makes one of 50, is too high" in finding.title
    assert "between steps 9 and 49 the weights grew 50-fold" in finding.title
    assert "momentum from 0.99 to 0.9" in finding.advice
    (finding,) = between(50.0, rates=(make.rate(0.5),), momentum=0.9)
    assert "momentum" not in finding.title + finding.advice


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (f"{make.FOLDER}/train.py", "(SGD, made at train.py:12)"),
        ("/venv/lib/site-packages/trainer/make.py", "(SGD)"),  # not the program's own line
        ("", "(SGD)"),
    ],
)
def test_names_the_line_to_change(file, said):
    optimizers = (replace(make.optimizer(), file=file, line=12),)
    (finding,) = found(0.5, FLAT, rates=(make.rate(3.0),), optimizers=optimizers)
    assert f"from 3 to 0.3 {said}" in finding.advice


@pytest.mark.parametrize(("values", "severity"), [(DOUBLED, None), (TO_NAN, "error")])
def test_where_a_reward_is_what_counts_a_loss_may_rise_but_not_break(values, severity):
    info = replace(make.recording().info, environment="gymnasium")
    assert [f.severity for f in found(1.5, values, info=info)] == ([severity] if severity else [])


def test_weights_that_begin_at_nothing_are_no_measure():
    began, adapted = (make.parameter(f"lora.{name}", update_ratio=0.05) for name in ("A", "C"))
    ratios = np.full(200, 0.05)
    ratios[1] = 2.0  # of next to nothing
    zeros = [
        replace(make.parameter(f"lora.B{i}", order=i, update_ratio=ratios), first_norm=0.0)
        for i in range(4)
    ]
    weights = tuple(replace(one, first_norm=4.0) for one in (began, adapted))
    for parameters, count in (((*weights, *zeros), 0), (weights, 0), (tuple(zeros), 1)):
        record = make.recording(parameters=parameters, losses=(make.loss(FLAT),))
        assert len(diagnose(record, select=["learning-rate-too-high"])) == count
