"""Where outputs meet targets: every call of a loss function on a watched step."""

from __future__ import annotations

import linecache
import math
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import torch
from torch import Tensor

from halfwave.observe.around.by_hand import DIFFERENCE, by_hand, halves_of, value_of
from halfwave.observe.around.loss_calls import LossCall
from halfwave.observe.around.scores import labels_of, labels_of_many, mean_loss
from halfwave.observe.around.values import ValuesWatch
from halfwave.observe.location import program_spot
from halfwave.recording import OBJECTIVE_SAMPLE, Link, Objective, Series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import CodeType

    from halfwave.observe.around.scores import Labels


__all__ = ["ObjectiveWatch"]

#: Code, line and instruction of a call.
Spot: TypeAlias = tuple["CodeType", int, int]
#: Key under which a graph node's metadata names the call of a loss that made it.
_CALLED: Final = "halfwave_loss"

# a head may be replaced by one of other classes: so many objectives one call can become
_HEADS: Final = 3
_SAMPLES: Final = 512
_MOST: Final = 256
# calls of one objective whose way through the graph is followed, whose values are looked at
_FOLLOWED: Final = 3
_LOOKED: Final = 64
# where every step is watched: after so many, a call is looked at in one training step of so many
_KNOWN, _TURN = 32, 4
# calls that wait for a backward; nodes between a backward's root and a loss
_WAITING: Final = 256
_NEAR: Final = 600


class _Watched:
    """One place where a loss function is called."""

    def __init__(self, number: int, call: LossCall, place: Spot | None) -> None:
        self.number, self.function, self.call = number, call.function, call.call
        self.parameters = call.parameters
        self.file, self.line = ("", 0) if place is None else (place[0].co_filename, place[1])
        self.source = linecache.getline(self.file, self.line).strip()
        self.output = ValuesWatch(call.class_dim, compares=call.compares_numbers)
        self.target: ValuesWatch | None = None
        self.links: dict[Link, None] = {}
        self.followed = 0
        self.trained = 0  # calls in training that were looked at
        self.differentiable: bool | None = None
        self.reached = False
        self.training = Series(OBJECTIVE_SAMPLE, _SAMPLES)
        self.evaluation = Series(OBJECTIVE_SAMPLE, _SAMPLES)


class _Called:
    """One call: its value waits on its device."""

    __slots__ = ("labels", "objective", "step", "training", "value")

    def __init__(self, objective: _Watched, step: int, value: Tensor) -> None:
        self.objective, self.step, self.value = objective, step, value
        self.labels: Labels | LossCall | None = None
        self.training: bool | None = None  # None: it waits for a backward to say so


class ObjectiveWatch:
    """All objectives met so far.

    Parameters
    ----------
    links : callable
        Gives the ways from the layers to what a graph node put out.
    """

    def __init__(self, links: Callable[[Any], tuple[Link, ...]]) -> None:
        self._links = links
        self._objectives: list[_Watched] = []
        #: By function and place: of each number of classes one.
        self._heads: dict[tuple[Any, ...], dict[int | None, _Watched]] = {}
        self._waiting: dict[int, _Called] = {}
        self._done: list[_Called] = []
        self._serial = 0
        #: Whether something was looked at since the last backward. Where a backward counts the
        #: steps, the window in which the forward pass was watched ends before it.
        self.awaits_backward = False
        self._all_known = False  # each that is trained with has been looked at often enough
        self._passed = -1  # the last step in which a call was passed over

    # -- while the program runs --------------------------------------------------------------

    def passes(self, step: int) -> bool:
        """Whether a call is passed over: all is known of the objectives, and it is not their turn.

        Which steps have one looks like chance: a program may have rhythms of its own.
        """
        if not self._all_known or not torch.is_grad_enabled():
            return False
        if (step * 2654435761 & 0xFFFFFFFF) >> 16 < 0x10000 // _TURN:
            return False
        self._passed = step
        return True

    def look(self, call: LossCall, loss: Any, step: int) -> None:
        """Look at one call of a loss function, after it."""
        if not isinstance(loss, Tensor) or loss.is_meta or not loss.is_floating_point():
            return
        place = program_spot()
        objective = self._objective(call, place)
        if objective is None:
            return
        training = torch.is_grad_enabled()
        self._look_at_values(objective, call, training=training)
        objective.trained += training
        known = (one.trained for one in self._objectives if one.trained)
        self._all_known = all(calls >= _KNOWN for calls in known)
        called = _Called(objective, step, mean_loss(call, loss))
        called.labels = labels_of(call)
        if not training:
            called.training = False
            self._done.append(called)
            return
        node: Any = loss.grad_fn
        if node is not None:
            if len(self._waiting) >= _WAITING:  # no backward came to the oldest
                del self._waiting[next(iter(self._waiting))]
            self._serial += 1
            node.metadata[_CALLED] = self._serial
            self._waiting[self._serial] = called
            self.awaits_backward = True

    def _objective(self, call: LossCall, place: Spot | None) -> _Watched | None:
        heads = self._heads.setdefault((call.function, call.call, place), {})
        classes = call.classes
        known = heads.get(classes)
        if known is None and len(heads) >= _HEADS and classes is not None:
            # candidates, as many as there happen to be: labels are within those of the most
            most = max(number for number in heads if number is not None)
            known = heads[most] if classes < most else None
        if known is None and len(self._objectives) < _MOST:
            known = heads[classes] = _Watched(len(self._objectives), call, place)
            self._objectives.append(known)
        return known

    def _look_at_values(self, objective: _Watched, call: LossCall, *, training: bool) -> None:
        if training:
            if not objective.differentiable:
                objective.differentiable = call.node is not None or call.output.requires_grad
            if call.node is not None and objective.followed < _FOLLOWED:
                objective.followed += 1
                for link in self._links(call.node):
                    objective.links.setdefault(link)
        if objective.output.calls >= _LOOKED:
            seen = objective.trained
            if training and seen & (seen - 1) == 0 and call.target is not None:
                objective.output.compare(call.output)  # how it ends counts
                if objective.target is not None:
                    objective.target.compare(call.target)
            return
        objective.output.add(call.output)
        if call.target is None or not call.target.numel():
            return
        if objective.target is None:
            alike = call.target.dim() == call.output.dim()
            objective.target = ValuesWatch(
                call.class_dim if alike else None, compares=call.compares_numbers
            )
        objective.target.add(call.target)

    def look_at_difference(self, args: Any, out: Any) -> None:
        """Remember what ``output - target`` was made of: it may become a loss."""
        if len(args) != 2 or not isinstance(out, Tensor) or out.grad_fn is None:
            return
        first, second = args
        if not isinstance(first, Tensor) or not isinstance(second, Tensor):
            return
        if first.requires_grad == second.requires_grad or out.numel() < 2:
            return
        output, target = (first, second) if first.requires_grad else (second, first)
        if target.numel() < 2 or (target.is_leaf and target.requires_grad):
            return
        # a mean that is taken off a signal is no target: to hold the signal would cost its memory
        if output.numel() != target.numel() and output.shape[:1] != target.shape[:1]:
            return
        place = program_spot()
        node: Any = out.grad_fn
        # the tensors themselves would hold the graph that they are part of
        node.metadata[DIFFERENCE] = (output.detach(), output.grad_fn, target.detach(), place)
        self.awaits_backward = True

    def expects(self, node: Any, step: int) -> bool:
        """Whether a backward from a graph node is of a call that was looked at, or passed over."""
        metadata = None if node is None or self._passed == step else node.metadata
        return self._passed == step or (bool(metadata) and metadata.get(_CALLED) in self._waiting)

    def expected_backward(self, node: Any, step: int) -> None:
        """Take note of such a backward."""
        self.awaits_backward = False
        if self._passed != step:
            self._reached(node.metadata[_CALLED], step)

    def backward_begins(
        self, roots: Iterable[Any], step: int, place: tuple[CodeType, int] | None
    ) -> None:
        """See which calls a backward comes from; the others were of no training.

        `place` is where it was called.
        """
        self.awaits_backward = False
        if self._passed == step:
            return  # what was passed over bears no mark: it would be taken for one made by hand
        seen = set(roots)
        queue = list(seen)
        halves: set[Any] = set()
        while queue and len(seen) < _NEAR:
            node = queue.pop(0)
            metadata = node.metadata
            serial = metadata.get(_CALLED) if metadata else None
            if serial is not None:
                self._reached(serial, step)
                continue
            halves.update(halves_of(node))
            self._by_hand(node, halves, step, place)
            for child, _ in node.next_functions:
                if child is not None and child not in seen:
                    seen.add(child)
                    queue.append(child)

    def _reached(self, serial: int, step: int) -> None:
        called = self._waiting.pop(serial, None)
        if called is not None:
            called.training, called.step = True, step
            called.objective.reached = True
            self._done.append(called)

    # -- losses written by hand ------------------------------------------------------------------

    def _by_hand(
        self, node: Any, halves: set[Any], step: int, called_at: tuple[CodeType, int] | None
    ) -> None:
        call = by_hand(node, halves)
        if call is None:
            return
        found, place = call
        if place is None and called_at is not None:
            place = (*called_at, 0)
        objective = self._objective(found, place)
        if objective is None:
            return
        self._look_at_values(objective, found, training=True)
        objective.reached = True
        called = _Called(objective, step, value_of(found))
        called.training, called.labels = True, labels_of(found)
        self._done.append(called)

    # -- storing -------------------------------------------------------------------------------

    def absorb(self) -> None:
        """Bring what waits on a device to the host."""
        done, self._done = self._done, []
        kept = [called.labels for called in done if isinstance(called.labels, LossCall)]
        told = iter(labels_of_many(kept))
        for called in done:
            value = float(called.value)
            fine = math.isfinite(value)
            shown = value if fine else math.nan
            hits = next(told) if isinstance(called.labels, LossCall) else called.labels
            met, labels = (0, 0) if hits is None else map(int, hits)
            share = met / labels if labels else math.nan
            known = called.objective
            series = known.training if called.training else known.evaluation
            step, bad = called.step, 0 if fine or not called.objective.call.startswith("F.") else 1
            series.append((step, step, 1, labels, shown, shown, shown, value, share, bad))
        for objective in self._objectives:
            objective.output.absorb()
            if objective.target is not None:
                objective.target.absorb()

    def frozen(self) -> list[Objective]:
        """Return the objectives as the recording holds them."""
        found: list[Objective] = []
        for each in self._objectives:
            target = None if each.target is None else each.target.frozen()
            ones = target is not None and target.low >= 0 and not math.isnan(target.row_sum_low)
            found.append(
                Objective(
                    id=each.number,
                    function=each.function,
                    call=each.call,
                    file=each.file,
                    line=each.line,
                    source=each.source,
                    parameters=each.parameters,
                    output=each.output.frozen(),
                    target=target,
                    links=tuple(each.links),
                    differentiable=each.differentiable is not False,
                    reached=each.reached,
                    unit_mapped=ones
                    and target is not None
                    and abs(target.row_sum_low - 1) < 1e-4
                    and abs(target.row_sum_high - 1) < 1e-4,
                    training=each.training.rows,
                    evaluation=each.evaluation.rows,
                )
            )
        return found
