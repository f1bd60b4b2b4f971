"""dead-units: units closed on every input of the window, and only those."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make

from halfwave.diagnose import dead_units_of, diagnose

FLAT = (make.loss(np.full(200, 2.3)),)


def found(*sites, **changes):
    record = make.recording(sites=sites, **changes)
    return diagnose(record, select=["dead-units"])


def test_healthy_run_is_silent():
    assert diagnose(make.recording(), select=["dead-units"]) == ()


@pytest.mark.parametrize(
    ("inputs", "at_input", "dead"),
    [
        (6400, None, True),  # never open
        (6400, 320, True),  # open in the first steps only
        (6400, 4800, True),  # a quarter
        (6400, 4801, False),
        (20_000, 18_000, True),  # 2,000 closed in a row
        (20_000, 18_001, False),  # 1,999
        (200, None, True),
        (200, 136, True),  # a short run: 64 is more than its quarter
        (200, 137, False),
        (100, 36, True),  # 64 is the least that says anything
        (100, 37, False),
        (63, None, False),  # too few inputs to say
        (1_000_000, 990_000, True),  # killed late in a long run
    ],
)
def test_window(inputs, at_input, dead):
    statistics = make.kill(make.unit_statistics(inputs=inputs), [3, 7], at_input=at_input)
    site = make.site(training=statistics)
    assert dead_units_of(site).tolist() == ([3, 7] if dead else [])


@pytest.mark.parametrize(
    ("count", "severity"),
    [(1, "info"), (3, "info"), (4, "warning"), (7, "warning"), (8, "error"), (16, "error")],
)
def test_severity_by_share(count, severity):
    site = make.site(training=make.kill(make.unit_statistics(), range(count)))
    (finding,) = found(site, losses=FLAT)
    assert (finding.rule, finding.severity) == ("dead-units", severity)
    assert finding.evidence["dead"] == count
    assert finding.evidence["units"] == 16
    assert finding.sites == ("act",)


def test_names_the_line_and_the_call_to_change():
    source = "h = F.relu(self.fc(x))"
    dead = make.kill(make.unit_statistics(), range(16))
    site = make.site(training=dead, call="F.relu", source=source)
    (finding,) = found(site)
    assert finding.where == "train.py:31"
    assert "F.leaky_relu(x, 0.01) in place of F.relu" in finding.advice
    assert "bias of fc" in finding.advice  # never open: not the learning rate
    assert finding.title == "all 16 units of act are dead, from the start"


@pytest.mark.parametrize(
    ("units", "count", "at_input", "end", "severity"),
    [
        (16, 7, None, 1.2, "info"),
        (16, 8, None, 1.2, "warning"),
        (16, 12, None, 1.2, "error"),  # three quarters were never open
        (16, 7, 320, 1.2, "info"),  # training shut them off, and learnt all the same
        (16, 8, 320, 1.2, "warning"),
        (8, 4, 320, 1.2, "info"),  # a small layer
        (8, 4, None, 1.2, "info"),
        (16, 11, 320, 0.2, "info"),  # next to nothing is left to learn
        (16, 12, 320, 0.2, "warning"),
        (16, 12, None, 0.2, "error"),
    ],
)
def test_milder_where_the_loss_falls_all_the_same(units, count, at_input, end, severity):
    dead = make.kill(make.unit_statistics(units), range(count), at_input=at_input)
    falling = (make.loss(make.falling(end=end)),)
    (finding,) = found(make.site(units=units, training=dead), losses=falling)
    assert finding.severity == severity
    assert ("all the same" in finding.title) == (severity == "info" and count >= 4)


@pytest.mark.parametrize(
    ("inputs", "count", "severity"),
    [(255, 5, "info"), (256, 5, "warning"), (255, 8, "error")],
)
def test_few_inputs_say_little_of_a_part_of_a_layer(inputs, count, severity):
    dead = make.kill(make.unit_statistics(16, inputs), range(count))
    (finding,) = found(make.site(training=dead), losses=FLAT)
    assert finding.severity == severity


def test_names_the_spike_in_which_they_died():
    values = make.falling()
    values[9:12] = 400.0
    norms = np.full(200, 0.1)
    norms[9:12] = 50.0
    dead = make.site(training=make.kill(make.unit_statistics(), range(16), at_input=320))
    parameters = (make.parameter(grad_norm=norms),)
    (finding,) = found(dead, losses=(make.loss(values),), parameters=parameters)
    assert finding.evidence["last_open_step"] == 9
    assert finding.evidence["loss_peak"] == 400
    assert finding.evidence["gradient_growth"] == pytest.approx(500, rel=1e-3)
    assert "since about step 9" in finding.title
    assert "shot up" in finding.why


def test_killed_units_blame_the_learning_rate_of_that_step():
    site = make.site(training=make.kill(make.unit_statistics(), range(16), at_input=320))
    (finding,) = found(site, rates=(make.rate(2.0),))
    assert finding.evidence["last_open_step"] == 9
    assert "from 2 to 0.2" in finding.advice


@pytest.mark.parametrize(
    "changes",
    [
        {"role": "output"},
        {"judged": False},
        {"units": None},
        {"activation": "tanh"},  # closed on both sides: saturated, not dead
        {"training": None},
    ],
)
def test_passed_over(changes):
    site = make.site(training=make.kill(make.unit_statistics(), range(16)))
    assert found(replace(site, **changes)) == ()


def test_nan_is_another_illness():
    statistics = make.kill(make.unit_statistics(), range(16))
    statistics = replace(statistics, nonfinite=np.full(16, 5.0))
    assert found(make.site(training=statistics)) == ()
    assert dead_units_of(make.site(training=statistics)).size == 0


def test_confidence_grows_with_inputs():
    def confidence(inputs):
        statistics = make.kill(make.unit_statistics(inputs=inputs), range(16))
        return found(make.site(training=statistics))[0].confidence

    assert confidence(64) < confidence(640) < confidence(6400) < 1


def test_sites_of_one_line_are_one_finding():
    statistics = make.kill(make.unit_statistics(), range(16))
    sites = [make.site(f"blocks.{i}.act", order=i, training=statistics) for i in range(20)]
    (finding,) = found(*(replace(site, line=31) for site in sites))
    assert finding.evidence["dead"] == 320
    assert len(finding.sites) == 20


def test_evaluation_only_program():
    site = make.site(training=None, evaluation=make.kill(make.unit_statistics(), range(16)))
    (finding,) = found(site)
    assert finding.severity == "error"


def test_a_line_is_reported_once_at_its_worst():
    counts = (16, 5, 0)
    sites = [
        replace(
            make.site(f"act{i}", order=i, training=make.kill(make.unit_statistics(), range(count))),
            line=31,
        )
        for i, count in enumerate(counts)
    ]
    (finding,) = found(*sites, losses=FLAT)
    assert finding.severity == "error"
    assert finding.sites == ("act0", "act1")


def partly(**changes):
    """A third of the units shut, and a loss that does not fall."""
    site = make.site(training=make.kill(make.unit_statistics(), range(5)))
    record = make.recording(sites=(site,), losses=FLAT)
    return replace(record, **changes)


def info(**changes):
    return replace(make.recording().info, **changes)


@pytest.mark.parametrize(
    ("record", "severity"),
    [
        (partly(), "warning"),
        (partly(info=info(steps=1990)), "warning"),
        (partly(info=info(steps=2000)), "info"),  # of the first tenth alone
        (partly(info=info(environment="gymnasium")), "info"),
        (partly(losses=(*FLAT, make.loss(np.full(200, 1.0), number=1))), "info"),  # a GAN's
    ],
)
def test_a_part_of_a_layer_needs_more_to_be_said_of_it(record, severity):
    (finding,) = diagnose(record, select=["dead-units"])
    assert finding.severity == severity


@pytest.mark.parametrize(("backwards", "severity"), [(200, "info"), (0, "warning")])
def test_a_copy_that_is_not_trained(backwards, severity):
    shut = make.kill(make.unit_statistics(), range(5))
    untrained = replace(shut, grad_elements=np.zeros(16))
    record = partly(sites=(make.site(training=untrained),), info=info(backwards=backwards))
    (finding,) = diagnose(record, select=["dead-units"])
    assert finding.severity == severity


@pytest.mark.parametrize(("steps", "severity"), [(200, "warning"), (400, "info")])
def test_of_a_network_that_learns_the_end_is_judged(steps, severity):
    site = make.site(training=make.kill(make.unit_statistics(), range(9)))
    learns = (make.loss(make.falling(start=2.0, end=1.0)),)
    record = make.recording(sites=(site,), losses=learns, info=info(steps=steps))
    (finding,) = diagnose(record, select=["dead-units"])
    assert finding.severity == severity


@pytest.mark.parametrize(
    ("sites", "count", "severity"), [(1, 9, "warning"), (2, 9, "info"), (2, 10, "warning")]
)
def test_a_network_that_learns_can_spare_a_part_of_its_units(sites, count, severity):
    shut = make.site(training=make.kill(make.unit_statistics(), range(count), at_input=320))
    whole = [make.site(f"act{order}", order=order) for order in range(1, sites)]
    learns = (make.loss(make.falling(start=2.0, end=1.0)),)
    (finding,) = found(shut, *whole, losses=learns)
    assert finding.severity == severity


@pytest.mark.parametrize(("units", "severity"), [(16, "warning"), (8, "info")])
def test_a_layer_that_is_dead_as_a_whole_is_no_small_matter(units, severity):
    dead = make.kill(make.unit_statistics(units), range(units), at_input=320)
    shut = make.site(units=units, training=dead)
    others = [make.site(f"act{order}", order=order) for order in range(1, 6)]
    learns = (make.loss(make.falling(start=2.0, end=1.0)),)
    (finding,) = found(shut, *others, losses=learns, info=info(steps=400))
    assert finding.severity == severity
