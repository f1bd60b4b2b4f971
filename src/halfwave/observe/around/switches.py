"""Layers that compute otherwise in training, and in which mode they were called."""

from __future__ import annotations

import math
import weakref
from typing import TYPE_CHECKING, Any, Final

import torch
from torch import Tensor, nn

from halfwave.observe.around.links import NAMED
from halfwave.observe.keras_names import is_of_keras
from halfwave.observe.location import locate, nearest
from halfwave.observe.references import Reference, reference
from halfwave.recording import Switch, SwitchKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from halfwave.observe.naming import Names

__all__ = ["SwitchWatch", "switch_calls"]

_MOST: Final = 1000
_DROPOUTS: Final = (
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "alpha_dropout",
    "feature_alpha_dropout",
)


def switch_calls() -> dict[Any, SwitchKind]:
    """Return torch's functions that compute otherwise in training."""
    functional = torch.nn.functional
    table: dict[Any, SwitchKind] = {functional.batch_norm: "batch_norm"}
    for name in _DROPOUTS:
        table[getattr(functional, name)] = "dropout"
    return table


class _Watched:
    """One such layer."""

    def __init__(self, number: int, kind: SwitchKind, file: str, line: int) -> None:
        self.number, self.file, self.line = number, file, line
        self.kind: SwitchKind = kind
        self.module: weakref.ref[nn.Module] | None = None
        self.root: weakref.ref[nn.Module] | None = None
        self.name = ""
        self.rate = math.nan
        self.calls = dict.fromkeys(((g, t) for g in (True, False) for t in (True, False)), 0)
        self.fewest: int | None = None
        self.last: dict[bool, int] = {True: -1, False: -1}
        self.evaluation_steps, self._evaluated = 0, -1

    def count(self, step: int, *, training: bool) -> None:
        """Take note of a call."""
        grads = torch.is_grad_enabled()
        self.calls[grads, training] += 1
        if grads:
            self.last[training] = step
        elif training and step != self._evaluated:
            self.evaluation_steps += 1
            self._evaluated = step

    def normalises(self, values: int) -> None:
        """Take note of how many values a channel is normalised over."""
        self.fewest = values if self.fewest is None else min(self.fewest, values)


class SwitchWatch:
    """All such layers met so far."""

    def __init__(self) -> None:
        self._switches: dict[tuple[Any, ...], _Watched] = {}
        self._by_mean: dict[int, tuple[Reference, _Watched]] = {}

    def look(
        self,
        kind: SwitchKind,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        out: Any,
        step: int,
    ) -> None:
        """Look at one call, after it."""
        at = 5 if kind == "batch_norm" else 2
        default = kind == "dropout"
        training = bool(args[at] if len(args) > at else kwargs.get("training", default))
        given, mean = args[0] if args else kwargs.get("input"), None
        if not isinstance(given, Tensor) or given.is_meta:
            return
        if kind == "dropout":
            rate = float(args[1] if len(args) > 1 else kwargs.get("p", 0.5))
            node: Any = out.grad_fn if isinstance(out, Tensor) else None
            if node is not None and training and rate > 0:  # at 0 it gives back what it was given
                node.metadata[NAMED] = "dropout"  # on a CPU its node is a plain product
        else:
            rate = math.nan
            mean = _statistics(args, kwargs)
            if mean is None:
                return  # it normalises by the batch in either mode: nothing is switched
        switch = self._switch(kind, running=mean)
        if switch is None or rate == 0:
            return
        switch.rate = rate
        switch.count(step, training=training)
        if kind == "batch_norm" and training and given.dim() > 1:
            switch.normalises(given.numel() // max(given.shape[1], 1))

    def normed(self, layer: Any, given: Tensor, values: int, step: int, *, training: bool) -> None:
        """Look at one batch normalisation of Keras, over so many `values` a channel."""
        switch = None if given.is_meta else self._switch("batch_norm", keras=layer)
        if switch is not None:
            switch.count(step, training=training)
            if training:
                switch.normalises(values)

    def _known(self, kind: SwitchKind, running: Any) -> _Watched | None:
        """Return one met before, by its running mean or its nearest frames."""
        by_mean = self._by_mean.get(id(running))
        if by_mean is not None and by_mean[0]() is running:
            return by_mean[1]
        near = nearest()
        if near is None:
            return None
        number, _, module = near
        known = self._switches.get((kind, id(module), number if module is None else None))
        if known is None or is_of_keras(module):
            return None
        if known.module is None:
            return known
        if known.module() is not module:
            return None
        if running is not None:
            if len(self._by_mean) >= _MOST:  # a program that makes them anew at each call
                self._by_mean.clear()
            self._by_mean[id(running)] = reference(running), known
        return known

    def _switch(
        self, kind: SwitchKind, *, keras: Any = None, running: Any = None
    ) -> _Watched | None:
        """Return the one that is called; `running` is a batch norm's running mean."""
        if keras is None and (known := self._known(kind, running)) is not None:
            return known
        place = locate()
        if place is None:
            return None
        module = place.module
        if kind == "batch_norm" and is_of_keras(module) and keras is not module:
            return None  # Keras normalises by hand: in either mode it calls this one to evaluate
        key: tuple[Any, ...] = (kind, id(module), place.number if module is None else None)
        if key in self._switches:
            known = self._switches[key]
            if known.module is None or known.module() is module:
                return known
            # an identity that is used again
            self._switches[-1 - known.number,] = self._switches.pop(key)
        if len(self._switches) >= _MOST:
            return None
        made = _Watched(len(self._switches), kind, place.file, place.line)
        if module is not None and place.root is not None:
            made.module, made.root = weakref.ref(module), weakref.ref(place.root)
        self._switches[key] = made
        return made

    def frozen(self, names: Names) -> list[Switch]:
        """Return the switches as the recording holds them."""
        found: list[Switch] = []
        for switch in sorted(self._switches.values(), key=lambda each: each.number):
            module = None if switch.module is None else switch.module()
            root = None if switch.root is None else switch.root()
            if module is not None and root is not None:
                path = names.path(module, root)
                switch.name = path[1] if path is not None else switch.name
            found.append(
                Switch(
                    id=switch.number,
                    name=switch.name or switch.kind,
                    kind=switch.kind,
                    file=switch.file,
                    line=switch.line,
                    rate=switch.rate,
                    training_on=switch.calls[True, True],
                    training_off=switch.calls[True, False],
                    evaluation_on=switch.calls[False, True],
                    evaluation_off=switch.calls[False, False],
                    fewest=switch.fewest,
                    last_on_step=switch.last[True],
                    last_off_step=switch.last[False],
                    evaluation_steps=switch.evaluation_steps,
                )
            )
        return found


def _statistics(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Return the running mean of a batch norm, None where it has none."""
    return args[1] if len(args) > 1 else kwargs.get("running_mean")
