"""What every kind of report says of the run itself, in a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from halfwave.diagnose.places import listed
from halfwave.report.text import number, source_labels, with_labels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from halfwave.recording.model import Recording, Unobserved

__all__ = ["cost", "ending", "labels_of", "not_observed", "remarks", "went_well"]

#: Seconds of watching that nobody minds, whatever share of the run they are.
_A_MOMENT: Final = 0.5


def labels_of(recording: Recording) -> dict[str, str]:
    """Give every source file that a report names its short name, as `source_labels` does."""
    seen = (recording.sites, recording.losses, recording.objectives, recording.optimizers)
    files = [each.file for kind in (*seen, recording.layers) for each in kind if each.file]
    spots = (_spot_and_module(item)[0] for item in recording.unobserved)
    return source_labels(files + [spot.rpartition(":")[0] for spot in spots if ":" in spot])


def went_well(recording: Recording) -> bool:
    """Whether a run without findings is a good one: seen, and to its end or to now."""
    info = recording.info
    seen = bool(recording.sites) and info.sampled > 0 and not info.watching_ended
    return seen and info.state in {"finished", "running"}


def ending(recording: Recording) -> str:
    """Say how the run ended, and after how long."""
    info = recording.info
    took = ""
    if info.ended is not None and info.ended > info.started > 0:
        took = f" after {number(info.ended - info.started)} s"
    if info.state == "running":
        # a killed run leaves the same mark as one that still goes on
        return "still running, or killed: what had been written by then"
    error = f": {info.error}" if info.error else ""
    code = f", exit code {info.exit_code}" if info.exit_code else ""
    return f"{info.state}{took}{code}{error}"


def cost(recording: Recording) -> str:
    """Say what the watching took of the run's time."""
    spent = recording.cost
    if spent.share is None:
        share = "no step came after the first ones, watched densely"
    else:
        limit = "no budget set" if spent.budget is None else f"budget {100 * spent.budget:.3g}%"
        if spent.budget is not None and spent.share > spent.budget and spent.watching < _A_MOMENT:
            took = f"{number(spent.watching)} s of {number(spent.run)} s"
            limit += f", too short a run for it: {took}"
        digits = 2 if spent.share < 0.995 else 3  # two would make 1e+02 of all of it
        share = f"watching took {100 * spent.share:.{digits}g}% of the run's time ({limit})"
    dense = f"{number(spent.dense_watching)} s of {number(spent.dense_run)} s"
    return f"{share} · start and first steps: {dense}"


def remarks(recording: Recording) -> list[tuple[str, str]]:
    """Say what stands behind the figures where that is not one plain run, as (label, words)."""
    info = recording.info
    rows: list[tuple[str, str]] = []
    if recording.ranks:
        hosts = len({each.host for each in recording.ranks})
        where = f" on {hosts:,} machines" if hosts > 1 else ""
        rows.append(("ranks", f"{len(recording.ranks):,} ranks{where}, merged"))
        rows += [("", f"• {line}") for line in recording.differences]
    elif info.rank is not None:
        size = f" of {info.world_size:,}" if info.world_size else ""
        rows.append(("rank", f"{info.rank:,}{size}: what this process saw alone"))
    if info.parent is not None:
        rows.append(("child", f"of process {info.parent}"))
    if info.altered:
        rows.append(("altered", info.altered))
    return rows


def not_observed(recording: Recording, labels: Mapping[str, str]) -> list[str]:
    """Say what ran and could not be seen: what the blocks of a network share is one line."""
    groups: dict[tuple[str, ...], list[Unobserved]] = {}
    for item in recording.unobserved:
        key = item.what, _spot_and_module(item)[0], item.reason, item.option
        groups.setdefault(key, []).append(item)
    lines: list[str] = []
    for (what, spot, reason, option), items in groups.items():
        modules = [module for item in items if (module := _spot_and_module(item)[1])]
        where = f", {with_labels(spot, labels)}" if spot else ""
        where += f" ({listed(modules)})" if modules else ""
        count = sum(item.count for item in items)
        times = f" ({count:,} times)" if count > 1 else ""
        lines.append(f"{what}{where}{times}: {reason}{f' ({option})' if option else ''}")
    return lines


def _spot_and_module(item: Unobserved) -> tuple[str, str]:
    """``model.py:31 (blocks.0.attn)`` as its two parts."""
    spot, bracket, module = item.where.rpartition(" (")
    return (spot, module[:-1]) if bracket and module.endswith(")") else (item.where, "")
