"""What every kind of report says of the run itself, in a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from halfwave.report.text import number

if TYPE_CHECKING:
    from halfwave.recording.model import Recording

__all__ = ["cost", "ending", "remarks"]

#: Seconds of watching that nobody minds, whatever share of the run they are.
_A_MOMENT: Final = 0.5


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
