"""A recording as what trackers keep: named figures by step, and a text."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from halfwave.diagnose import diagnose
from halfwave.diagnose.shared import wholes
from halfwave.report.formats.markdown import as_markdown
from halfwave.report.summary import summarise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfwave.recording import Recording, Site

__all__ = ["Figures", "history", "site_names", "text", "totals"]

#: Figures of one step, by name.
Figures = dict[str, float]

# what every tracker takes in a name; the slash makes groups
_FORBIDDEN = re.compile(r"[^\w.\- ()]", re.ASCII)


def site_names(sites: Sequence[Site]) -> dict[int, str]:
    """Return a name for each site, by its id: its path, and a number where several share it.

    It stays the same while a run goes on: sites are numbered in the order in which they came.
    """
    names: dict[int, str] = {}
    taken: dict[str, int] = {}
    for site in sorted(sites, key=lambda site: site.id):
        use = "" if site.training is not None else " evaluation"
        name = _FORBIDDEN.sub("_", f"{site.path} {site.activation}{use}".strip())
        taken[name] = taken.get(name, 0) + 1
        names[site.id] = name if taken[name] == 1 else f"{name} {taken[name]}"
    return names


def history(recording: Recording, after: int = 0) -> list[tuple[int, Figures]]:
    """Return the figures of the watched steps later than `after`, in the order of the steps.

    Of each site ``closed_share``, ``closed_units`` (a share, too), ``zeros`` and ``grad_rms``,
    and the ``loss`` of every step. What was not measured is left out.
    """
    steps: dict[int, Figures] = {}

    def put(step: int, name: str, value: float) -> None:
        if step > after and not math.isnan(value):
            steps.setdefault(step, {})[f"halfwave/{name}"] = value

    names = site_names(recording.sites)
    for site in recording.sites:
        name = names[site.id]
        for row in site.samples[site.samples["last_step"] > after]:
            step = int(row["last_step"])
            if site.judged:
                put(step, f"{name}/closed_share", 1.0 - float(row["open"]))
                if site.units:
                    put(step, f"{name}/closed_units", int(row["closed_units"]) / site.units)
            put(step, f"{name}/zeros", float(row["zeros"]))
            put(step, f"{name}/grad_rms", float(row["grad_rms"]))
    for number, loss in enumerate(recording.losses, 1):
        name = "loss" if number == 1 else f"loss {number}"
        for row in loss.samples[loss.samples["last_step"] > after]:
            value = float(row["mean"] if row["count"] > row["nonfinite"] else row["last"])
            put(int(row["last_step"]), name, value)
    return sorted(steps.items())


def totals(recording: Recording) -> Figures:
    """Return the figures over all that was watched: the dead share of each site, findings."""
    names = site_names(recording.sites)
    found: Figures = {}
    for site, whole in zip(recording.sites, wholes(recording.sites), strict=True):
        dead = summarise(site, whole).dead
        if dead is not None and site.units:
            found[f"halfwave/{names[site.id]}/dead_share"] = dead / site.units
    findings = diagnose(recording)
    for severity in ("error", "warning"):
        count = sum(finding.severity == severity for finding in findings)
        found[f"halfwave/findings/{severity}s"] = float(count)
    return found


def text(recording: Recording) -> str:
    """Return verdict, findings and sites as Markdown."""
    return as_markdown(recording, diagnose(recording))
