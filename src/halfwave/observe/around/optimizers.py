"""The optimizers: how they are set, and whether gradients are cleared between their steps."""

from __future__ import annotations

import linecache
import weakref
from typing import TYPE_CHECKING, Any, Final

from torch import Tensor

from halfwave.kernels import norm
from halfwave.observe import held
from halfwave.observe.location import maker_of
from halfwave.observe.references import Reference, reference
from halfwave.recording import Optimizer

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["OptimizerWatch", "param_groups"]

_MOST: Final = 64
_CHECKS: Final = 200


class _Watched:
    """One optimizer."""

    def __init__(self, number: int, name: str, optimizer: Any) -> None:
        self.number, self.name = number, name
        self.optimizer = weakref.ref(optimizer)
        self.settings = _settings(optimizer)
        self.made: tuple[str, int, str] = ("", 0, "")  # file, line, its text
        self.parameters = sum(len(group["params"]) for group in param_groups(optimizer))
        self.steps = self.checked = self.stale = self.scaled = 0
        # a parameter and its gradient, of a step that lies behind
        self.witness: tuple[Reference, Reference] | None = None
        self.sizes: list[Tensor | float] = []  # of that gradient, when backwards began since


class OptimizerWatch:
    """All optimizers met so far.

    Parameters
    ----------
    name_of : callable
        Gives an optimizer's name, as the learning rates have it.
    """

    def __init__(self, name_of: Callable[[Any], str]) -> None:
        self._name_of = name_of
        self._known: dict[int, _Watched] = {}
        #: By identity: the optimizer, and where it was made; it has taken no step yet.
        self._made: dict[int, tuple[weakref.ref[Any], tuple[str, int, str]]] = {}
        self._waiting: list[tuple[_Watched, list[Tensor | float]]] = []
        self._unscaled: set[int] = set()  # by identity: a GradScaler deals with its gradients

    def made(self, optimizer: Any) -> None:
        """Take note of the line of the program that makes an optimizer."""
        spot = maker_of(optimizer)
        if len(self._made) >= _MOST:  # those that went before they took a step
            self._made = {key: made for key, made in self._made.items() if made[0]() is not None}
        if spot is not None and len(self._made) < _MOST:
            file, line = spot
            source = linecache.getline(file, line).strip()
            self._made[id(optimizer)] = (weakref.ref(optimizer), (file, line, source))

    def unscaled(self, optimizer: Any) -> None:
        """Take note that a GradScaler undoes its scale before the next step."""
        if len(self._unscaled) < _MOST:
            self._unscaled.add(id(optimizer))

    def stepped(self, optimizer: Any, *, watched: bool, scaled: bool = False) -> None:
        """Take note of a step that is done; in a `watched` one of gradients that it used.

        `scaled`: the last backward came from a loss that a GradScaler had multiplied.
        """
        known = self._known.get(id(optimizer))
        if known is None or known.optimizer() is not optimizer:
            if len(self._known) >= _MOST:
                return
            if known is not None:  # an identity that is used again
                self._known[-1 - known.number] = self._known.pop(id(optimizer))
            known = _Watched(len(self._known), self._name_of(optimizer), optimizer)
            self._known[id(optimizer)] = known
            made = self._made.pop(id(optimizer), None)
            if made is not None and made[0]() is optimizer:
                known.made = made[1]
        known.steps += 1
        if self._unscaled or scaled:
            known.scaled += scaled and id(optimizer) not in self._unscaled
            self._unscaled.discard(id(optimizer))
        if not watched or known.checked >= _CHECKS:
            return
        known.sizes = []
        for group in param_groups(optimizer):
            for parameter in group["params"]:
                if isinstance(parameter.grad, Tensor):
                    known.witness = (reference(parameter), reference(parameter.grad))
                    return

    def backward_begins(self) -> None:
        """See whether gradients that were used are still there."""
        for known in self._known.values():
            if known.witness is None:
                continue
            parameter, gradient = (reference() for reference in known.witness)
            if parameter is None or gradient is None or parameter.grad is not gradient:
                known.witness = None  # cleared, as it should be
                known.checked += 1
            elif (values := held.gradient(parameter)) is not None:
                known.sizes.append(norm(values))

    @property
    def asks(self) -> bool:
        """Whether it is to be seen if gradients that were used are still there."""
        return any(known.witness is not None for known in self._known.values())

    def is_asked(self, optimizer: Any) -> bool:
        """Whether its next step is to be told."""
        known = self._known.get(id(optimizer))
        return known is not None and known.witness is not None

    def step_begins(self, optimizer: Any) -> None:
        """What was never cleared until now is used again, with what was added to it."""
        known = self._known.get(id(optimizer))
        if known is None or known.witness is None:
            return
        known.witness = None
        if known.sizes:
            self._waiting.append((known, known.sizes))
            known.sizes = []

    def absorb(self) -> None:
        """Bring what waits on a device to the host."""
        waiting, self._waiting = self._waiting, []
        for known, sizes in waiting:
            known.checked += 1
            # in one backward of several it was zero: it had been cleared in place
            known.stale += all(float(size) > 0 for size in sizes)

    def frozen(self) -> list[Optimizer]:
        """Return the optimizers as the recording holds them."""
        return [
            Optimizer(
                id=known.number,
                name=known.name,
                settings=known.settings,
                parameters=known.parameters,
                steps=known.steps,
                checked=known.checked,
                stale=known.stale,
                scaled=known.scaled,
                file=known.made[0],
                line=known.made[1],
                source=known.made[2],
            )
            for known in sorted(self._known.values(), key=lambda each: each.number)
        ]


def param_groups(optimizer: Any) -> list[dict[str, Any]]:
    """Return the groups of an optimizer of torch, or those of Keras as torch would have them."""
    groups: list[dict[str, Any]] | None = getattr(optimizer, "param_groups", None)
    if groups is not None:
        return groups
    variables = getattr(optimizer, "_trainable_variables", ())
    tensors = [getattr(variable, "value", None) for variable in variables]
    rate = getattr(optimizer, "learning_rate", None)
    rate = getattr(rate, "value", rate)
    if isinstance(rate, Tensor):
        rate = float(rate.detach()) if rate.is_cpu else None
    return [{"lr": rate, "params": [t for t in tensors if isinstance(t, Tensor)]}]


def _settings(optimizer: Any) -> dict[str, float | str | bool]:
    defaults: dict[str, Any] | None = getattr(optimizer, "defaults", None)
    if defaults is None:  # one of Keras'
        defaults = optimizer.get_config() if hasattr(optimizer, "get_config") else {}
    assert defaults is not None  # noqa: S101 – either of the two
    found: dict[str, float | str | bool] = {}
    for key, value in defaults.items():
        if isinstance(value, bool | int | float | str):
            found[key] = value
        elif isinstance(value, tuple) and all(isinstance(part, int | float) for part in value):
            for number, part in enumerate(value, 1):  # betas
                found[f"{key.rstrip('s')}{number}"] = part
    return found
