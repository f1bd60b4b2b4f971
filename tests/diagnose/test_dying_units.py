"""dying-units: deaths that are spread over the run and still go on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make

from halfwave.diagnose import diagnose


def dying(deaths, *, inputs=6400, open_share=0.5, **changes):
    """A site whose units die at these shares of the run."""
    statistics = make.unit_statistics(inputs=inputs)
    for unit, moment in enumerate(deaths):
        statistics = make.kill(statistics, [unit], at_input=int(moment * inputs))
        statistics.open_inputs[unit] = int(moment * inputs * open_share)
    samples = make.site_samples(inputs // make.BATCH)
    return make.site(training=statistics, samples=samples, **changes)


def found(*sites, **changes):
    return diagnose(make.recording(sites=sites, **changes), select=["dying-units"])


@pytest.mark.parametrize(
    ("deaths", "count"),
    [
        ([], 0),
        ([0.3, 0.4, 0.5, 0.6, 0.7, 0.8], 1),
        ([0.6, 0.7], 1),
        ([0.6], 0),  # one unit of 16
        ([0.02] * 8, 0),  # dead from the start's shock: dead-units
        ([0.3] * 8, 0),  # it stopped
        ([0.99] * 8, 0),  # a short rest at the end says nothing
    ],
)
def test_when_units_die(deaths, count):
    assert len(found(dying(deaths))) == count


def test_figures():
    flat = (make.loss(np.full(200, 2.3)),)
    (finding,) = found(dying([0.05, 0.3, 0.6, 0.8]), rates=(make.rate(0.5),), losses=flat)
    assert finding.severity == "warning"
    # 1 at the start, 3 since, and as many a step to come
    assert finding.evidence["projected_share"] == pytest.approx((1 + 3 + 3 / 0.75) / 16)
    assert finding.evidence["died"] == 3
    assert finding.evidence["died_in_second_half"] == 2
    assert (finding.evidence["silent_at_a_quarter"], finding.evidence["silent_at_the_end"]) == (
        1,
        4,
    )
    assert "from 0.5 to 0.05" in finding.advice


@pytest.mark.parametrize(("died", "severity"), [(3, "info"), (7, "info"), (8, "warning")])
def test_milder_where_the_loss_falls_all_the_same(died, severity):
    (finding,) = found(dying(np.linspace(0.3, 0.7, died)))
    assert finding.severity == severity


def test_watched_inputs_that_are_dense_at_the_start_do_not_make_a_late_death():
    site = dying([0.5] * 8)  # half of what was watched, but of a run ten times as long
    site.samples["last_step"][-1] = 2000
    assert found(site) == ()


def test_short_run():
    assert len(found(dying([0.3, 0.4, 0.6, 0.65], inputs=400))) == 1
    assert found(dying([0.3, 0.4, 0.6, 0.65], inputs=100)) == ()


def test_units_that_open_rarely_are_not_dying():
    assert found(dying([0.6] * 8, open_share=1e-3)) == ()


def test_bounded_activations_saturate_instead():
    assert found(dying([0.3, 0.4, 0.6, 0.7], activation="tanh")) == ()


def test_nan_is_another_illness():
    site = dying([0.3, 0.4, 0.6, 0.7])
    site.training.nonfinite[:] = 1
    assert found(site) == ()
    assert np.all(site.training.nonfinite == 1)


def test_explains_what_is_dead_at_the_end():
    sites, losses = (dying([0.05, 0.3, 0.4, 0.5, 0.6]),), (make.loss(np.full(200, 2.3)),)
    both = ["dead-units", "dying-units"]
    findings = diagnose(make.recording(sites=sites, losses=losses), select=both)
    assert [(f.rule, f.cause) for f in findings] == [
        ("dying-units", ""),
        ("dead-units", "dying-units"),
    ]


@pytest.mark.parametrize(("steps", "severity"), [(200, "warning"), (5000, "info")])
def test_the_first_steps_are_no_trend(steps, severity):
    flat = (make.loss(np.full(200, 2.3)),)
    info = replace(make.recording().info, steps=steps)
    (finding,) = found(dying([0.3, 0.4, 0.5, 0.6, 0.7]), losses=flat, info=info)
    assert finding.severity == severity


def later(site, by):
    """The same site, of a training that began so many steps later."""
    samples, statistics = site.samples.copy(), site.training
    for name in ("first_step", "last_step"):
        samples[name] += by
    moved = {
        name: np.where(getattr(statistics, name) < 0, -1, getattr(statistics, name) + by)
        for name in ("first_open", "last_open")
    }
    return replace(site, samples=samples, training=replace(statistics, **moved))


@pytest.mark.parametrize(("deaths", "count"), [([0.02] * 8, 0), ([0.3, 0.4, 0.5, 0.6, 0.7], 1)])
def test_a_site_that_came_later_is_judged_by_its_own_time(deaths, count):
    assert len(found(make.site("first"), later(dying(deaths, order=1), 300))) == count


def test_a_site_that_came_later_and_was_seen_at_its_start_alone():
    assert not found(make.site("first"), later(dying([0.3, 0.4, 0.6, 0.8], inputs=256), 300))
