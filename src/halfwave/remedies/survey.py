"""Finds the site of every call that applies an activation, at every step, and lets it be replaced.

It reads calls as the watcher does, with the same tables and the same registry
of sites, but takes no statistics.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakKeyDictionary

import torch
from torch import Tensor
from torch.nn.parameter import is_lazy

from halfwave.observe import private
from halfwave.observe.calls import activation_calls
from halfwave.observe.clues import Clues, notes
from halfwave.observe.location import locate
from halfwave.observe.registry import SiteRegistry
from halfwave.remedies.sites import SiteKey, Target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import nn

    from halfwave.observe.applied import Applied, Reader
    from halfwave.observe.clues import Note
    from halfwave.observe.location import Place
    from halfwave.observe.mode import Handler
    from halfwave.observe.site import WatchedSite
    from halfwave.remedies.host import Host

__all__ = ["Met", "Replacer", "Survey"]


class Met:
    """One site that was met, as long as the program runs."""

    __slots__ = ("key", "site", "target")

    def __init__(self, site: WatchedSite, key: SiteKey, target: Target) -> None:
        self.site, self.key, self.target = site, key, target


class Replacer(Protocol):
    """Decides what is computed at a site in the place of its activation."""

    def wants(self, met: Met) -> bool:
        """Whether the site is to compute something else; asked once a site."""
        ...

    def compute(self, met: Met, given: Tensor, place: Place) -> Tensor:
        """Return what the site gives from now on."""
        ...


class Survey:
    """All sites of a program, and what is computed at them.

    Parameters
    ----------
    host : Host
        Its handlers are filled.
    replacer : Replacer or None
        Who may put something else in the place of an activation.
    """

    def __init__(self, host: Host, replacer: Replacer | None = None) -> None:
        self.clues = Clues()
        self.registry = SiteRegistry(self.clues, None)
        self.met: dict[int, Met] = {}
        #: sites that the replacer wanted, and that had to be left, with the reason
        self.left: dict[int, str] = {}
        self._replacer = replacer
        self._wanted: dict[int, bool] = {}
        self._stamp = 0
        self._models: WeakKeyDictionary[nn.Module, str] = WeakKeyDictionary()
        noted = notes()
        for function, note in noted.items():
            host.handlers.setdefault(function, self._noting(note))
        for function, reader in activation_calls(self.clues).items():
            host.handlers[function] = self._reading(reader, noted.get(function))
        host.backwards.append(self._backward_begins)

    def _backward_begins(self) -> None:
        self._stamp += 1
        self.clues.clear()

    def _noting(self, note: Note) -> Handler:
        def handle(run: Any, func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
            out = run(func, args, kwargs)
            if private.computing():
                private.plainly(note, self.clues, args, kwargs, out)
            return out

        return handle

    def _reading(self, reader: Reader, note: Note | None) -> Handler:
        def find(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
            applied = reader(args, kwargs)
            return None if applied is None else self._find(applied)

        def handle(run: Any, func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
            if not private.computing():
                return run(func, args, kwargs)
            found = private.plainly(find, args, kwargs)
            if found is not None:
                met, applied, place = found
                if self._wants(met, applied, place, kwargs):
                    return self._replaced(met, applied, place, args)
            out = run(func, args, kwargs)
            if found is None and note is not None:
                private.plainly(note, self.clues, args, kwargs, out)
            return out

        return handle

    def _find(self, applied: Applied) -> tuple[Met, Applied, Place] | None:
        given = applied.input
        if not _is_plain(given):
            return None
        place = locate()
        if place is None or (place.in_catalogue and not applied.whole):
            return None
        grads = torch.is_grad_enabled()
        training = (
            grads or place.in_function or (place.module is not None and place.module.training)
        )
        site = self.registry.find(place, applied, self._stamp, training=training)
        if site is None:
            return None
        met = self.met.get(site.id)
        if met is None:
            met = self.met[site.id] = self._meet(site, place)
        return met, applied, place

    def _meet(self, site: WatchedSite, place: Place) -> Met:
        names, path, inner = self.registry.names, "", ""
        if place.module is not None and place.root is not None:
            found = names.path(place.module, place.root)
            if found is not None:
                path, inner = names.full(*found), found[1]
        key = SiteKey(
            place.file, place.function, place.instruction, site.activation, path, site.index
        )
        kind = "" if place.module is None else type(place.module).__name__
        root = "" if place.root is None else type(place.root).__name__
        model = "" if place.root is None or not path else self._model_of(place.root)
        weight = None if site.weight is None else site.weight()
        producer = names.producer(weight) or ""
        return Met(site, key, Target(key, kind, inner, root, model, producer, place.outside))

    def _model_of(self, root: nn.Module) -> str:
        """Return what tells a model from others that are made of other layers."""
        known = self._models.get(root)
        if known is None:
            # matrices alone: an activation that learns may have been put into the model by now
            weights = [
                (name, tuple(weight.shape))
                for name, weight in root.named_parameters()
                if not is_lazy(weight) and weight.dim() > 1
            ]
            made = repr((type(root).__name__, weights))
            known = self._models[root] = sha256(made.encode()).hexdigest()[:16]
        return known

    def _wants(self, met: Met, applied: Applied, place: Place, kwargs: Mapping[str, Any]) -> bool:
        number = met.site.id
        if self._replacer is None:
            return False
        if number not in self._wanted:
            self._wanted[number] = self._replacer.wants(met)
        if not self._wanted[number]:
            return False
        why = ""
        if place.in_function:
            why = "it stands in a torch.autograd.Function, whose backward is written for it"
        elif kwargs.get("out") is not None:
            why = "it writes into a tensor given as out="
        elif applied.input.is_leaf and applied.inplace and applied.input.requires_grad:
            why = "it changes a leaf in place"
        if why:
            self.left[number] = why
        return not why

    def _replaced(self, met: Met, applied: Applied, place: Place, args: tuple[Any, ...]) -> Any:
        assert self._replacer is not None  # noqa: S101 - asked by `_wants`
        given = applied.input
        # what is changed in place is read first: the result is written over it
        source = given.clone() if applied.inplace else given
        out = self._replacer.compute(met, source, place)
        if not applied.inplace:
            return out
        given.copy_(out)
        # x[mask] = 0 gives nothing back
        return None if args and args[0] is given and "setitem" in applied.call else given


def _is_plain(given: Tensor) -> bool:
    return (
        given.is_floating_point()
        and not given.is_nested
        and given.layout == torch.strided
        and not given.is_meta
        and given.numel() > 0
        and not private.computes_its_own_way(type(given))
    )
