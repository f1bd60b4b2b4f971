"""What a backward tells: the loss, the structure, and the steps where no optimizer counts them."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from halfwave.observe import private
from halfwave.observe.location import own_line
from halfwave.observe.structure import walk
from halfwave.observe.tensors import TensorSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfwave.observe.capture import Capture
    from halfwave.observe.losses import LossWatch
    from halfwave.observe.windows import Windows

__all__ = ["BackwardWatch"]

_NO_VALUE = "what they have inside is no tensor of the program's; activations in them are watched"
# the graph is walked again while new sites come, this often at most
_WALKS = 24


class BackwardWatch:
    """Looks at the program's backwards; its methods are called guarded.

    A program without an optimizer of torch's has its steps counted here: one ends where
    the next outermost call of backward begins.

    Parameters
    ----------
    capture : Capture
        What looks at the calls in a window.
    windows : Windows
        What opens and closes them.
    losses : LossWatch
        Takes the values that backward is called on.
    count : callable
        Has the outermost calls of backward told, from now on.
    late : bool
        Whether optimizers may have been made before the watching began.
    """

    def __init__(
        self,
        capture: Capture,
        windows: Windows,
        losses: LossWatch,
        count: Callable[[], None],
        *,
        late: bool,
    ) -> None:
        self.number = 0
        self.reached = TensorSet()  # parameters that a backward has come to
        self.count_steps: bool | None = None  # whether they do, as no optimizer does
        self.optimizer_made = False
        self.compiles = False  # the program does: an optimizer's steps may be in compiled code
        self._capture, self._windows, self._losses = capture, windows, losses
        self._count, self._late = count, late
        self._walks = 0
        self._scaled: weakref.ref[Tensor] | None = None
        self._scale: Tensor | None = None

    @property
    def is_ordinary(self) -> bool:
        """Whether an optimizer counts the steps, losses are not scaled, and nothing is compiled."""
        return self.count_steps is False and not self.compiles and self._scaled is None

    @property
    def looks_for_sites(self) -> bool:
        """Whether a backward may show where in the network new sites stand."""
        return self._walks < _WALKS

    def begins(self, outputs: Any, accumulates: bool) -> None:  # noqa: FBT001 – as torch tells it
        """Look at one that is about to run."""
        windows, capture = self._windows, self._capture
        inside = windows.inside
        inside.depth = getattr(inside, "depth", 0) + 1
        if not accumulates and windows.steps and self.count_steps is not True:
            return  # autograd.grad for a penalty, in a program that trains by backward
        self.number += 1
        if self.count_steps is None:
            self._first()
        elif self.compiles and self.number > 1 and windows.steps == 0:
            self.compiles = False  # an optimizer that is part of compiled code tells nothing
            self._begin_to_count()
        root, place = outputs[0], own_line()
        nodes = [out.grad_fn for out in outputs if getattr(out, "grad_fn", None)]
        capture.around.backward_begins(nodes, place, watched=windows.full)
        if isinstance(root, Tensor) and _is_scalar(root):
            scaled = self._scaled is not None and self._scaled() is root
            self._scale = self._scale if scaled else None
            capture.grad_scale = self._scale
            capture.around.loss_seen(nodes, root, place)
            if place is not None:
                self._losses.add(root, capture.step, place, self._scale, accumulates=accumulates)
        elif isinstance(root, Tensor) and private.wrapped(root):
            where = "" if place is None else f"{place[0].co_filename}:{place[1]}"
            capture.unseen.note(
                "losses inside function transforms (torch.func.grad)", where, _NO_VALUE
            )
        if windows.is_open and capture.fresh and self.looks_for_sites:
            self._walk(nodes)

    def _first(self) -> None:
        self._capture.trains = True
        late = self._late and _has_optimizer()
        self.count_steps = False
        if not (self.optimizer_made or late):
            self._begin_to_count()

    def _begin_to_count(self) -> None:
        self.count_steps = True
        self._count()

    def _walk(self, roots: list[Any]) -> None:
        self._capture.fresh = False
        self._walks += 1
        structure = walk(roots)
        sites = self._capture.registry.sites
        for number, reached in structure.sites.items():
            if number < len(sites):
                sites[number].reached.states |= reached.states
                sites[number].reached.contexts |= reached.contexts
        for leaf, _ in structure.leaves:
            self.reached.add(leaf)
        self._windows.parameters.place(structure.leaves)

    def ended(self) -> None:
        """It has run."""
        windows = self._windows
        inside, parameters = windows.inside, windows.parameters
        inside.depth = max(getattr(inside, "depth", 1) - 1, 0)
        self._capture.stamp += 1
        if windows.full and self.count_steps:
            step = self._capture.step
            known = parameters.known()
            parameters.before_step(known, step, None, None, sparing=windows.sparing)
            self._capture.around.updates.backward_ended(known)

    def outer_begins(self) -> None:
        """The program calls backward again: without an optimizer a step lies behind it."""
        windows = self._windows
        outer = getattr(windows.inside, "outer", 0)
        windows.inside.outer = outer + 1
        if outer == 0 and self.count_steps and self.number > windows.steps:
            windows.parameters.after_step()
            windows.step_done(waiting=self._losses.full)

    def outer_ended(self) -> None:
        """That call has returned."""
        inside = self._windows.inside
        inside.outer = max(getattr(inside, "outer", 1) - 1, 0)
        if inside.outer == 0:
            self._windows.settle()

    def optimizer_stepped(self) -> None:
        """An optimizer counts the steps; it may have been made after the first backward."""
        if self.count_steps:
            self._windows.steps = self._windows.sampled = 0
        self.count_steps = False

    def finish(self) -> None:
        """The watching ends: what the last one led to was not followed by another."""
        if self.count_steps and self.number > self._windows.steps:
            self._windows.steps = self.number

    def scaled(self, scaler: Any, result: Any) -> None:
        """Take note of a loss that a GradScaler has scaled."""
        if isinstance(result, Tensor):
            self._scaled = weakref.ref(result)
            self._scale = getattr(scaler, "_scale", None)


def _is_scalar(loss: Tensor) -> bool:
    if private.dispatching() or private.tracing() or private.wrapped(loss):
        return False
    return loss.numel() == 1 and loss.is_floating_point() and not loss.is_meta


def _has_optimizer() -> bool:
    """Whether the program has an optimizer that was made before we came; takes a while."""
    kinds = set(map(type, gc.get_objects()))  # a hundred times fewer than there are objects
    return any(issubclass(kind, torch.optim.Optimizer) for kind in kinds)
