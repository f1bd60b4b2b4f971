"""Sites that share their units are judged as one: D(real) and D(fake)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make

from halfwave.diagnose import diagnose
from halfwave.diagnose.shared import as_one, wholes
from halfwave.report import as_json


def called_twice(first, second, **changes):
    """One module's activation, called at lines 31 and 32."""
    sites = [
        make.site("net.1", order=order, producer="net.0", training=statistics)
        for order, statistics in enumerate((first, second))
    ]
    return sites[0], replace(sites[1], **changes)


def dead_at(units, **options):
    return make.kill(make.unit_statistics(), units, **options)


@pytest.mark.parametrize(
    ("first", "second", "dead"),
    [
        (range(16), range(16), 16),
        (range(16), range(0), 0),
        (range(10), range(4, 16), 6),
    ],
)
def test_dead_only_where_dead_at_all_of_them(first, second, dead):
    record = make.recording(sites=called_twice(dead_at(first), dead_at(second)))
    findings = diagnose(record, select=["dead-units"])
    assert sum(finding.evidence["dead"] for finding in findings) == dead
    assert all(finding.evidence["units"] == 16 for finding in findings)
    assert all(finding.sites == ("net.1",) for finding in findings)
    told = as_json(record, findings)["sites"]
    assert [site["dead"] for site in told] == [dead, dead]


@pytest.mark.parametrize(
    "changes",
    [
        {"producer": "net.2"},
        {"producer": None},
        {"path": "other.1"},
        {"activation": "elu"},
        {"role": "output"},
        {"units": None},
        {"training": make.unit_statistics(8)},  # not the same units
        {"training": None},
    ],
)
def test_others_stay_apart(changes):
    sites = called_twice(dead_at(range(16)), make.unit_statistics(), **changes)
    assert wholes(sites) == list(sites)
    (finding,) = diagnose(make.recording(sites=sites), select=["dead-units"])
    assert finding.evidence["dead"] == 16


def test_statistics_are_those_of_both():
    first, second = dead_at([0, 1], at_input=3200), dead_at([0], at_input=1600)
    sites = called_twice(first, second)
    (whole,) = as_one(sites)
    assert (whole.path, whole.line, whole.calls) == ("net.1", 31, 400)
    seen = whole.training
    assert seen.inputs.tolist() == [12_800] * 16
    # open last at the first site, 3,200 inputs ago there, and as many at the second
    assert seen.closed_run.tolist() == [6400, 0, *[0] * 14]
    assert seen.last_open[:2].tolist() == [99, 199]
    assert len(whole.samples) == 400
    assert (np.diff(whole.samples["first_step"]) >= 0).all()


def test_never_open_at_either():
    (whole,) = as_one(called_twice(dead_at([3]), dead_at([3])))
    assert whole.training.first_open[3] == -1
    assert whole.training.closed_run[3] == 12_800
    assert (whole.training.first_open[:3] == 0).all()


def test_evaluation_does_not_bring_a_unit_of_training_back():
    trained, evaluated = called_twice(dead_at(range(16)), None)
    evaluated = replace(evaluated, evaluation=make.unit_statistics())
    (finding,) = diagnose(make.recording(sites=(trained, evaluated)), select=["dead-units"])
    assert (finding.evidence["dead"], finding.evidence["units"]) == (16, 16)


def test_dying_is_told_once():
    first, second = (dead_at(range(8), at_input=4000) for _ in range(2))
    record = make.recording(sites=called_twice(first, second))
    (finding,) = diagnose(record, select=["dying-units"])
    assert (finding.evidence["died"], finding.evidence["units"]) == (8, 16)


def test_a_recurrent_layer_is_its_own_producer():
    sites = called_twice(dead_at(range(16)), make.unit_statistics())
    sites = tuple(replace(site, producer=None, call="nn.RNN") for site in sites)
    assert diagnose(make.recording(sites=sites), select=["dead-units"]) == ()


@pytest.mark.parametrize(
    ("path", "producers", "names"),
    [
        ("net", (None, None), "net"),
        ("net", ("fc0", "fc1"), "net (after fc0) and net (after fc1)"),
        ("encoder", ("encoder.fc0", "stem"), "encoder (after fc0) and encoder (after stem)"),
    ],
)
def test_sites_of_one_path_are_told_apart_by_what_comes_before(path, producers, names):
    sites = [
        make.site(path, order=order, line=31, producer=producer, training=dead_at(range(16)))
        for order, producer in enumerate(producers)
    ]
    (finding,) = diagnose(make.recording(sites=tuple(sites)), select=["dead-units"])
    assert finding.title == f"all 32 units of {names} are dead, from the start"
