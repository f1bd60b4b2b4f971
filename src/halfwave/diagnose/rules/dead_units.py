"""``dead-units``: units that are closed on every input, and so can no longer learn.

Definition
    A unit is dead when its slope was closed on every one of the last 2,000
    inputs, or on a quarter of the inputs seen in a run too short for that, and
    on 64 at the very least (`halfwave.diagnose.units`). The window of 2,000 is
    that of Dohare et al., "Loss of plasticity in deep continual learning",
    Nature 632 (2024). The share of zeros is no measure of it: half of the
    outputs of a healthy ReLU layer are zero.

Thresholds (in `halfwave.diagnose.dead`)
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

from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.changes import unclosing
from halfwave.diagnose.curves import rate_at
from halfwave.diagnose.dead import (
    EARLY,
    ERROR_SHARE,
    FEWEST_FOR_SOME,
    LARGE,
    LATE,
    NEVER,
    PART,
    SPARED,
    WARNING_SHARE,
    dead_sites,
)
from halfwave.diagnose.finding import Figure, Finding
from halfwave.diagnose.numerals import numeral
from halfwave.diagnose.places import by_line, count_of, listed, place, producer_of, site_name
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.spikes import spike_at
from halfwave.diagnose.updates import lower_rate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from halfwave.diagnose.dead import DeadSite
    from halfwave.recording.model import Array, Recording

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

#: Inputs at which the confidence is one half.
_HALF_SURE = 100


def check(recording: Recording) -> Iterator[Finding]:
    """One finding for each source line; one "info" for all that is minor."""
    cases = dead_sites(recording)
    minor = sorted((c for c in cases if c.severity == "info"), key=lambda case: -case.share)
    spikes = cache(partial(spike_at, recording))
    for group in by_line(case for case in cases if case.severity != "info"):
        yield _finding(recording, group, spikes)
    if minor:
        yield _minor(recording, minor)


def _finding(
    recording: Recording, group: list[DeadSite], spikes: Callable[[int], dict[str, Figure]]
) -> Finding:
    worst = group[0]
    dead, units = sum(len(case.dead) for case in group), sum(case.units for case in group)
    names = [site_name(recording, case.site) for case in group]
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
        site_ids=tuple(case.site.id for case in group),
        where=place(recording, worst.site.file, worst.site.line),
        evidence=evidence,
        why=_why(recording, worst, run) + _spike(evidence),
        advice=_advice(recording, worst, killed),
        confidence=round(run / (run + _HALF_SURE), 3),
    )


def _why(recording: Recording, worst: DeadSite, run: int) -> str:
    text = (
        f"A dead unit gives the same output and no gradient on every input ({run:,} in a row"
        " here), so training cannot bring it back."
    )
    if len(worst.dead) == worst.units:
        text += (
            f" {site_name(recording, worst.site)} is dead as a whole: what follows it sees a"
            " constant, and no gradient gets past it to the layers before."
        )
    return text


def _spike(evidence: Mapping[str, Figure]) -> str:
    """Say what happened when the units died, if anything did."""
    if "loss_peak" in evidence:
        return (
            f" When they died, the loss shot up from {numeral(float(evidence['loss_before']))} to"
            f" {numeral(float(evidence['loss_peak']))}."
        )
    if "gradient_growth" in evidence:
        growth = float(evidence["gradient_growth"])
        return f" When they died, gradients were {numeral(growth, 2)} times their usual size."
    return ""


def _advice(recording: Recording, worst: DeadSite, killed: int | None) -> str:
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


def _killed(case: DeadSite) -> int | None:
    """Step at which half of the dead were gone; None if most were never open."""
    if 2 * case.never >= len(case.dead):
        return None
    return int(np.median(case.last_open[case.last_open >= 0]))


def _indices(units: Array, most: int = 12) -> str:
    text = ", ".join(str(unit) for unit in units[:most])
    return text if len(units) <= most else f"{text}, …"


def _minor(recording: Recording, group: list[DeadSite]) -> Finding:
    dead, units = sum(len(case.dead) for case in group), sum(case.units for case in group)
    names = [site_name(recording, case.site) for case in group]
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
        site_ids=tuple(case.site.id for case in group),
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
