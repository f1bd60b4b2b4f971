"""Norms of parameters and gradients, and how far one step moves a parameter."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from halfwave.kernels import norm
from halfwave.observe import private
from halfwave.observe.around.directions import count_directions, directions
from halfwave.observe.around.drawn import as_drawn
from halfwave.observe.copies import Copies
from halfwave.observe.held import gradient, is_readable, is_sparse, readable
from halfwave.observe.histograms import spread
from halfwave.observe.noise import Noise
from halfwave.observe.references import reference
from halfwave.observe.turns import Turns
from halfwave.recording import PARAMETER_SAMPLE, Parameter, Series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from halfwave.observe.naming import Names
    from halfwave.observe.tensors import TensorSet

__all__ = ["ParameterWatch"]

_SAMPLES = 256
_MOST = 20_000
# elements of a gradient, and weights, whose noise is measured
_NOISE_ELEMENTS, _NOISE_PARAMETERS = 64, 64


class _Watched:
    """One parameter."""

    def __init__(self, number: int, tensor: Tensor, optimizer: str | None) -> None:
        self.number = number
        self.tensor = reference(tensor)
        self.shape = tuple(tensor.shape)
        local, sharded = private.memory(tensor) or (tensor, False)
        self.local_shape = tuple(local.shape) if sharded else None
        self.size = local.numel() * local.element_size()
        self.optimizer = optimizer
        self.name: str | None = None
        self.order = number
        self.compared = False
        self.trainable = tensor.requires_grad
        self.used = False
        self.first_norm = math.nan
        self.noise = Noise()
        self.distinct: list[int | None] = [None, None]  # units of different direction: first, last
        self.seen = 0  # steps in which it was measured
        self.drawn: bool | None = None  # as an initialiser left it; asked of what is not trained
        self.drawn_asked = False
        self.series = Series(PARAMETER_SAMPLE, _SAMPLES)


class _Measured:
    """Norms of several parameters around one step; they wait on their device."""

    def __init__(
        self, step: int, watched: Sequence[_Watched], values: list[Tensor | float]
    ) -> None:
        self.step, self.watched, self.values = step, watched, values
        #: They have their gradients yet to come, with what a GradScaler multiplied them by.
        self.awaited: tuple[Sequence[Tensor], Any] | None = None
        self.has_grad: list[bool] = []
        self.grads: list[Tensor | float] = []
        self.moved: dict[int, Tensor | float] = {}  # index -> norm of the change
        self.samples: list[tuple[_Watched, Tensor]] = []  # of gradients


class ParameterWatch:
    """All parameters met so far.

    Parameters
    ----------
    unit_axis : callable
        Gives the dimension of a layer's weight that counts its units.
    """

    def __init__(self, unit_axis: Callable[[Tensor], int | None]) -> None:
        self._unit_axis = unit_axis
        self._fingerprints: list[tuple[_Watched, int, Tensor]] = []
        self._watched: dict[int, _Watched] = {}
        self._pending: list[_Measured] = []
        self._current: _Measured | None = None
        self._copies = Copies()
        self.turns = Turns()

    def _watch(self, tensors: Iterable[Tensor], optimizer: str | None) -> list[_Watched]:
        found: list[_Watched] = []
        for tensor in tensors:
            known = self._watched.get(id(tensor))
            if known is None or known.tensor() is not tensor:
                if len(self._watched) >= _MOST:
                    continue
                known = _Watched(len(self._watched), tensor, optimizer)
                # the key of a dead one is kept under a name that no identity has
                if (dead := self._watched.pop(id(tensor), None)) is not None:
                    self._watched[-1 - dead.number] = dead
                self._watched[id(tensor)] = known
            if optimizer is not None:
                known.optimizer = optimizer
            found.append(known)
        return found

    def _known(self, tensor: Tensor) -> bool:
        known = self._watched.get(id(tensor))
        return known is not None and known.tensor() is tensor

    def place(self, leaves: Iterable[tuple[Tensor, int]]) -> None:
        """Take note of the forward order of leaves, as the graph showed it."""
        tensors = [leaf for leaf, _ in leaves if is_readable(leaf)]
        for order, watched in enumerate(self._watch(tensors, None)):
            watched.order = order

    def known(self) -> list[Tensor]:
        """Return the parameters that still live, and whose memory is there."""
        tensors = (watched.tensor() for watched in self._watched.values())
        return [tensor for tensor in tensors if tensor is not None and private.memory(tensor)]

    def before_step(
        self,
        tensors: Iterable[Tensor],
        step: int,
        optimizer: str | None,
        scale: Any,
        *,
        closure: bool = False,
        sparing: bool = False,
    ) -> None:
        """Measure parameters and gradients just before they are used; copy some.

        With a `closure` gradients come within the step. With `sparing`, a few in turn: memory
        traffic then stays a small part of the step's own.
        """
        tensors = [t for t in tensors if self._known(t) or is_readable(t)]
        watched = self._watch(tensors, optimizer)
        if not watched:
            return
        if len(watched) < len(tensors):  # there are too many
            tensors = [tensor for tensor in tensors if self._known(tensor)]
        if sparing:
            chosen = self.turns.choose([one.size for one in watched])
            tensors, watched = [tensors[i] for i in chosen], [watched[i] for i in chosen]
        values = [t.detach() if (values := readable(t)) is None else values for t in tensors]
        measured = _Measured(step, watched, [norm(value) for value in values])
        if closure:
            measured.awaited = tensors, scale
        else:
            _read_gradients(measured, tensors, scale)
        self._compare_units(zip(watched, values, strict=True))
        self._current = measured
        copied = self._copies.take(values, 0 if sparing else self.turns.next)
        if not sparing:
            self.turns.pass_on(copied, len(values))

    def _compare_units(self, pairs: Iterable[tuple[_Watched, Tensor]]) -> None:
        """See which units of a layer are alike: when it is first met, and now and then."""
        for known, value in pairs:
            known.seen += 1
            if not known.compared:
                known.compared = True
                self._fingerprint(known, value, 0)
            elif known.seen & (known.seen - 1) == 0:
                # a model that a function made is gone at the end: the last look counts
                self._fingerprint(known, value, 1)

    def _fingerprint(self, known: _Watched, value: Tensor, when: int) -> None:
        tensor = known.tensor()
        axis = None if tensor is None else self._unit_axis(tensor)
        found = None if axis is None else directions(value, axis)
        if found is not None:
            self._fingerprints.append((known, when, found))

    def finish(self) -> None:
        """See which units are alike at the end."""
        for known in self._watched.values():
            known.drawn_asked = False  # weights may have been loaded since
            tensor = known.tensor()
            if known.compared and (values := readable(tensor)) is not None:
                self._fingerprint(known, values, 1)

    def after_step(self) -> None:
        """Measure how far the step moved what was copied."""
        measured, self._current = self._current, None
        if measured is None:
            return
        measured.moved = self._copies.moved()
        if measured.awaited is not None:
            _read_gradients(measured, *measured.awaited)
            measured.awaited = None
            if not any(measured.has_grad):  # a closure may have cleared them
                return
        self._pending.append(measured)

    def absorb(self) -> None:
        """Bring what waits on a device to the host."""
        fingerprints, self._fingerprints = self._fingerprints, []
        for known, when, found in fingerprints:
            known.distinct[when] = count_directions(found.cpu().numpy())
        pending, self._pending = self._pending, []
        for measured in pending:
            values = _numbers(measured.values)
            grads = iter(_numbers(measured.grads))
            moved = dict(zip(measured.moved, _numbers(list(measured.moved.values())), strict=True))
            for known, sample in measured.samples:
                known.noise.add(sample.double().cpu().numpy())
            for index, watched in enumerate(measured.watched):
                norm = values[index]
                if math.isnan(watched.first_norm):
                    watched.first_norm = norm
                grad = next(grads) if measured.has_grad[index] else math.nan
                change = moved.get(index, math.nan)
                known = measured.has_grad[index]
                watched.used = watched.used or known
                ratio = change / norm if known and norm > 0 else math.nan
                bad = float(known and not math.isfinite(grad))
                step = measured.step
                watched.series.append((step, step, 1, norm, grad, math.nan, ratio, bad))

    def frozen(self, names: Names, used: Sequence[TensorSet]) -> list[Parameter]:
        """Return the parameters as the recording holds them.

        `used` has those that a forward pass has used, or a backward has come to.
        """
        self._watch((t for t in names.parameters() if is_readable(t)), None)
        found: list[Parameter] = []
        for watched in self._watched.values():
            tensor = watched.tensor()
            if tensor is not None:
                watched.name = names.parameter(tensor) or watched.name
                watched.trainable = tensor.requires_grad
                watched.used = watched.used or any(tensor in some for some in used)
                untrained = not len(watched.series.rows) or not tensor.requires_grad
                if untrained and not watched.drawn_asked:
                    values = readable(tensor)
                    if values is not None:
                        watched.drawn_asked = True
                        watched.drawn = as_drawn(values)
            shape = "×".join(map(str, watched.shape)) or "scalar"
            found.append(
                Parameter(
                    id=watched.number,
                    name=watched.name or f"parameter {watched.number + 1} ({shape})",
                    shape=watched.shape,
                    order=watched.order,
                    optimizer=watched.optimizer,
                    samples=watched.series.rows,
                    trainable=watched.trainable,
                    used=watched.used,
                    first_norm=watched.first_norm,
                    noise=watched.noise.ratio,
                    distinct_rows=watched.distinct[1],
                    first_distinct_rows=watched.distinct[0],
                    local_shape=watched.local_shape,
                    drawn=watched.drawn,
                )
            )
        return _without_gathered(found)


def _read_gradients(measured: _Measured, tensors: Sequence[Tensor], scale: Any) -> None:
    grads = [gradient(tensor) for tensor in tensors]
    measured.has_grad = [grad is not None for grad in grads]
    norms = [norm(grad) for grad in grads if grad is not None]
    if isinstance(scale, Tensor):  # a fused optimizer undoes the GradScaler itself
        norms = [_unscaled(value, scale) for value in norms]
    measured.grads = norms
    measured.samples = [
        (known, spread(grad, _NOISE_ELEMENTS))
        for known, tensor, grad in zip(
            measured.watched[:_NOISE_PARAMETERS], tensors, grads, strict=False
        )
        if grad is not None and len(known.shape) > 1 and not is_sparse(tensor.grad)
    ]


def _without_gathered(parameters: list[Parameter]) -> list[Parameter]:
    """Take what FSDP gathers for a moment for the parameter that it is gathered from."""
    shards = {p.name: p for p in parameters if p.local_shape is not None}
    if not shards:
        return parameters
    gathered = {p.name: p for p in parameters if p.name in shards and p.local_shape is None}
    found: list[Parameter] = []
    for parameter in parameters:
        whole = gathered.get(parameter.name)
        if whole is parameter:
            continue
        if whole is not None:
            used = parameter.used or whole.used
            parameter = replace(parameter, used=used, order=whole.order)  # noqa: PLW2901
        found.append(parameter)
    return found


def _unscaled(value: Tensor | float, scale: Tensor) -> Tensor | float:
    return value / (scale.to(value.device) if isinstance(value, Tensor) else float(scale))


def _numbers(tensors: list[Tensor | float]) -> list[float]:
    """Fetch scalars, in one copy a device and dtype; numbers are there already."""
    result = [0.0] * len(tensors)
    kinds: dict[Any, list[tuple[int, Tensor]]] = {}
    for index, tensor in enumerate(tensors):
        if isinstance(tensor, Tensor):
            kinds.setdefault((tensor.device, tensor.dtype), []).append((index, tensor))
        else:
            result[index] = tensor
    for waiting in kinds.values():
        stacked = torch.stack([tensor for _, tensor in waiting]).tolist()
        for (index, _), value in zip(waiting, stacked, strict=True):
            result[index] = value
    return result
