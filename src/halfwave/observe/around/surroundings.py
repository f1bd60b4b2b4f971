"""What stands around the activations: one object that the watcher asks and tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import torch
from torch import Tensor

from halfwave._interrupting import pass_on
from halfwave.observe.around.breakdowns import BreakdownWatch, risky_calls
from halfwave.observe.around.layer_calls import LayerCall, layer_calls
from halfwave.observe.around.layers import LayerWatch
from halfwave.observe.around.links import NAMED, weight_and_signals
from halfwave.observe.around.loss_calls import keras_call, loss_calls
from halfwave.observe.around.objectives import ObjectiveWatch
from halfwave.observe.around.optimizers import OptimizerWatch
from halfwave.observe.around.switches import SwitchWatch, switch_calls
from halfwave.observe.around.updates import UpdateWatch
from halfwave.observe.clues import Clues
from halfwave.observe.graph import leaf_behind
from halfwave.observe.private import computes_its_own_way
from halfwave.observe.structure import MARK

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType

    from halfwave.observe.capture import Capture
    from halfwave.observe.naming import Names
    from halfwave.observe.tensors import TensorSet
    from halfwave.recording import SwitchKind

__all__ = ["Look", "Settled", "Surroundings"]

#: Looks at a call of torch's after it: arguments, keyword arguments, result.
Look: TypeAlias = Callable[[Sequence[Any], Mapping[str, Any], Any], None]
#: Whether a call tells nothing new, by arguments and result; then it is counted.
Settled: TypeAlias = Callable[[Clues, Sequence[Any], Any], bool]


class Surroundings:
    """Layers, losses, optimizers and switches of a program, and its first breakdown.

    Parameters
    ----------
    capture : Capture
        What looks at the activations: it knows the step that is under way.
    name_of : callable
        Gives an optimizer's name.
    """

    def __init__(self, capture: Capture, name_of: Callable[[Any], str]) -> None:
        self._capture, self._registry = capture, capture.registry
        self.layers = LayerWatch(self._activation_of, capture.registry.names)
        self.objectives = ObjectiveWatch(self.layers.links)
        self.switches = SwitchWatch()
        self.optimizers = OptimizerWatch(name_of)
        self.updates = UpdateWatch()
        self.breakdowns = BreakdownWatch(self._path_of)
        self._layer_calls, self._loss_calls = layer_calls(), loss_calls()
        self.in_keras = 0  # depth of Keras' losses that are being computed

    # -- what the mode tells --------------------------------------------------------------------

    def looks(self) -> dict[Any, Look]:
        """Return what looks at which of torch's functions."""
        table: dict[Any, Look] = {}
        for function in risky_calls():
            name = getattr(function, "__name__", "").strip("_")
            table[function] = partial(self._risky, {"truediv": "div"}.get(name, name))
        for names, look in (
            ("sub subtract __sub__ __rsub__ rsub", self._difference),
            ("add __add__ __radd__ add_ __iadd__ sub_ __isub__", self._shift),
        ):
            for name in names.split():
                for home in (torch, Tensor):
                    if (function := getattr(home, name, None)) is not None:
                        table[function] = look
        for function, call in self._layer_calls.items():
            table[function] = partial(self._layer, call)
        for function, kind in switch_calls().items():
            table[function] = partial(self._switch, kind)
        for function, reader in self._loss_calls.items():
            table[function] = partial(self._loss, reader)
        return {function: self._of_plain_tensors(look) for function, look in table.items()}

    def settled(self, function: Any) -> Settled | None:
        """Return what counts a call of a function of torch's where nothing more is to be seen."""
        if function in self._loss_calls:
            return self._passes_loss
        call = self._layer_calls.get(function)
        return None if call is None else partial(self.layers.passes, call.at)

    def _passes_loss(self, _clues: Clues, _args: Sequence[Any], _out: Any) -> bool:
        capture = self._capture
        return capture.takes_all and not self.in_keras and self.objectives.passes(capture.step)

    def _of_plain_tensors(self, look: Look) -> Look:
        """Pass over what gives a distributed tensor, say: reading it would be a collective call."""

        def looked(args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> None:
            kind = type(out)
            if kind is Tensor or not issubclass(kind, Tensor) or not computes_its_own_way(kind):
                look(args, kwargs, out)
            else:
                self._capture.not_plain(kind)

        return looked

    def _layer(
        self, call: LayerCall, args: Sequence[Any], kwargs: Mapping[str, Any], out: Any
    ) -> None:
        known = len(self.layers)
        self.layers.look(call, args, kwargs, out)
        self.layers.settle(call, args, self._capture.clues.get("feature", out), out)
        if len(self.layers) > known:
            self._capture.fresh = True

    def _switch(
        self, kind: SwitchKind, args: Sequence[Any], kwargs: Mapping[str, Any], out: Any
    ) -> None:
        self.switches.look(kind, args, kwargs, out, self._capture.step)

    def _loss(self, reader: Any, args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> None:
        call = None if self.in_keras else reader(args, kwargs)
        if call is not None and not call.output.is_meta:
            self._capture.seen += 1
            self.objectives.look(call, out, self._capture.step)

    def _difference(self, args: Sequence[Any], _: Mapping[str, Any], out: Any) -> None:
        if not self.in_keras:
            self.objectives.look_at_difference(args, out)
        self._shift(args, _, out)

    def _shift(self, args: Sequence[Any], _: Mapping[str, Any], out: Any) -> None:
        """The graph shows nothing of a constant that is added to a signal."""
        # a view that is changed in place without gradients refuses to tell its node
        if not torch.is_grad_enabled() or not isinstance(out, Tensor) or len(args) < 2:
            return
        try:
            node: Any = out.grad_fn
        except RuntimeError as error:
            pass_on(error)
            return
        if node is not None and any(
            isinstance(arg, Tensor) and not arg.requires_grad and arg.numel() > 1
            for arg in args[:2]
        ):
            node.metadata.setdefault(NAMED, "shift")

    def _risky(self, name: str, args: Sequence[Any], _: Mapping[str, Any], out: Any) -> None:
        if args:
            self.breakdowns.look(name, args, out)

    def keras_loss(self, loss: Any, target: Any, output: Any, result: Any) -> None:
        """Look at a loss that Keras has computed."""
        call = keras_call(loss, target, output)
        if call is not None and not call.output.is_meta:
            self._capture.seen += 1
            self.objectives.look(call, result, self._capture.step)

    def keras_norm(self, layer: Any, given: Any, *, training: bool) -> None:
        """Look at a batch normalisation that Keras is about to compute."""
        if isinstance(given, Tensor) and given.dim():
            axis = getattr(layer, "axis", -1)
            axis = axis if isinstance(axis, int) and -given.dim() <= axis < given.dim() else -1
            values = given.numel() // max(given.shape[axis], 1)
            self.switches.normed(layer, given, values, self._capture.step, training=training)

    # -- what the engine tells ------------------------------------------------------------------

    def begin_window(self) -> None:
        """A watched step begins."""
        self.layers.begin_window()
        self.breakdowns.begin_window()

    def backward_begins(
        self, roots: Sequence[Any], place: tuple[CodeType, int] | None, *, watched: bool
    ) -> None:
        """A backward is about to run from `roots`."""
        self.optimizers.backward_begins()
        self.updates.backward_begins()
        if watched or self.objectives.awaits_backward:
            self.objectives.backward_begins(roots, self._capture.step, place)

    def loss_seen(
        self, roots: Iterable[Any], loss: Tensor, place: tuple[CodeType, int] | None
    ) -> None:
        """The value of a loss is there: at every step."""
        self.breakdowns.backward_begins(roots, loss, self._capture.step, place)

    def absorb(self) -> None:
        """Bring what waits on devices to the host."""
        self.layers.absorb()
        self.objectives.absorb()
        self.optimizers.absorb()
        self.updates.absorb()
        self.breakdowns.absorb()

    def frozen(self, names: Names, reached: TensorSet) -> dict[str, Any]:
        """Return what the recording holds of it, by field."""
        optimizers = self.optimizers.frozen()
        return {
            "layers": self.layers.frozen(names, reached),
            "objectives": self.objectives.frozen(),
            "optimizers": [*optimizers, *self.updates.frozen(len(optimizers))],
            "switches": self.switches.frozen(names),
            "breakdown": self.breakdowns.found,
        }

    # -- names ---------------------------------------------------------------------------------

    def _activation_of(self, site: int) -> str:
        sites = self._registry.sites
        return sites[site].activation if site < len(sites) else "activation"

    def _path_of(self, thing: Any) -> tuple[str, str, int]:
        """Return (path, file, line) of what a graph node or a parameter belongs to."""
        names = self._registry.names
        if isinstance(thing, Tensor):
            return names.parameter(thing) or "", "", 0
        site = thing.metadata.get(MARK) if thing.metadata else None
        if site is not None and site < len(self._registry.sites):
            known = self._registry.sites[site]
            return known.written_path(names), known.place_file, known.line
        weight, _ = weight_and_signals(thing)
        if weight is None:
            leaves = (leaf_behind(child) for child, _ in thing.next_functions if child)
            weight = next((leaf for leaf in leaves if leaf is not None), None)
        name = None if weight is None else names.parameter(weight)
        file, line = ("", 0) if weight is None else self.layers.place_of(weight)
        return (name or "").rpartition(".")[0], file, line
