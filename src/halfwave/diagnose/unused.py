"""What a network computes and nothing takes up."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from halfwave.recording.model import Layer, Recording

__all__ = ["unused"]


def unused(recording: Recording, weights: Collection[str]) -> set[str]:
    """Return those of the weights, which get no gradient, whose layers feed nothing that was seen.

    What feeds them does get gradients, by other ways: else the graph may be cut behind them,
    where a tensor left it (through NumPy, say) and came back as something new.
    """
    layers = [layer for layer in recording.layers if layer.weight in weights]
    feeding = _feeding(recording, {layer.id for layer in layers})
    known = {layer.id: layer for layer in recording.layers}
    found = {layer.id: layer for layer in layers if layer.id not in feeding and layer.links}
    dropped = True
    while dropped:  # who is fed by something that is cut itself is part of what is cut
        dropped = [
            each
            for each, layer in found.items()
            if not all(_is_alive(link.source, known, found) for link in layer.links)
        ]
        for each in dropped:
            del found[each]
    return {layer.weight for layer in found.values()}


def _feeding(recording: Recording, cut: set[int]) -> set[int]:
    """Return which of the layers feed one that is not cut, or a loss, be it by a detour."""
    ways = {
        layer.id: [link.source for link in layer.links if link.source is not None]
        for layer in recording.layers
    }
    taken = [source for each, sources in ways.items() if each not in cut for source in sources]
    taken += [
        link.source
        for objective in recording.objectives
        for link in objective.links
        if link.source is not None
    ]
    found: set[int] = set()
    while taken:
        each = taken.pop()
        if each in cut and each not in found:
            found.add(each)
            taken += ways.get(each, [])
    return found


def _is_alive(source: int | None, known: dict[int, Layer], found: dict[int, Layer]) -> bool:
    """Whether gradients reach what a link comes from, or it is as unused as what it leads to."""
    if source is None or source not in known:
        return False
    return source in found or known[source].reached
