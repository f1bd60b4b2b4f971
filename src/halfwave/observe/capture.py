"""Handles the calls that matter: takes statistics around an activation.

Nothing here may change what the program computes or raise into it: results
are those of the program's own call, statistics are of detached views, and
every failure of ours ends in `Capture.fail`.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from torch import Tensor, nn

from halfwave import kernels
from halfwave.observe import private
from halfwave.observe.around import Look, Settled, Surroundings
from halfwave.observe.calls import activation_calls
from halfwave.observe.clues import Clues, Note, notes
from halfwave.observe.composites import Composites
from halfwave.observe.event import Event
from halfwave.observe.keras_names import is_of_keras
from halfwave.observe.location import locate
from halfwave.observe.registry import SiteRegistry
from halfwave.observe.tensors import can_be_read
from halfwave.observe.unseen import Unseen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from halfwave.observe.applied import Applied, Reader
    from halfwave.observe.location import Place
    from halfwave.observe.mode import Handler
    from halfwave.observe.site import Phase

__all__ = ["Capture"]

_UNDER_DISPATCH = (
    "activations under a TorchDispatchMode of the program's own",
    "",
    "left alone: the mode would see our looks as operations of the program",
)
_Result = TypeVar("_Result")
no_torch_function = private.no_torch_function

# calls of one site in evaluation that are looked at: in one watched step of a program
# that trains, and in all of one that does not (it has no steps to choose from)
_EVALUATIONS, _EVALUATIONS_ALONE = 4, 64


class Capture:
    """What the watch mode does with the calls it sees.

    Parameters
    ----------
    only : nn.Module or None
        Watch this module's insides alone.
    fail : callable
        Told of an exception of ours.
    name_of : callable
        Gives the name of an optimizer.
    """

    def __init__(
        self,
        only: nn.Module | None,
        fail: Callable[[Exception], None],
        name_of: Callable[[Any], str],
    ) -> None:
        self.clues = Clues()
        self.registry = SiteRegistry(self.clues, only)
        self.unseen = Unseen()
        self.fail = fail
        self.step = 1  # the step that is under way
        self.stamp = 0  # changes with every backward: calls are counted within one
        self.trains = False  # whether the program has called backward
        self.light = False  # only suspects are looked at
        self.takes_all = False  # every step is looked at: what may take turns does
        self.fresh = False  # sites or calls have come since the graph was last walked
        self.own_time = 0.0
        self.seen = 0  # calls of activations and losses that were looked at
        self.units_waiting = 0  # units of all calls whose figures are yet to be merged
        #: Shared by the hooks at gradients; None where there is no native core.
        self.gradients = kernels.gradients(private.function_modes, private.interpreters)
        self._grad_scale: Tensor | None = None
        self._evaluated: dict[tuple[int, int], int] = {}
        self.handlers: dict[Any, Handler] = {}
        noted = notes()
        noting = {function: self._noting(note) for function, note in noted.items()}
        self.handlers.update(noting)
        for function, reader in activation_calls(self.clues).items():
            self.handlers[function] = self._reading(reader, noted.get(function))
        Composites(self).register(self.handlers)
        self.around = Surroundings(self, name_of)
        for function, look in self.around.looks().items():
            inner = self.handlers.get(function)
            if inner is None or inner is noting.get(function):  # one thing to do after the call
                also = self._also(look, noted.get(function))
                self.handlers[function] = self._noting(also, self.around.settled(function))
            else:
                self.handlers[function] = self._looking(look, inner)

    @property
    def grad_scale(self) -> Tensor | None:
        """What a GradScaler has multiplied the loss by; None: there was none."""
        return self._grad_scale

    @grad_scale.setter
    def grad_scale(self, scale: Tensor | None) -> None:
        self._grad_scale = scale
        if self.gradients is not None:
            self.gradients.plain = scale is None

    @property
    def spent(self) -> float:
        """Seconds that looking has taken."""
        return self.own_time + (0.0 if self.gradients is None else self.gradients.seconds)

    # -- handlers ---------------------------------------------------------------------------

    def quietly(self, action: Callable[..., _Result], *args: Any) -> _Result | None:
        """Do something of ours: what it calls in torch is seen by nobody, what fails is ours."""
        started = perf_counter()
        try:
            if private.is_intricate():
                return private.plainly(action, *args)
            with no_torch_function():  # as `plainly` does, one call of Python's less deep
                return action(*args)
        except Exception as error:  # noqa: BLE001 – whatever it is, it stays ours
            self.fail(error)
        finally:
            self.own_time += perf_counter() - started
        return None

    def _noting(self, note: Note, settled: Settled | None = None) -> Handler:
        def handle(run: Any, func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
            out = run(func, args, kwargs)
            try:
                if not private.computing():
                    return out
                if settled is not None and not self.light and not private.is_intricate():
                    started = perf_counter()
                    passes = settled(self.clues, args, out)  # asks nothing that a mode would see
                    self.own_time += perf_counter() - started
                    if passes:
                        return out
                self.quietly(note, self.clues, args, kwargs, out)
            except Exception as error:  # noqa: BLE001 – as above
                self.fail(error)
            return out

        return handle

    def _also(self, look: Look, note: Note | None) -> Note:
        def both(clues: Clues, args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> None:
            if note is not None:
                note(clues, args, kwargs, out)
            if not self.light and not private.transforming():
                look(args, kwargs, out)

        return both

    def _looking(self, look: Look, inner: Handler) -> Handler:
        """Have a call looked at that something else handles, too."""

        def handle(run: Any, func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
            out = inner(run, func, args, kwargs)
            try:
                if not self.light and private.computing() and not private.transforming():
                    self.quietly(look, args, kwargs, out)
            except Exception as error:  # noqa: BLE001 – as above
                self.fail(error)
            return out

        return handle

    def _reading(self, reader: Reader, note: Note | None) -> Handler:
        def begin(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Event | None:
            applied = reader(args, kwargs)
            if applied is None:
                return None
            return self._glance(applied) if self.light else self.before(applied)

        def handle(run: Any, func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
            event, watched = None, False
            try:
                watched = private.computing()
                if watched:
                    event = self.quietly(begin, args, kwargs)
                elif private.dispatching():
                    self.unseen.note(*_UNDER_DISPATCH)
            except Exception as error:  # noqa: BLE001 – as above
                self.fail(error)
            out = run(func, args, kwargs)
            try:
                if event is not None:
                    # x[mask] = 0 gives nothing back: what it changed is the result
                    self.quietly(event.after, out if isinstance(out, Tensor) else args[0])
                elif watched and note is not None:
                    self.quietly(note, self.clues, args, kwargs, out)
            except Exception as error:  # noqa: BLE001 – as above
                self.fail(error)
            return out

        return handle

    def not_plain(self, kind: type[Tensor]) -> None:
        """Take note of tensors that are not plain memory of this process."""
        if kind.__name__ not in ("FakeTensor", "FunctionalTensor"):  # nothing is computed on these
            self.unseen.note(
                f"activations and layers on tensors of the kind {kind.__name__}",
                "",
                "left alone: such a tensor is no plain memory of this process",
            )

    def _not_real(self, applied: Applied) -> None:
        place = locate()
        self.unseen.note(
            f"{applied.call} of complex numbers",
            "" if place is None else f"{place.file}:{place.line}",
            "figures are of real numbers",
        )

    # -- one activation ----------------------------------------------------------------------

    def before(self, applied: Applied, unit_axis: int | None = None) -> Event | None:
        """Find the site and look at what the activation is given.

        `unit_axis` says where the units are if the graph can't tell.
        """
        given = applied.input
        grads = torch.is_grad_enabled()
        if grads and not applied.whole:
            site = self.registry.settled(applied.activation, self.stamp)
            if site is not None:
                self.fresh = True
                self.seen += 1
                return Event(self, site, "training", given)
        place = self._place(applied)
        if place is None:
            return None
        module = place.module
        # in a layer of Keras the flag says nothing: it is called with an argument
        training = module is not None and module.training and not is_of_keras(module)
        # a custom Function and a reentrant checkpoint compute without gradients
        phase: Phase = "training" if grads or training or place.in_function else "evaluation"
        may_create = not (phase == "evaluation" and self.trains and place.module is None)
        site = self.registry.find(
            place,
            applied,
            self.stamp,
            may_create=may_create,
            training=phase == "training",
        )
        if site is None:
            return None
        if phase == "evaluation":
            key = (site.id, self.stamp)
            seen = self._evaluated[key] = self._evaluated.get(key, 0) + 1
            if seen > (_EVALUATIONS if self.trains else _EVALUATIONS_ALONE):
                return None
        site.figures.know_units(unit_axis)
        self.fresh = True
        self.seen += 1
        return Event(self, site, phase, applied.input)

    def _place(self, applied: Applied) -> Place | None:
        """Return where an activation is applied; None where it is not looked at."""
        if not can_be_read(applied.input):
            if private.computes_its_own_way(type(applied.input)):
                self.not_plain(type(applied.input))
            elif applied.input.is_complex():
                self._not_real(applied)
            return None
        place = locate()
        if place is not None and place.in_catalogue and not applied.whole:
            return None  # a part of an activation of our own that is computed in several calls
        return place

    def _glance(self, applied: Applied) -> None:
        """Look at the suspects of a site, if it has any."""
        given = applied.input
        if not torch.is_grad_enabled() or not can_be_read(given):
            return
        place = locate()
        if place is None:
            return
        site = self.registry.find(place, applied, self.stamp, may_create=False)
        if site is not None and site.figures.suspects is not None:
            site.figures.glance(private.unwrapped(given), self.step)

    @property
    def suspects(self) -> bool:
        """Whether any unit has been closed for long."""
        return any(site.figures.suspects is not None for site in self.registry.sites)

    def begin_window(self) -> None:
        """Forget what was only of the last watched step."""
        self.clues.clear()
        self._evaluated.clear()
        self.around.begin_window()
