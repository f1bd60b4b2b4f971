"""Sites with dead units, and how bad each is (the thresholds of ``dead-units``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.course import fell_far, fell_well
from halfwave.diagnose.curves import main_loss
from halfwave.diagnose.families import saturates
from halfwave.diagnose.shared import as_one
from halfwave.diagnose.units import FEWEST_INPUTS, dead_units_of, inputs_seen, judged_units

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfwave.diagnose.finding import Severity
    from halfwave.recording.model import Array, Recording, Site

__all__ = [
    "EARLY",
    "ERROR_SHARE",
    "FEWEST_FOR_SOME",
    "LARGE",
    "LATE",
    "NEVER",
    "PART",
    "SPARED",
    "WARNING_SHARE",
    "DeadSite",
    "dead_sites",
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


@dataclass(frozen=True, slots=True)
class DeadSite:
    """One site with dead units, and what says how bad that is."""

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
        """Of its units, how many are dead."""
        return len(self.dead) / self.units

    @property
    def severity(self) -> Severity:
        """How bad that is, as the docstring of the rule says."""
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


def dead_sites(recording: Recording) -> list[DeadSite]:
    """Return the sites with dead units, in the order of the forward pass."""
    learns = fell_well(recording)
    sites = as_one(recording.sites)
    thrives = learns and fell_far(recording)
    spared = _dead_of_all(sites) <= SPARED
    told = not recording.losses or main_loss(recording) is not None
    found = (
        _case(recording, site, learns=learns, thrives=thrives, spared=spared, told=told)
        for site in sites
    )
    return [case for case in found if case is not None]


def _case(
    recording: Recording, site: Site, *, learns: bool, thrives: bool, spared: bool, told: bool
) -> DeadSite | None:
    statistics = judged_units(site)
    if statistics is None or saturates(site):
        return None
    if inputs_seen(site) < FEWEST_INPUTS or statistics.nonfinite.sum() > 0:
        return None
    dead = dead_units_of(site)
    if len(dead) == 0:
        return None
    return DeadSite(
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
