"""What stops a gradient, where the recording shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from halfwave.diagnose.places import layer_name, place

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from halfwave.recording.facts import Link
    from halfwave.recording.model import Layer, Recording

__all__ = ["what_stops"]

#: Operations whose slope is 0 wherever they have one.
_FLAT: Final = frozenset({"round", "floor", "ceil", "trunc", "fix", "sign", "sgn", "heaviside"})
#: What a ``torch.autograd.Function`` of the program's goes by in links.
_OWN: Final = "function"


def what_stops(recording: Recording, weights: Collection[str]) -> str | None:
    """Say, with what to do, why no gradient comes to some weights; None where that is not seen.

    Parameters
    ----------
    recording : Recording
    weights : collection of str
        Names of the weights that get none.
    """
    known = {layer.id: layer for layer in recording.layers}
    for link, after in _ways_out(recording, weights):
        source = known.get(link.source) if link.source is not None else None
        if source is not None and source.weight not in weights:
            continue
        before = "the layers before" if source is None else layer_name(source)
        flat = next((each for each in link.operations if each in _FLAT), None)
        if flat is not None:
            return (
                f"{flat} stands between {before} and {after}: its slope is 0 everywhere. Let the"
                f" gradient straight through (a straight-through estimator): x +"
                f" (torch.{flat}(x) - x).detach()"
            )
        if _OWN in link.operations:
            return (
                f"A torch.autograd.Function stands between {before} and {after}: see whether its"
                " backward returns 0 (torch.autograd.gradcheck tells, in float64); of a step (a"
                " spike, a rounding) return the slope of something smooth"
            )
    return _silent(recording, weights)


def _ways_out(recording: Recording, weights: Collection[str]) -> Iterator[tuple[Link, str]]:
    """Links into what does get gradients, with its name; into the loss last."""
    for layer in recording.layers:
        if layer.weight not in weights:
            yield from ((link, layer_name(layer)) for link in layer.links)
    for objective in recording.objectives:
        yield from ((link, "the loss") for link in objective.links)


def _silent(recording: Recording, weights: Collection[str]) -> str | None:
    """A layer that is given nothing has a gradient of 0, and so have those before it."""
    given: list[Layer] = [
        layer for layer in recording.layers if layer.weight in weights and layer.rms_in == 0
    ]
    if not given:
        return None
    layer = given[-1]
    where = place(recording, layer.file, layer.line)
    return (
        f"{layer_name(layer)} is given nothing but 0{f' ({where})' if where else ''}: what stands"
        " before it never opens (a spiking unit whose threshold is out of reach, a mask, a gate)."
        " Lower the threshold, or scale up what comes to it"
    )
