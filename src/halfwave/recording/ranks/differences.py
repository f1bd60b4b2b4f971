"""What one rank had and others had not, a line each."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from halfwave.recording.model import Parameter, Recording, Site

    Ranked = Sequence[tuple[int, Site]]

__all__ = [
    "copies_differ",
    "made_apart",
    "of_parameters",
    "of_runs",
    "of_sites",
    "ranks_named",
]

#: Norms of one tensor's copies: they are stored in single precision.
_SAME: Final = 1e-5
#: A rank stands out if so large a share of a site's units, at least so many, is closed on
#: it alone, on so many inputs.
_SHARE, _FEWEST, _INPUTS = 0.1, 2, 256
#: Characters of an error's message.
_LONGEST: Final = 160
_ENDED: Final = {
    "failed": "failed",
    "interrupted": "was interrupted",
    "running": "still runs, or was killed",
}
#: Lines of one kind before the rest is counted.
_MOST: Final = 8


def ranks_named(ranks: Iterable[int]) -> str:
    """Name ranks: ``rank 1``, ``ranks 0, 2 and 3``, ``ranks 0, 1, 2 and 60 more``.

    Examples
    --------
    >>> ranks_named([2, 0, 3])
    'ranks 0, 2 and 3'
    """
    names = [str(rank) for rank in sorted(set(ranks))]
    if len(names) == 1:
        return f"rank {names[0]}"
    if len(names) > 4:
        names = [*names[:3], f"{len(names) - 3} more"]
    return f"ranks {', '.join(names[:-1])} and {names[-1]}"


def of_runs(recordings: Sequence[Recording], ranks: Sequence[int]) -> list[str]:
    """Say what differs between the runs as such: who is missing, who failed, who lags."""
    infos = [recording.info for recording in recordings]
    lines: list[str] = []
    size = max((info.world_size or 0 for info in infos), default=0)
    missing = sorted(set(range(size)) - set(ranks))
    if missing:
        lines.append(f"there is no recording of {ranks_named(missing)} of {size:,}")
    if len({(info.state, info.error) for info in infos}) > 1:
        for rank, info in zip(ranks, infos, strict=True):
            if info.state != "finished":
                error = f": {_brief(info.error)}" if info.error else ""
                lines.append(f"rank {rank} {_ENDED[info.state]}{error}")
    lines += _values("made {} steps", ranks, [info.steps for info in infos])
    lines += _values("called backward {} times", ranks, [info.backwards for info in infos])
    return lines


def _brief(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _values(words: str, ranks: Sequence[int], values: Sequence[int]) -> list[str]:
    by_value: dict[int, list[int]] = {}
    for rank, value in zip(ranks, values, strict=True):
        by_value.setdefault(value, []).append(rank)
    if len(by_value) < 2:
        return []
    told = [f"{ranks_named(who)} {words.format(f'{value:,}')}" for value, who in by_value.items()]
    return ["; ".join(told)]


def of_sites(groups: Sequence[Ranked], merged: Sequence[Site], ranks: Sequence[int]) -> list[str]:
    """Say which sites some ranks had not, or saw otherwise than the others.

    Parameters
    ----------
    groups : sequence of sequences of (which recording, Site)
    merged : sequence of Site
        What each group became.
    ranks : sequence of int
        Of the recordings.
    """
    return _some(_of_all(groups, merged, ranks), "sites")


def _of_all(
    groups: Sequence[Ranked], merged: Sequence[Site], ranks: Sequence[int]
) -> Iterator[str]:
    told: set[str] = set()
    places = [f"{whole.path} ({whole.where}) {whole.activation}" for whole in merged]
    count = Counter(places)
    for group, whole, place in zip(groups, merged, places, strict=True):
        if len(group) == 1 and count[place] > 1:
            if place not in told:
                told.add(place)
                yield f"{whole.path} ({whole.where}) has other units on each rank: they stay apart"
            continue
        yield from _of_site(group, whole, ranks)


def _of_site(group: Ranked, whole: Site, ranks: Sequence[int]) -> Iterator[str]:
    where = f"{whole.path} ({whole.where})"
    having = {ranks[number] for number, _ in group}
    if len(having) < len(set(ranks)):
        yield f"{where} was seen on {ranks_named(having)} only"
    if len(group) < 2:
        return
    bad = {ranks[n] for n, site in group if _nonfinite(site)}
    if bad and len(bad) < len(having):
        yield f"{where} gave values that are not finite on {ranks_named(bad)} only"
    statistics = whole.statistics
    if statistics is None or not whole.judged or whole.units is None or whole.role != "hidden":
        return
    for number, site in group:
        own = site.statistics
        if own is None or len(own.inputs) != whole.units or own.inputs.min() < _INPUTS:
            continue
        alone = int(((own.open_inputs == 0) & (statistics.open_inputs > 0)).sum())
        if alone >= max(_SHARE * whole.units, _FEWEST):
            yield (
                f"{alone:,} of {whole.units:,} units of {where} were closed throughout on rank "
                f"{ranks[number]}, and open elsewhere"
            )


def _nonfinite(site: Site) -> bool:
    statistics = site.statistics
    return statistics is not None and bool((statistics.nonfinite > 0).any())


def of_parameters(
    groups: Sequence[Sequence[tuple[int, Parameter]]], ranks: Sequence[int]
) -> list[str]:
    """Say which parameters are not the same on all ranks, though none is a shard."""
    return _some(
        (line for group in groups if (line := _drift(group, ranks)) is not None), "parameters"
    )


def _drift(group: Sequence[tuple[int, Parameter]], ranks: Sequence[int]) -> str | None:
    (number, first), *others = group
    for other, parameter in others:
        at = copies_differ(first, parameter)
        if at is not None:
            step, one, two = at
            return (
                f"{first.name} is not the same on all ranks: its norm at step {step:,} is "
                f"{one:.6g} on rank {ranks[number]} and {two:.6g} on rank {ranks[other]}"
            )
    return None


def copies_differ(one: Parameter, two: Parameter) -> tuple[int, float, float] | None:
    """Return the first step at which both were watched and differ, with the norms there.

    None where they are the same, where either is a shard, and where no step tells.
    """
    if one.local_shape is not None or two.local_shape is not None or one.shape != two.shape:
        return None
    first, second = one.samples, two.samples
    single = [rows[rows["samples"] == 1] for rows in (first, second)]  # merged rows hold a later
    common, left, right = np.intersect1d(
        single[0]["first_step"], single[1]["first_step"], return_indices=True
    )
    norms = single[0]["norm"][left], single[1]["norm"][right]
    far = np.flatnonzero(~np.isclose(*norms, rtol=_SAME, atol=0.0, equal_nan=True))
    if not len(far):
        return None
    at = int(far[0])
    return int(common[at]), float(norms[0][at]), float(norms[1][at])


def made_apart(one: Parameter, two: Parameter) -> bool:
    """Whether two of one name were never copies of each other: they began otherwise."""
    norms = one.first_norm, two.first_norm
    if one.shape != two.shape:
        return True
    if one.local_shape is not None or any(map(math.isnan, norms)):
        return False
    return not math.isclose(*norms, rel_tol=_SAME)


def _some(lines: Iterator[str], things: str) -> list[str]:
    found = list(lines)
    more = len(found) - _MOST
    return found[:_MOST] + ([f"and so on: {more:,} more lines about {things}"] if more > 0 else [])
