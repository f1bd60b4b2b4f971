"""``dying-units``: units fall silent one after another while the run goes on.

Definition
    A unit has fallen silent when it used to open, and has now been closed on
    so many inputs in a row that chance does not explain it: with the share p
    of inputs that it opened on before, (1 − p)^n is below 1e-4, and n is at
    least an eighth of the inputs seen (at least 64, at most 2,000: see
    ``dead-units`` for the window). When it did so is the step in which it was
    last seen open.

Thresholds
    Warning when at least a tenth of a site's units fell silent after the first
    quarter of its time (what dies in the first steps, from a bad start, is for
    ``dead-units`` alone) and at least a fifth of these in its second half: it
    is still going on. A tenth is half of what ``dead-units`` warns of: here it
    has yet to stop. Info where fewer than half of the units died, and the loss
    fell by three tenths or more or no more than the first tenth of the run was
    watched. That ReLU networks lose units as training goes on is shown
    by Lu et al., "Dying ReLU and initialization" (2019), and Dohare et al.,
    Nature 632 (2024).

Passed over
    As for ``dead-units``; and evaluation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.changes import unclosing
from halfwave.diagnose.course import fell_well
from halfwave.diagnose.curves import rate_at
from halfwave.diagnose.families import saturates
from halfwave.diagnose.finding import Finding
from halfwave.diagnose.places import by_line, listed, place, site_name
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.shared import as_one
from halfwave.diagnose.units import DEATH_WINDOW, FEWEST_INPUTS, inputs_seen, judged_units
from halfwave.diagnose.updates import lower_rate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.diagnose.finding import Severity
    from halfwave.recording.model import Array, Recording, Site, UnitStatistics

__all__ = ["CHANCE", "EARLY", "MANY", "RULE", "STILL_GOING_ON", "WARNING_SHARE"]

WARNING_SHARE = 0.1
STILL_GOING_ON = 0.2
CHANCE = 1e-4
MANY = 0.5
#: Share of a run at which its beginning is over.
EARLY = 0.1

#: Deaths before this share of the run belong to its start.
_START = 0.25
_FEWEST = 2
#: Steps that a site which came later was watched over, at the least.
_FEWEST_STEPS = 10
#: Inputs at which the confidence is one half.
_HALF_SURE = 500


@dataclass(frozen=True, slots=True)
class _Case:
    """One site whose units fall silent."""

    site: Site
    units: int
    died: int  # after the start
    lately: int  # of these, in the second half
    early: int  # silent by the end of the start, or never open
    first: int  # steps between which units died
    last: int
    inputs: int
    severity: Severity = "warning"

    @property
    def share(self) -> float:
        return self.died / self.units


def check(recording: Recording) -> Iterator[Finding]:
    """One finding for each source line."""
    sites = as_one(recording.sites)
    last = max((int(s.samples["last_step"][-1]) for s in sites if len(s.samples)), default=0)
    mild = fell_well(recording) or last < EARLY * recording.info.steps
    cases = [case for s in sites if (case := _case(s, last, mild=mild)) is not None]
    for group in by_line(cases):
        yield _finding(recording, group)


def _case(site: Site, last_step: int, *, mild: bool) -> _Case | None:
    statistics = judged_units(site)
    if (
        statistics is None
        or site.training is None
        or saturates(site)
        or inputs_seen(site) < 2 * FEWEST_INPUTS
        or statistics.nonfinite.sum() > 0
    ):
        return None
    begin, end = int(site.samples["first_step"][0]), int(site.samples["last_step"][-1])
    if begin > EARLY * last_step and end - begin < _FEWEST_STEPS:
        return None  # of a training that began later, its start is all that was seen
    silent = _silent(statistics)
    # when each fell silent, as a share of the site's steps: watched inputs are dense at its start
    moment = (statistics.last_open[silent] - begin) / max(end - begin, 1)
    units = len(statistics.inputs)
    died = int(np.count_nonzero(moment > _START))
    lately = int(np.count_nonzero(moment > 0.5))
    if died < max(_FEWEST, WARNING_SHARE * units) or lately < STILL_GOING_ON * died:
        return None
    steps = statistics.last_open[silent][moment > _START]
    never = int(np.count_nonzero(statistics.first_open < 0))
    return _Case(
        site=site,
        units=units,
        died=died,
        lately=lately,
        early=never + len(silent) - died,
        first=int(steps.min()),
        last=int(steps.max()),
        inputs=inputs_seen(site),
        severity="info" if mild and died < MANY * units else "warning",
    )


def _finding(recording: Recording, group: list[_Case]) -> Finding:
    site = group[0].site
    died, units = sum(case.died for case in group), sum(case.units for case in group)
    early = sum(case.early for case in group)
    # as many again in as long a time as it has taken since the start
    projected = min(early + died + died / (1 - _START), units) / units
    first, last = min(case.first for case in group), max(case.last for case in group)
    inputs = min(case.inputs for case in group)
    change = lower_rate(rate_at(recording, last))
    return Finding(
        rule=RULE.name,
        severity=group[0].severity,
        title=f"{died:,} of {units:,} units of"
        f" {listed([site_name(recording, case.site) for case in group])} fell silent between steps"
        f" {first:,} and {last:,}",
        sites=tuple(case.site.path for case in group),
        site_ids=tuple(case.site.id for case in group),
        where=place(recording, site.file, site.line),
        evidence={
            "died": died,
            "died_in_second_half": sum(case.lately for case in group),
            "silent_at_a_quarter": early,
            "silent_at_the_end": early + died,
            "units": units,
            "share": round(died / units, 4),
            "projected_share": round(projected, 4),
            "first_step": first,
            "last_step": last,
            "inputs": inputs,
            "threshold": WARNING_SHARE,
        },
        why="Units that worked were shut off by training itself, and the loss of them goes on: at"
        f" this pace a run twice as long ends with {projected:.0%} of them silent.",
        advice=f"{change[0].upper()}{change[1:]}, or decay it; {unclosing(recording, site)}.",
        confidence=round(inputs / (inputs + _HALF_SURE), 3),
    )


def _silent(statistics: UnitStatistics) -> Array:
    """Indices of the units that used to open and have stopped."""
    run = statistics.closed_run
    needed = np.clip(statistics.inputs // 8, FEWEST_INPUTS, DEATH_WINDOW)
    before = np.maximum(statistics.inputs - run, 1)
    opened = np.clip(statistics.open_inputs / before, 0, 1 - 1e-12)
    by_chance = run * np.log1p(-opened)
    return np.flatnonzero(
        (statistics.open_inputs > 0) & (run >= needed) & (by_chance <= np.log(CHANCE))
    )


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """What is dead at the end at the same site has died on the way."""
    del recording
    return (
        other.rule == "dead-units"
        and "last_open_step" in other.evidence
        and set(other.sites) <= set(mine.sites)
    )


RULE = Rule(
    name="dying-units",
    summary="units that fall silent one after another while the run goes on",
    check=check,
    explains=_explains,
    hinders=None,
)
