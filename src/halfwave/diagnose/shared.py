"""Sites that share their units: one module called from two places, as a GAN's discriminator is."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.memory import remembered
from halfwave.diagnose.places import producer_of
from halfwave.recording.model import UnitStatistics

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from halfwave.recording.model import Array, Site

__all__ = ["as_one", "wholes"]


@remembered
def as_one(sites: Iterable[Site]) -> list[Site]:
    """Sites as the rules about units judge them: those that share units are one."""
    return list({id(whole): whole for whole in wholes(list(sites))}.values())


def wholes(sites: Sequence[Site]) -> list[Site]:
    """For each site, itself or the one that stands for all that share its units.

    Sites share units where one activation is applied to one layer's output
    under one path. In ``D(real) + D(fake)`` each call of D has sites of its own,
    but a unit that is open at one of them learns from there: it is not dead.

    Parameters
    ----------
    sites : sequence of Site
        Of one recording.

    Returns
    -------
    list of Site
        As long as `sites`. One that stands for several has the place of the
        first, and what all of them saw in training (in evaluation, if none was
        trained).
    """
    groups: dict[Hashable, list[int]] = {}
    for index, site in enumerate(sites):
        groups.setdefault(_key(site, index), []).append(index)
    found = list(sites)
    for indices in groups.values():
        if len(indices) > 1:
            whole = _merged([sites[index] for index in indices])
            for index in indices:
                found[index] = whole
    return found


def _key(site: Site, index: int) -> Hashable:
    statistics = site.statistics
    if producer_of(site) is None or site.units is None or statistics is None:
        return index  # who shares its units, if anybody, is not known
    return (
        site.path,
        site.activation,
        producer_of(site),
        site.role,
        site.judged,
        # a damaged recording may hold arrays of any length
        tuple(getattr(statistics, field.name).shape for field in fields(UnitStatistics)),
    )


def _merged(group: Sequence[Site]) -> Site:
    trained = [site for site in group if site.training is not None]
    parts = trained or group
    statistics = _sum([site.statistics for site in parts if site.statistics is not None])
    samples = np.concatenate([site.samples for site in parts])
    return replace(
        parts[0],
        training=statistics if trained else None,
        evaluation=None if trained else statistics,
        samples=samples[np.argsort(samples["first_step"], kind="stable")],
        calls=sum(site.calls for site in parts),
        heat=None,
    )


def _sum(parts: Sequence[UnitStatistics]) -> UnitStatistics:
    stacked = {
        field.name: np.stack([getattr(part, field.name) for part in parts])
        for field in fields(UnitStatistics)
    }
    # a damaged recording may hold any numbers
    with np.errstate(all="ignore"):
        merged = {name: values.sum(axis=0) for name, values in stacked.items()}
        merged["closed_run"] = _closed_run(stacked)
    merged["absmax"] = stacked["absmax"].max(axis=0)
    merged["last_open"] = stacked["last_open"].max(axis=0)
    first = stacked["first_open"]
    never = np.iinfo(first.dtype).max
    earliest = np.where(first < 0, never, first).min(axis=0)
    merged["first_open"] = np.where(earliest == never, -1, earliest)
    return UnitStatistics(**merged)


def _closed_run(stacked: dict[str, Array]) -> Array:
    """Inputs since a unit was last open at any of the sites.

    Exact for a unit that was never open. Else it is known at the site where the
    unit was open last; the others saw as much since then as their share of all
    inputs makes likely, and no more than they themselves count.
    """
    run, inputs = stacked["closed_run"], np.maximum(stacked["inputs"], 1)
    since = run / inputs
    # of two sites where it was open in the same step, the one whose run is shorter
    latest = np.argmax(stacked["last_open"] - since, axis=0)
    likely = np.ceil(np.take_along_axis(since, latest[None], axis=0) * inputs).astype(run.dtype)
    never = stacked["last_open"].max(axis=0) < 0
    return np.where(never, run, np.minimum(run, likely)).sum(axis=0)
