"""What happened at some step of a run and is worth a mark on the curve of its loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from halfwave.diagnose.units import dead_units_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfwave.recording import Loss, Recording, Site

__all__ = ["Event", "events_of"]

#: A site's units died at a step if so many of them, and such a share of its dead, did.
_FEWEST, _SHARE = 2, 0.1
#: A loss spikes where it is so many times the median of the samples before it.
_SPIKE, _BEFORE = 4.0, 12
_MOST: Final = 12


@dataclass(frozen=True, slots=True)
class Event:
    """Something at a step, in words."""

    step: int
    kind: str  # "died", "spike" or "nonfinite"
    text: str
    site: int | None = None  # the place of the site in the recording
    weight: float = 0.0  # events with more are kept where there are many


def events_of(recording: Recording, wholes: Sequence[Site]) -> list[Event]:
    """Find what to mark, in the order of the steps.

    Parameters
    ----------
    recording
        What a run left behind.
    wholes
        For each site, what stands for all that share its units.
    """
    found: list[Event] = []
    told: set[int] = set()
    for place, whole in enumerate(wholes):
        if id(whole) not in told:
            told.add(id(whole))
            found += _deaths(place, whole)
    if recording.losses:
        found += _of_loss(recording.losses[0])
    found.sort(key=lambda event: -event.weight)
    return sorted(found[:_MOST], key=lambda event: event.step)


def _deaths(place: int, site: Site) -> list[Event]:
    units = dead_units_of(site)
    statistics = site.statistics
    if statistics is None or not len(units):
        return []
    last = statistics.last_open[units]
    steps, counts = np.unique(last[last >= 0], return_counts=True)
    events: list[Event] = []
    never = int((last < 0).sum())
    if never:
        text = f"{_units(never)} of {site.path} {_were(never)} never seen open"
        first = int(site.samples["first_step"].min(initial=0)) if len(site.samples) else 0
        events.append(Event(first, "died", text, place, float(never)))
    needed = max(_FEWEST, _SHARE * len(units))
    for step, count in zip(steps.tolist(), counts.tolist(), strict=True):
        if count >= needed:
            text = f"{_units(count)} of {site.path} {_were(count)} open for the last time"
            events.append(Event(step, "died", text, place, float(count)))
    return events


def _of_loss(loss: Loss) -> list[Event]:
    events: list[Event] = []
    if loss.first_nonfinite is not None:
        text = "the loss was NaN or infinite for the first time"
        events.append(Event(loss.first_nonfinite, "nonfinite", text, None, np.inf))
    rows = loss.samples
    highest, usual = rows["max"], rows["mean"]
    before_it = -2  # a spike over several samples is one
    for at in range(_BEFORE // 2, len(rows)):
        before = usual[max(at - _BEFORE, 0) : at]
        before = before[np.isfinite(before)]
        level = float(np.median(np.abs(before))) if len(before) else 0.0
        if level > 0 and np.isfinite(highest[at]) and highest[at] > _SPIKE * level:
            times = highest[at] / level
            before_it, follows = at, before_it == at - 1
            if follows:
                continue
            text = f"the loss rose to {highest[at]:.3g}, {times:.0f} times what it had been"
            events.append(Event(int(rows["last_step"][at]), "spike", text, None, float(times)))
    return events


def _units(count: int) -> str:
    return f"{count:,} unit{'s' if count != 1 else ''}"


def _were(count: int) -> str:
    return "were" if count != 1 else "was"
