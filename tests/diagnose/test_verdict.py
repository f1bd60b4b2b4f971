"""verdict(): one line, and a different one for each way of having nothing to say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make

from halfwave.diagnose import Finding, diagnose, verdict
from halfwave.recording.model import Cost, Recording, RunInfo

DEAD = Finding("dead-units", "error", "all 16 units of act1 are dead", where="train.py:31")
SLOW = Finding("dying-units", "warning", "4 of 16 units of act2 fell silent")
EFFECT = Finding("loss-not-decreasing", "error", "the loss is flat", cause="dead-units")


def test_healthy():
    text = verdict(make.recording(), ())
    assert (
        text == "Healthy: nothing wrong was found at 3 sites over 200 steps, 200 of them watched."
    )


@pytest.mark.parametrize(
    ("values", "shows"),
    [
        (0.69 + 0.05 * np.random.default_rng(0).standard_normal(40), False),
        (np.linspace(0.69, 0.3, 40), True),
        (np.full(40, 0.01), True),  # nothing left to gain
        (np.random.default_rng(0).standard_normal(40), True),  # a loss that need not fall
    ],
)
def test_whether_it_learns_is_left_open_where_noise_hides_it(values, shows):
    line = verdict(make.recording(losses=(make.loss(values),)), ())
    assert line.startswith("Healthy")
    assert ("the loss has not fallen beyond its noise" not in line) == shows


def test_what_was_not_watched_is_not_called_healthy():
    rows = make.site_samples(11)
    sites = tuple(replace(site, samples=rows) for site in make.recording().sites)
    line = verdict(make.recording(sites=sites, parameters=()), ())
    assert line.startswith("Healthy as far as it was watched, to step 10 of 200:")
    assert "--every 10 watches to the end" in line
    every_step = make.recording(sites=sites, parameters=(), cost=Cost(budget=None))
    assert "without --max-steps it is watched to the end" in verdict(every_step, ())


def test_a_run_that_goes_on_or_was_killed_is_healthy_so_far():
    line = verdict(make.recording(info=replace(make.recording().info, state="running")), ())
    assert line.startswith("Healthy so far: nothing wrong was found at 3 sites over 200 steps")


def test_what_came_after_an_error_of_the_watchers_is_unknown():
    info = replace(make.recording().info, watching_ended="the watcher was switched off")
    line = verdict(make.recording(info=info), ())
    assert line.startswith("Unknown beyond step 199: the watcher was switched off")


def test_a_last_phase_without_activations_was_watched_all_the_same():
    rows = make.site_samples(11)
    sites = tuple(replace(site, samples=rows) for site in make.recording().sites)
    line = verdict(make.recording(sites=sites), ())
    assert line.startswith("Healthy: nothing wrong was found")


@pytest.mark.parametrize(
    ("findings", "line"),
    [
        ([DEAD], "Error: all 16 units of act1 are dead (train.py:31)."),
        ([DEAD, EFFECT], "Error: all 16 units of act1 are dead (train.py:31)."),
        ([EFFECT, DEAD], "Error: all 16 units of act1 are dead (train.py:31)."),
        ([SLOW], "Warning: 4 of 16 units of act2 fell silent."),
        ([SLOW, DEAD], "Error: all 16 units of act1 are dead (train.py:31); and 1 more finding."),
    ],
)
def test_worst_cause_and_where(findings, line):
    assert verdict(make.recording(), findings) == line


def test_an_info_leaves_the_run_healthy():
    assert verdict(make.recording(), [replace(SLOW, severity="info")]).startswith("Healthy")


def test_nothing_to_see_is_said_in_distinct_words():
    sites = make.recording().sites
    lines = [
        verdict(Recording(RunInfo("a.py")), ()),
        verdict(Recording(RunInfo("a.py", torch="2.13.0")), ()),
        verdict(Recording(RunInfo("a.py", torch="2.13.0", steps=9, backwards=9)), ()),
        verdict(Recording(RunInfo("a.py", torch="2.13.0"), sites=sites), ()),
        verdict(Recording(RunInfo("a.py", torch="2.13.0", steps=9), sites=sites), ()),
        verdict(Recording(RunInfo("")), ()),
    ]
    assert len(set(lines)) == len(lines)
    assert "never imported torch" in lines[0]
    assert "no activation was applied" in lines[1]
    assert "9 steps" in lines[2]
    assert "No training step" in lines[3]
    assert lines[4].startswith("Unknown")
    assert "the recording is empty" in lines[5]


def test_one_line():
    site = make.site(training=make.kill(make.unit_statistics(), range(16)))
    record = make.recording(sites=(site,))
    assert "\n" not in verdict(record, diagnose(record))


@pytest.mark.parametrize(
    ("changes", "start"),
    [
        (
            {"state": "failed", "exit_code": 1, "error": "ValueError: bad shape (3, 9)"},
            "The script failed after 200 steps with ValueError: bad shape (3, 9). ",
        ),
        (
            {"state": "failed", "exit_code": 1, "error": "KeyError: 'a'", "steps": 0},
            "The script failed before its first step with KeyError: 'a'. ",
        ),
        (
            {"state": "failed", "exit_code": 3},
            "The script failed after 200 steps with exit code 3. ",
        ),
        (
            {"state": "interrupted", "error": "SIGTERM", "steps": 1},
            "The script was interrupted after 1 step. ",
        ),
    ],
)
def test_how_a_script_broke_off_comes_first(changes, start):
    record = make.recording()
    record = replace(record, info=replace(record.info, **changes))
    assert verdict(record, [DEAD]) == start + verdict(make.recording(), [DEAD])
    assert verdict(record, ()).startswith(start)
    assert "Healthy" not in verdict(record, ())


def test_a_long_error_is_cut():
    record = make.recording()
    info = replace(record.info, state="failed", error="ValueError: " + "x" * 400)
    assert len(verdict(replace(record, info=info), ())) < 300


def test_a_network_without_activations_of_its_own_is_judged_by_its_weights():
    """An LSTM has its gates inside."""
    weight = make.parameter("lstm.weight_ih_l0")
    line = verdict(make.recording(sites=(), parameters=(weight,)), ())
    assert line.startswith("Healthy: nothing wrong was found at 1 weight (no activation was seen)")
    line = verdict(make.recording(sites=(), parameters=()), ())
    assert line == "Nothing to judge: 200 steps of training, but no activation was seen."
