"""``dead-units``: units that are closed on every input, and so can no longer learn.

Definition
    A unit is dead when its slope was closed on every one of the last 2,000
    inputs, or on a quarter of the inputs seen in a run too short for that, and
    on 64 at the very least (`halfwave.diagnose.units`). The window of 2,000 is
    that of Dohare et al., "Loss of plasticity in deep continual learning",
    Nature 632 (2024). The share of zeros is no measure of it: half of the
    outputs of a healthy ReLU layer are zero.

Thresholds
    Error from half of a site's units on, which is where TheDeepChecker (Ben
    Braiek and Khomh, 2023) raises its alarm for inactive neurons. Warning
    from a fifth on, where they were closed on 256 inputs in a row or more.
    Fewer are common in layers that learn well (up to 16 % of an autoencoder's,
    5 % of a small CNN's on handwritten digits): these are summed up in one
    "info" for the whole run.

    Less than half of a site is "info" as well where it was watched for the first
    tenth of the run only, where no gradient ever came to it (a copy that is not
    trained), and where no one loss says whether the network learns (a GAN's
    several, reinforcement learning's).

    Where the loss fell by three tenths or more all the same, units that training
    itself shut off are no fault (half of a bottleneck's, of a small network's):
    then half of a site's units are a warning, if it was watched in the second half
    of the run, all of them one wherever that was seen, three quarters that were never
    open an error, and sites of fewer than 16 units are passed over. Where it
    fell to three tenths or less, the network has units enough for what it is
    to learn: fewer than three quarters are "info" then; and fewer than `PART` where a
    third of all the run's units at the most are dead (`SPARED`).

Passed over
    Activations that close on both sides (a closed tanh is *saturated*: see
    ``saturated-units``), sites with non-finite outputs (``non-finite``), and
    sites with fewer than 64 inputs, where nothing is known yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.changes import unclosing
from halfwave.diagnose.course import fell_far, fell_well
from halfwave.diagnose.curves import main_loss, rate_at
from halfwave.diagnose.families import saturates
from halfwave.diagnose.finding import Figure, Finding, Severity
from halfwave.diagnose.places import by_line, count_of, listed, place, producer_of, site_name
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.shared import as_one
from halfwave.diagnose.spikes import spike_at
from halfwave.diagnose.units import FEWEST_INPUTS, dead_units_of, inputs_seen, judged_units
from halfwave.diagnose.updates import lower_rate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from halfwave.recording.model import Array, Recording, Site

__all__ = [
    "EARLY",
    "ERROR_SHARE",
    "FEWEST_FOR_SOME",
    "LARGE",
    "LATE",
    "NEVER",
    "PART",
    "RULE",
    "SPARED",
    "WARNING_SHARE",
]

WARNING_SHARE = 0.2
ERROR_SHARE = 0.5
#: Share of units that were never open that is an error where the network learns.
NEVER = 0.75
#: Share of all units of a run that learns up to which what is left is enough.
SPARED = 0.33
#: … and share of a site's units up to which that is so.
PART = 0.6
#: Units from which a share of them says something where the network learns.
LARGE = 16
#: Closed inputs in a row without which a part of a layer is not called dead above "info".
FEWEST_FOR_SOME = 256
#: Share of a run at which its beginning is over.
EARLY = 0.1
#: … and from which what is seen of a network that learns is seen of its end.
LATE = 0.5

#: Inputs at which the confidence is one half.
_HALF_SURE = 100


@dataclass(frozen=True, slots=True)
class _Case:
    """One site with dead units."""

    site: Site
    dead: Array  # indices of the dead units
    last_open: Array  # of these, the step they were last seen open; -1 never
    units: int
    never: int  # of them, never seen open
    inputs: int
    run: int  # shortest run of closed inputs among the dead
    learns: bool  # the loss fell well all the same
    thrives: bool  # … and next to all the way
    spared: bool  # most units of the network are alive
    told: bool  # there is a loss that says so
    late: bool  # watched in the second half of the run
    known: bool  # watched for more than the start, and a part of what is trained

    @property
    def share(self) -> float:
        return len(self.dead) / self.units

    @property
    def severity(self) -> Severity:
        if self.learns:
            if self.units < LARGE:
                return "info"
            if self.never >= NEVER * self.units:
                return "error"
            if self.share < (NEVER if self.thrives else PART if self.spared else 0.0):
                return "info"
            whole = self.share == 1 and self.known
            return "warning" if whole or (self.share >= ERROR_SHARE and self.late) else "info"
        if self.share >= ERROR_SHARE:
            return "error"
        # the steps of one episode are much alike: it takes many to say it of a part of a layer
        sure = self.run >= FEWEST_FOR_SOME and self.known and self.told
        return "warning" if self.share >= WARNING_SHARE and sure else "info"


def check(recording: Recording) -> Iterator[Finding]:
    """One finding for each source line; one "info" for all that is minor."""
    learns = fell_well(recording)
    sites = as_one(recording.sites)
    thrives = learns and fell_far(recording)
    spared = _dead_of_all(sites) <= SPARED
    told = not recording.losses or main_loss(recording) is not None
    cases = [
        case
        for site in sites
        if (
            case := _case(recording, site, learns=learns, thrives=thrives, spared=spared, told=told)
        )
    ]
    minor = sorted((c for c in cases if c.severity == "info"), key=lambda case: -case.share)
    spikes = cache(partial(spike_at, recording))
    for group in by_line(case for case in cases if case.severity != "info"):
        yield _finding(recording, group, spikes)
    if minor:
        yield _minor(recording, minor)


def _case(
    recording: Recording, site: Site, *, learns: bool, thrives: bool, spared: bool, told: bool
) -> _Case | None:
    statistics = judged_units(site)
    if statistics is None or saturates(site):
        return None
    if inputs_seen(site) < FEWEST_INPUTS or statistics.nonfinite.sum() > 0:
        return None
    dead = dead_units_of(site)
    if len(dead) == 0:
        return None
    return _Case(
        site=site,
        dead=dead,
        last_open=statistics.last_open[dead],
        units=len(statistics.inputs),
        never=int(np.count_nonzero(statistics.first_open[dead] < 0)),
        inputs=inputs_seen(site),
        run=int(statistics.closed_run[dead].min()),
        learns=learns,
        thrives=thrives,
        spared=spared,
        told=told,
        late=_watched_to(recording, site) >= LATE,
        known=_watched_to(recording, site) >= EARLY and _trained(recording, site),
    )


def _dead_of_all(sites: Sequence[Site]) -> float:
    """Share of the dead among all units that are judged; of one site alone it says nothing."""
    judged = [site for site in sites if judged_units(site) is not None and not saturates(site)]
    units = sum(site.units or 0 for site in judged)
    dead = sum(len(dead_units_of(site)) for site in judged)
    return dead / units if units and len(judged) > 1 else 1.0


def _watched_to(recording: Recording, site: Site) -> float:
    """Share of the run after which a site was last watched."""
    seen = site.samples["last_step"]
    return float(seen.max()) / max(recording.info.steps, 1) if len(seen) else 0.0


def _trained(recording: Recording, site: Site) -> bool:
    """Whether gradients come to a site, where there are any at all."""
    statistics = site.statistics
    reached = statistics is not None and bool(statistics.grad_elements.sum() > 0)
    return reached or not recording.info.backwards


def _finding(
    recording: Recording, group: list[_Case], spikes: Callable[[int], dict[str, Figure]]
) -> Finding:
    worst = group[0]
    dead, units = sum(len(case.dead) for case in group), sum(case.units for case in group)
    names = [site_name(case.site) for case in group]
    which = f"{dead:,} of {count_of(units, 'unit')}" if dead < units else f"all {units:,} units"
    run = min(case.run for case in group)
    evidence: dict[str, Figure] = {
        "dead": dead,
        "units": units,
        "share": round(dead / units, 4),
        "worst_share": round(worst.share, 4),
        "never_open": sum(case.never for case in group),
        "wholly_dead_sites": sum(len(case.dead) == case.units for case in group),
        "inputs": min(case.inputs for case in group),
        "closed_inputs_in_a_row": run,
        "threshold": ERROR_SHARE if worst.severity == "error" else WARNING_SHARE,
        "dead_units": _indices(worst.dead),
    }
    killed = _killed(worst)
    if killed is not None:
        evidence["last_open_step"] = killed
        evidence.update(spikes(killed))
    begun = ", from the start" if 2 * worst.never >= len(worst.dead) else ""
    since = f", since about step {killed:,}" if killed is not None else begun
    return Finding(
        rule=RULE.name,
        severity=worst.severity,
        title=f"{which} of {listed(names)} {'is' if dead == 1 else 'are'} dead{since}",
        sites=tuple(case.site.path for case in group),
        where=place(recording, worst.site.file, worst.site.line),
        evidence=evidence,
        why=_why(worst, run) + _spike(evidence),
        advice=_advice(recording, worst, killed),
        confidence=round(run / (run + _HALF_SURE), 3),
    )


def _why(worst: _Case, run: int) -> str:
    text = (
        f"A dead unit gives the same output and no gradient on every input ({run:,} in a row"
        " here), so training cannot bring it back."
    )
    if len(worst.dead) == worst.units:
        text += (
            f" {site_name(worst.site)} is dead as a whole: what follows it sees a constant, and no"
            " gradient gets past it to the layers before."
        )
    return text


def _spike(evidence: Mapping[str, Figure]) -> str:
    """Say what happened when the units died, if anything did."""
    if "loss_peak" in evidence:
        return (
            f" When they died, the loss shot up from {evidence['loss_before']:.3g} to"
            f" {evidence['loss_peak']:.3g}."
        )
    if "gradient_growth" in evidence:
        growth = evidence["gradient_growth"]
        return f" When they died, gradients were {growth:.2g} times their usual size."
    return ""


def _advice(recording: Recording, worst: _Case, killed: int | None) -> str:
    site = worst.site
    producer = producer_of(site) or "the layer before it"
    steps = []
    if killed is None:
        steps.append(
            f"These units were never seen open: check the bias of {producer} (start it at 0) and"
            " the scale of its inputs (mean 0, standard deviation 1)"
        )
    else:
        steps.append(
            f"These units were alive until about step {killed:,}:"
            f" {lower_rate(rate_at(recording, killed))}, or warm it up"
        )
    steps.append(unclosing(recording, site))
    return "; ".join(steps) + "."


def _killed(case: _Case) -> int | None:
    """Step at which half of the dead were gone; None if most were never open."""
    if 2 * case.never >= len(case.dead):
        return None
    return int(np.median(case.last_open[case.last_open >= 0]))


def _indices(units: Array, most: int = 12) -> str:
    text = ", ".join(str(unit) for unit in units[:most])
    return text if len(units) <= most else f"{text}, …"


def _minor(recording: Recording, group: list[_Case]) -> Finding:
    dead, units = sum(len(case.dead) for case in group), sum(case.units for case in group)
    names = [site_name(case.site) for case in group]
    few = group[0].share < WARNING_SHARE
    comment = "which is common"
    if not few:
        comment = "and the loss falls all the same" if group[0].learns else "as far as was seen"
    return Finding(
        rule=RULE.name,
        severity="info",
        title=f"{dead:,} of {count_of(units, 'unit')} of {listed(names)}"
        f" {'is' if dead == 1 else 'are'} dead, {comment}",
        sites=tuple(case.site.path for case in group),
        where=place(recording, group[0].site.file, group[0].site.line),
        evidence={
            "dead": dead,
            "units": units,
            "share": round(dead / units, 4),
            "worst_share": round(group[0].share, 4),
            "inputs": min(case.inputs for case in group),
            "threshold": WARNING_SHARE,
        },
        why="Dead units in a layer cost a part of its width and nothing else.",
        advice="Nothing needs to be done while it stays at that.",
        confidence=round(group[0].run / (group[0].run + _HALF_SURE), 3),
    )


RULE = Rule(
    name="dead-units",
    summary="units that are closed on every input, and so can no longer learn",
    check=check,
    hinders="error",
)
