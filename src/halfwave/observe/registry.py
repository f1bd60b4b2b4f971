"""Finds the site that a call belongs to, or makes it.

A site is a place in the code, in one module. Where a loop applies the same
line to several layers, the layer that feeds it tells them apart: a loop over
time steps feeds the line from the same weight again and again (one site), a
loop over layers from another weight each time (several sites).
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from halfwave import activations
from halfwave._interrupting import pass_on
from halfwave.observe.figures import TallyRoom
from halfwave.observe.graph import origin
from halfwave.observe.location import nearest
from halfwave.observe.naming import Names
from halfwave.observe.parts import all_parts
from halfwave.observe.references import Reference, reference
from halfwave.observe.site import Intervals, WatchedSite

if TYPE_CHECKING:
    from torch import Tensor, nn

    from halfwave.observe.applied import Applied
    from halfwave.observe.clues import Clues
    from halfwave.observe.location import Place

__all__ = ["SiteRegistry"]

_MOST = 10_000
# so many watched steps with a single call, and its origin need not be looked up again
_SETTLED = 3
# weights of one line that are looked through for dead ones
_SEARCHED = 256


class _Spot:
    """One place in the code in one module, with the sites that it turned out to be."""

    def __init__(self, module: nn.Module | None, root: nn.Module | None) -> None:
        self.module = None if module is None else weakref.ref(module)
        self.root = None if root is None else weakref.ref(root)
        self.sites: list[WatchedSite] = []
        self.stamp = -1
        #: By identity, the weights met in this step: each with which site it feeds.
        self.weights: dict[int, tuple[int, Reference]] = {}
        self.sequence: list[int] = []  # which site the n-th call of a step was
        self.calls = 0
        self.settled = 0

    def of(self, module: nn.Module | None) -> bool:
        """Whether it is this module's: identities are used again after a module's death."""
        return self.module is None or self.module() is module

    def made_anew(self, module: nn.Module | None, root: nn.Module | None) -> bool:
        """Take in a module in place of a dead one: ``nn.ReLU()(x)`` makes one a call.

        The modules of a model that died with it are other sites than those of
        the next model, so the outermost module has to be the same, if there is one.
        """
        if module is None or self.module is None or self.module() is not None:
            return False
        known = None if self.root is None else self.root()
        if root is not module and (known is None or known is not root):
            return False
        self.module = weakref.ref(module)
        self.stamp, self.weights = -1, {}  # its weights are others, in the same places
        return True

    def begin(self, stamp: int) -> None:
        if self.stamp != stamp:
            self.settled = self.settled + 1 if self.calls == 1 else 0
            self.stamp, self.calls = stamp, 0
            self.weights = {}

    def which(self, weight: Tensor | None) -> int:
        call, self.calls = self.calls, self.calls + 1
        if weight is None:
            return self.sequence[call % len(self.sequence)] if self.sequence else 0
        index = self._fed_by(weight)
        if call < len(self.sequence):
            self.sequence[call] = index
        elif call == len(self.sequence):
            self.sequence.append(index)
        return index

    def _fed_by(self, weight: Tensor) -> int:
        """Return which site a weight feeds; one that is made anew comes in the place of a dead one.

        A program without steps may try many weights of its own making in one model (evolution).
        """
        weights = self.weights
        known = weights.get(id(weight))
        if known is None or known[1]() is not weight:
            few = weights.items() if len(weights) < _SEARCHED else ()
            gone = [(index, key) for key, (index, alive) in few if alive() is None]
            index, key = min(gone, default=(len(weights), None))
            if key is not None:
                del weights[key]
            known = weights[id(weight)] = index, reference(weight)
        return known[0]


class SiteRegistry:
    """All sites met so far."""

    def __init__(self, clues: Clues, only: nn.Module | None) -> None:
        self.names = Names()
        self.sites: list[WatchedSite] = []
        self.full = False
        self._room = TallyRoom()
        self._clues = clues
        # by identity: a class may refuse to be hashed
        watched = () if only is None else [part for _, part in all_parts(only)]
        self._only = {id(part): weakref.ref(part) for part in watched}
        self._spots: dict[tuple[Any, ...], _Spot] = {}
        self._here: dict[tuple[Any, ...], _Spot] = {}  # the last one met at a place in the code
        self._first: dict[tuple[int, str], _Spot] = {}  # module and activation -> where first met
        self._closed: dict[tuple[Any, ...], Intervals | None] = {}

    def _is_wanted(self, module: nn.Module | None) -> bool:
        known = self._only.get(id(module))
        return known is not None and known() is module

    def find(
        self,
        place: Place,
        applied: Applied,
        stamp: int,
        *,
        may_create: bool = True,
        training: bool = True,
    ) -> WatchedSite | None:
        """Return the site of a call, or None where it is not to be watched.

        `stamp` changes with every step: calls are counted within one. A model
        that is called from another line to be evaluated (`training` False) has
        no other sites there. What may not be an activation makes no site.
        """
        if self._only and not self._is_wanted(place.module):
            return None
        may_create = may_create and (not applied.generic or self._is_one(place, applied))
        spot = self._spot(place, applied, may_create=may_create, training=training)
        if spot is None:
            return None
        spot.begin(stamp)
        if spot.settled >= _SETTLED and spot.calls == 0 and len(spot.sites) == 1:
            spot.calls += 1
            return spot.sites[0]
        axis, weight = self._origin(applied.input)
        index = spot.which(weight)
        if index >= len(spot.sites):
            if not may_create:
                return None
            return self._add(spot, place, applied, axis, weight)
        site = spot.sites[index]
        site.figures.know_units(axis)
        return site

    def _is_one(self, place: Place, applied: Applied) -> bool:
        """Whether a call that is an activation by its arguments only is one, as far as is seen.

        A clamp of something that is not trained is none, until it is met in training.
        """
        given = applied.input
        if not given.requires_grad:
            return False
        return not applied.of_layer or (
            place.module is not None and self._origin(given)[1] is not None
        )

    def settled(self, activation: str, stamp: int) -> WatchedSite | None:
        """Return the site of a call by its nearest frames alone, where these are known to do."""
        near = None if self._only else nearest()
        if near is None:
            return None
        number, instruction, module = near
        spot = self._spots.get((number, instruction, id(module), activation))
        if spot is None or not spot.of(module):
            return None
        spot.begin(stamp)
        if spot.settled < _SETTLED or spot.calls or len(spot.sites) != 1:
            return None
        spot.calls = 1
        return spot.sites[0]

    def _spot(
        self, place: Place, applied: Applied, *, may_create: bool, training: bool
    ) -> _Spot | None:
        module, of_module = place.module, (id(place.module), applied.activation)
        key = (place.number, place.instruction, *of_module)
        spot = self._spots.get(key)
        if spot is None and not training and not place.inside:
            spot = self._first.get(of_module)
        if spot is not None and spot.of(module):
            return spot
        here = (place.number, place.instruction, type(module), applied.activation)
        spot = self._here.get(here)
        if spot is not None and spot.made_anew(module, place.root):
            self._spots[key] = spot
            return spot
        if not may_create:
            return None
        spot = self._spots[key] = self._here[here] = _Spot(module, place.root)
        first = self._first.get(of_module)
        if first is None or not first.of(module):
            self._first[of_module] = spot
        return spot

    def _add(
        self,
        spot: _Spot,
        place: Place,
        applied: Applied,
        axis: int | None,
        weight: Tensor | None,
    ) -> WatchedSite | None:
        if len(self.sites) >= _MOST:
            self.full = True
            return None
        closed = self._intervals(applied)
        site = WatchedSite(len(self.sites), place, applied, closed, self._room)
        site.figures.account.unit_axis, site.index = axis, len(spot.sites)
        site.weight = None if weight is None else reference(weight)
        if place.root is not None:
            self.names.add(place.root, place.scope, by_method=place.by_method)
            site.remember_path(self.names)  # the module may not live as long as the site
        self.sites.append(site)
        spot.sites.append(site)
        return site

    def _origin(self, given: Tensor) -> tuple[int | None, Tensor | None]:
        """Return (axis of the units counted from the end, weight that made them)."""
        feature = self._clues.get("feature", given)
        if feature is not None:  # straight from a layer, which the graph may know less of
            return feature.dim - given.dim(), None if feature.weight is None else feature.weight()
        dim, weight = origin(given.grad_fn)
        return (None if dim is None else dim - given.dim()), weight

    def _intervals(self, applied: Applied) -> Intervals | None:
        """Return where the activation is closed; None where it has no such test."""
        key = (applied.activation, *sorted(applied.parameters.items()))
        if key not in self._closed:
            self._closed[key] = _closed_intervals(applied)
        return self._closed[key]


def _closed_intervals(applied: Applied) -> Intervals | None:
    try:
        record = activations.get(applied.activation)
        known = {parameter.name for parameter in record.parameters}
        given = {name: value for name, value in applied.parameters.items() if name in known}
        return record.closed_intervals(**given)
    except (LookupError, TypeError, ValueError) as error:
        pass_on(error)
        return None  # odd parameters: the site is shown, its units are not judged
