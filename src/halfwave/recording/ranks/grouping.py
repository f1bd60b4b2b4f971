"""Which sites of several ranks are one, and what they are called where they are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import differences
from .keys import matched

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias, TypeVar

    from halfwave.recording.model import Parameter, Recording, Site

    _Record = TypeVar("_Record")
    Groups: TypeAlias = Sequence[Sequence[tuple[int, _Record]]]

__all__ = ["paths_of", "sites_together"]


def sites_together(
    recordings: Sequence[Recording], parameters: Groups[Parameter]
) -> list[list[tuple[int, Site]]]:
    """Group the sites of all ranks that are one site, and whose units are the same units.

    Parameters
    ----------
    recordings : sequence of Recording
        One a rank.
    parameters : sequence of sequences of (which recording, Parameter)
        Those of one name together.
    """
    apart = _apart(parameters)
    found = matched(
        [recording.sites for recording in recordings],
        lambda site: (site.path, site.file, site.line, site.function, site.activation, site.call),
    )
    groups: list[list[tuple[int, Site]]] = []
    for group in found:
        if _separate(group[0][1], apart):
            groups += [[each] for each in group]
            continue
        # where the units could not be told on one rank, the totals are of another length
        by_units: dict[int | None, list[tuple[int, Site]]] = {}
        for number, site in group:
            by_units.setdefault(site.units, []).append((number, site))
        groups += by_units.values()
    return groups


def paths_of(groups: Groups[Site], ranks: Sequence[int]) -> list[str]:
    """Return a path for each group; its ranks stand in those that could not be merged into one."""

    def place(group: Sequence[tuple[int, Site]]) -> tuple[object, ...]:
        site = group[0][1]
        return site.path, site.where, site.function, site.activation, site.call

    # twice in one recording it is two sites of one line; on different ranks it is one, apart
    holders: dict[tuple[object, ...], list[set[int]]] = {}
    for group in groups:
        holders.setdefault(place(group), []).append({number for number, _ in group})
    paths: list[str] = []
    for group in groups:
        path, sets = group[0][1].path, holders[place(group)]
        together = set[int]().union(*sets)
        if len(sets) > 1 and any(together - each for each in sets):
            path += f" ({differences.ranks_named(ranks[number] for number, _ in group)})"
        paths.append(path)
    return paths


def _apart(groups: Groups[Parameter]) -> dict[str, tuple[int, ...]]:
    """Layers whose weights are no copies of each other: their units are not the same units.

    The shape is that of the whole weight; an empty one stands for weights that began otherwise.
    """
    found: dict[str, tuple[int, ...]] = {}
    for group in groups:
        first = group[0][1]
        layer = first.name.rpartition(".")[0]
        if any(differences.made_apart(first, other) for _, other in group[1:]):
            found[layer] = ()
        elif first.local_shape is not None and len(first.shape) > 1:
            found[layer] = first.shape
    return found


def _separate(site: Site, apart: dict[str, tuple[int, ...]]) -> bool:
    """Whether a site's units are others on every rank."""
    shape = apart.get(site.producer or "")
    if shape is None:
        return False
    # sharded for storage a layer still puts out all its units; split for computing, a part
    whole = shape[:1] if len(shape) == 2 else shape[:2]
    return not shape or (site.units is not None and site.units not in whole)
