"""The report that a terminal shows, whole at several widths and in its parts."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from report_samples import make_recording, make_site
from rich.cells import cell_len

from halfwave.diagnose import Finding
from halfwave.recording.model import Cost, Recording, RunInfo

if TYPE_CHECKING:
    from collections.abc import Callable

    from syrupy.assertion import SnapshotAssertion

HOSTILE = "fc\x1b]0;owned\x07\x1b[2J\r\n[red]x[/red] :smile: \u202egnp \udcff"
COMMAND = "halfwave report halfwave-train.4711.halfwave"


@pytest.mark.parametrize("width", [48, 80, 100, 160])
def test_ill_network(
    width: int,
    ill: Recording,
    findings: tuple[Finding, ...],
    show: Callable[..., str],
    snapshot: SnapshotAssertion,
) -> None:
    assert show(ill, findings, width=width) == snapshot


@pytest.mark.parametrize("width", [80, 100])
def test_healthy_network(
    width: int, healthy: Recording, show: Callable[..., str], snapshot: SnapshotAssertion
) -> None:
    shown = show(healthy, width=width)
    assert shown == snapshot
    assert len(shown.splitlines()) <= 24


def test_in_colour(
    ill: Recording,
    findings: tuple[Finding, ...],
    show: Callable[..., str],
    snapshot: SnapshotAssertion,
) -> None:
    shown = show(ill, findings, colour=True)
    assert shown == snapshot
    assert re.sub(r"\x1b\[[\d;]*m", "", shown) == show(ill, findings)


def test_ascii_terminal(
    ill: Recording,
    findings: tuple[Finding, ...],
    show: Callable[..., str],
    snapshot: SnapshotAssertion,
) -> None:
    assert show(ill, findings, width=80, encoding="ascii") == snapshot


@pytest.mark.parametrize("width", [30, 48, 60, 80, 100, 160, 400])
@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_nothing_is_wider_than_the_terminal(
    width: int,
    encoding: str,
    ill: Recording,
    findings: tuple[Finding, ...],
    show: Callable[..., str],
) -> None:
    shown = show(ill, findings, width=width, encoding=encoding, command=None)
    assert max(cell_len(line) for line in shown.splitlines()) <= width


def test_command_is_the_last_line_and_in_one_piece(
    healthy: Recording, show: Callable[..., str]
) -> None:
    assert show(healthy, width=30).splitlines()[-1] == COMMAND


def test_no_command_where_nothing_was_left_behind(
    healthy: Recording, show: Callable[..., str]
) -> None:
    assert "halfwave report" not in show(healthy, command=None)


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_hostile_names_never_reach_the_terminal(
    colour: bool, encoding: str, show: Callable[..., str]
) -> None:
    site = make_site(0, HOSTILE, file=HOSTILE, activation=HOSTILE)
    recording = make_recording([site])
    info = replace(
        recording.info, script=HOSTILE, argv=(HOSTILE,), error=HOSTILE, watching_ended=HOSTILE
    )
    loss = replace(recording.losses[0], file=HOSTILE)
    recording = replace(recording, info=info, losses=(loss,))
    finding = Finding(
        "rule",
        "error",
        HOSTILE,
        (HOSTILE,),
        f"{HOSTILE}:1",
        {HOSTILE: HOSTILE},
        HOSTILE,
        HOSTILE,
    )
    shown = show(
        recording, (finding,), width=400, encoding=encoding, colour=colour, command=HOSTILE
    )
    if colour:
        shown = re.sub(r"\x1b\[[\d;]+m", "", shown)
    assert not [character for character in shown if character < " " and character != "\n"]
    assert "\u202e" not in shown
    assert r"fc\x1b]0;owned\x07\x1b[2J\r\n[red]x[/red] :smile: \u202egnp \udcff" in shown


def test_a_consequence_is_told_with_its_cause_only(
    ill: Recording, findings: tuple[Finding, ...], show: Callable[..., str]
) -> None:
    assert show(ill, findings).count("[loss-not-decreasing]") == 1


def test_many_sites_leave_out_those_that_say_nothing(show: Callable[..., str]) -> None:
    sites = [make_site(n, f"blocks.{n}.act", dead=32 * (n == 77)) for n in range(120)]
    shown = show(make_recording(sites))
    assert "blocks.77.act" in shown
    assert "blocks.0.act" in shown
    assert "blocks.119.act" in shown
    assert "blocks.60.act" not in shown
    listed = len(re.findall(r"^blocks\.", shown, flags=re.MULTILINE))
    assert f"… {120 - listed} more sites, none remarkable" in shown
    everything = show(make_recording(sites), all_sites=True)
    assert len(re.findall(r"^blocks\.", everything, flags=re.MULTILINE)) == 120
    assert "more sites" not in everything


def test_many_remarkable_sites_are_counted(show: Callable[..., str]) -> None:
    sites = [make_site(n, f"blocks.{n}.act", dead=32) for n in range(120)]
    shown = show(make_recording(sites))
    listed = len(re.findall(r"^blocks\.", shown, flags=re.MULTILINE))
    assert listed == 40
    assert "… 80 more sites, 80 remarkable" in shown


def test_forty_sites_are_all_shown(show: Callable[..., str]) -> None:
    sites = [make_site(n, f"blocks.{n}.act") for n in range(40)]
    assert "more sites" not in show(make_recording(sites))


def test_program_without_torch(show: Callable[..., str]) -> None:
    shown = show(Recording(RunInfo("plot.py", state="finished", exit_code=0)))
    assert "never imported torch" in shown
    assert shown.splitlines()[-1] == COMMAND


@pytest.mark.parametrize(
    ("cost", "words"),
    [
        (Cost(0.01, 10.0, 0.074, 2.0, 0.31), "0.74% of the run's time (budget 1%)"),
        (Cost(None, 10.0, 3.0, 2.0, 0.31), "30% of the run's time (no budget set)"),
        (Cost(0.01, 0.12, 0.04, 2.0, 0.31), "33% of the run's time (budget 1%, too short a run"),
        (Cost(0.01, 60.0, 1.2, 2.0, 0.31), "2% of the run's time (budget 1%)"),
        (Cost(None, 2.0, 2.0, 2.0, 0.31), "100% of the run's time (no budget set)"),
        (Cost(0.005, 0.0, 0.0, 2.0, 0.31), "no step came after the first ones"),
        (Cost(0.005, 10.0, 0.01, 2.0, 0.31), "first steps: 0.31 s of 2 s"),
    ],
)
def test_cost(cost: Cost, words: str, healthy: Recording, show: Callable[..., str]) -> None:
    assert words in show(replace(healthy, cost=cost), width=160)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": "finished"}, "finished after 12.5 s"),
        ({"state": "failed", "exit_code": 3}, "failed after 12.5 s, exit code 3"),
        ({"state": "interrupted", "error": "KeyboardInterrupt"}, ": KeyboardInterrupt"),
        ({"state": "running", "ended": None}, "still running, or killed"),
        ({"watching_ended": "--max-steps 10"}, "ended early: --max-steps 10"),
    ],
)
def test_how_it_ended(
    changes: dict[str, object], words: str, healthy: Recording, show: Callable[..., str]
) -> None:
    info = replace(healthy.info, **changes)  # type: ignore[arg-type]
    assert words in show(replace(healthy, info=info), width=160)


def test_loss_that_is_not_finite_is_said(healthy: Recording, show: Callable[..., str]) -> None:
    samples = healthy.losses[0].samples.copy()
    samples["nonfinite"] = [0, 7]
    loss = replace(healthy.losses[0], samples=samples, last=float("nan"))
    shown = show(replace(healthy, losses=(loss,)))
    assert "2.3 → nan · 7 not finite  train.py:40" in shown


def test_figures_that_overflow_are_dashes(show: Callable[..., str]) -> None:
    site = make_site(0, "act")
    assert site.training is not None
    huge = np.full(32, 1e308)
    site = replace(site, training=replace(site.training, total_square=huge, total=huge))
    shown = show(make_recording([site]), width=160)
    assert " –  " in next(line for line in shown.splitlines() if line.startswith("act "))
