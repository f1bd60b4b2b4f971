"""The layers: what feeds them, how they scale the signal, what the network is given."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import torch
from torch import Tensor

from halfwave.observe.around.links import MADE_BY, links_to, weight_and_signals
from halfwave.observe.around.values import Features, ValuesWatch
from halfwave.observe.location import locate
from halfwave.observe.references import reference
from halfwave.observe.tensors import TensorSet
from halfwave.recording import Layer, LayerKind, Link

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from halfwave.observe.around.layer_calls import LayerCall
    from halfwave.observe.clues import Clues, Feature
    from halfwave.observe.naming import Names
    from halfwave.recording import Array

__all__ = ["LayerWatch"]

_MOST: Final = 10_000
# calls of one layer whose ways through the graph are followed
_FOLLOWED: Final = 3
# calls whose input is looked at
_INPUTS: Final = 32
_ELEMENTS: Final = 1 << 16


class _Watched:
    """One layer."""

    def __init__(self, number: int, weight: Tensor, kind: LayerKind) -> None:
        self.number = number
        self.kind: LayerKind = kind
        self.weight = reference(weight)
        self.shape_of_weight = tuple(weight.shape)
        self.units: int | None = None
        self.name = self.weight_name = ""
        self.file, self.line = "", 0
        self.shape: tuple[int, ...] = ()
        self.links: dict[Link, None] = {}
        self.followed = self.calls = 0
        self.reached = False
        self.scale: list[Tensor] | tuple[float, ...] = (math.nan,) * 4
        self.input: ValuesWatch | None = None
        self.features = Features()


class LayerWatch:
    """All layers met so far, in the order of the forward pass.

    Parameters
    ----------
    activation_of : callable
        Gives the name of the activation of a site, by number.
    names : Names
        Learns the models that are met.
    """

    def __init__(self, activation_of: Callable[[int], str], names: Names) -> None:
        self._layers: dict[int, _Watched] = {}
        self._activation_of, self._names = activation_of, names
        # those of which a call says nothing new; rank of the result, and what is noted of it
        self._settled: dict[int, tuple[_Watched, int, Feature | None]] = {}
        self._frozen_seen = False  # a layer that is not trained came before
        #: Weights that a forward pass has used.
        self.used = TensorSet()

    def __len__(self) -> int:
        return len(self._layers)

    def number(self, weight: Tensor, kind: LayerKind) -> int:
        """Return the number of the layer with that weight."""
        known = self._layers.get(id(weight))
        if known is None or known.weight() is not weight:
            if known is not None:  # an identity that is used again
                self._layers[-1 - known.number] = self._layers.pop(id(weight))
            known = _Watched(len(self._layers), weight, kind)
            self._layers[id(weight)] = known
        return known.number

    def links(self, node: Any) -> tuple[Link, ...]:
        """Return the ways from the nearest layers to what a graph node put out."""
        return links_to(node, self.number, self._activation_of)

    def begin_window(self) -> None:
        """A new step may begin with other layers."""
        self._frozen_seen = False

    def look(
        self,
        call: LayerCall,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        out: Any,
    ) -> None:
        """Look at one call of a layer, after it."""
        pair, outs, out = call.read(args, kwargs), out, _first_of(out)
        if pair is None:
            return
        given, weight = pair
        self.used.add(_whole(weight))
        off = not torch.is_grad_enabled() or len(self._layers) >= _MOST
        if off or out is None or not _is_plain(out) or given.is_nested:
            return
        if not out.requires_grad:
            self._frozen_seen = True
            return
        own = weight if weight.is_leaf else _leaf(out)
        if own is None:
            return
        self.number(own, call.kind)
        layer = self._layers[id(own)]
        _mark(call, layer.number, outs)
        layer.calls += 1
        if layer.calls == 1:
            layer.units = _units_in(own, weight, call.units)
            self._first(layer, call, given, out)
        if layer.followed < _FOLLOWED:
            layer.followed += 1
            for link in self.links(given.grad_fn) if given.requires_grad else (Link(None),):
                layer.links.setdefault(link)
        dense = given.layout == torch.strided  # of the neighbours in a graph, say, it is not
        if dense and not given.requires_grad and layer.calls <= _INPUTS and not self._frozen_seen:
            if layer.input is None:
                layer.input = ValuesWatch(_within(call.features, given))
            layer.input.add(given)

    def settle(
        self, call: LayerCall, args: Sequence[Any], feature: Feature | None, out: Any
    ) -> None:
        """Leave a layer be from now on, if all is known of it."""
        weight = args[call.at] if len(args) > call.at else None
        layer = self._layers.get(id(weight))
        if layer is None or layer.weight() is not weight or call.kind == "recurrent":
            return
        if layer.followed < _FOLLOWED or type(out) is not Tensor:
            return
        if not args[0].requires_grad and layer.calls <= _INPUTS:
            return
        self._settled[id(weight)] = layer, out.dim(), feature

    def passes(self, at: int, clues: Clues, args: Sequence[Any], out: Any) -> bool:
        """Count one more call of a layer that is left be; False for any other.

        `at` is the position of the weight.
        """
        if len(args) <= at or (known := self._settled.get(id(args[at]))) is None:
            return False
        layer, rank, feature = known
        if layer.weight() is not args[at] or type(out) is not Tensor or out.dim() != rank:
            return False
        if not out.requires_grad or not torch.is_grad_enabled():
            return False
        layer.calls += 1
        if feature is not None:
            clues.put("feature", out, feature)
        return True

    def _first(self, layer: _Watched, call: LayerCall, given: Tensor, out: Tensor) -> None:
        layer.kind = call.kind
        layer.shape = tuple(out.shape)
        place = locate()
        if place is not None:
            layer.file, layer.line = place.file, place.line
            if place.root is not None:
                self._names.add(place.root, place.scope, by_method=place.by_method)
                if place.module is not None:
                    self._names.own(place.module, place.root)
        if given.is_floating_point() and given.layout == torch.strided:
            layer.scale = [*_scale(given), *_scale(out)]

    def absorb(self) -> None:
        """Bring what waits on a device to the host."""
        for layer in self._layers.values():
            if isinstance(layer.scale, list):
                layer.scale = tuple(torch.stack([v.cpu() for v in layer.scale]).tolist())
            if layer.input is not None:
                for rows in layer.input.absorb():
                    if layer.kind != "embedding":
                        layer.features.add(rows)

    def unit_axis(self, weight: Tensor) -> int | None:
        """Return the dimension of a weight that counts units, None where it has none."""
        known = self._layers.get(id(weight))
        return None if known is None or known.weight() is not weight else known.units

    def place_of(self, weight: Tensor) -> tuple[str, int]:
        """Return file and line of the first call of the layer with that weight."""
        known = self._layers.get(id(weight))
        if known is None or known.weight() is not weight:
            return "", 0
        return known.file, known.line

    def frozen(self, names: Names, reached: TensorSet) -> list[Layer]:
        """Return the layers as the recording holds them.

        `reached` has the parameters that a backward has come to.
        """
        found: list[Layer] = []
        for layer in self._layers.values():
            weight = layer.weight()
            if weight is not None:
                layer.weight_name = names.parameter(weight) or layer.weight_name
                layer.name = names.layer(weight) or layer.name
                layer.reached = weight in reached
            shape = "×".join(map(str, layer.shape_of_weight))
            rms_in, std_in, rms_out, std_out = layer.scale
            found.append(
                Layer(
                    id=layer.number,
                    name=layer.name or f"layer {layer.number + 1} ({shape})",
                    kind=layer.kind,
                    weight=layer.weight_name,
                    file=layer.file,
                    line=layer.line,
                    order=layer.number,
                    shape=layer.shape,
                    links=tuple(layer.links),
                    reached=layer.reached,
                    calls=layer.calls,
                    rms_in=float(rms_in),
                    rms_out=float(rms_out),
                    std_in=float(std_in),
                    std_out=float(std_out),
                    input=None if layer.input is None else layer.input.frozen(),
                    **_features(layer.features),
                )
            )
        return found


def _features(features: Features) -> dict[str, Array]:
    return {
        "feature_mean": features.mean,
        "feature_std": features.std,
        "feature_low": features.low,
        "feature_high": features.high,
    }


def _is_plain(out: Tensor) -> bool:
    return out.layout == torch.strided and not (out.is_meta or out.is_nested)


def _within(dim: int | None, given: Tensor) -> int | None:
    return dim if dim is not None and -given.dim() <= dim < given.dim() else None


def _whole(weight: Tensor) -> Tensor:
    """Return the parameter that a weight is a view of: Keras' kernels come transposed."""
    base = weight._base  # noqa: SLF001 – a view tells it in no other way
    return weight if base is None else base


def _units_in(own: Tensor, weight: Tensor, units: int | None) -> int | None:
    """Return the dimension of a parameter that counts units, of the weight made of it `units`.

    Keras keeps its kernels the other way round (units last) and permutes them for torch.
    """
    if units is None or own is weight or own.shape == weight.shape:
        return units
    alike = [at for at in range(own.dim()) if own.shape[at] == weight.shape[units]]
    if weight._base is own:  # noqa: SLF001 – a view tells it in no other way
        alike = [at for at in alike if own.stride(at) == weight.stride(units)]
    return alike[0] if len(alike) == 1 else None


def _first_of(out: Any) -> Tensor | None:
    out = out[0] if isinstance(out, tuple) and out else out
    return out if isinstance(out, Tensor) else None


def _mark(call: LayerCall, number: int, outs: Any) -> None:
    """Have the graph say that all that came out is the layer's, where that is many operations."""
    if call.kind != "recurrent":
        return
    for out in outs if isinstance(outs, tuple) else (outs,):
        node: Any = out.grad_fn if isinstance(out, Tensor) else None
        if node is not None:
            node.metadata.setdefault(MADE_BY, (number, call.last))


def _leaf(out: Tensor) -> Tensor | None:
    """Return the leaf that a computed weight comes from."""
    node: Any = out.grad_fn
    for _ in range(4):
        if node is None:
            return None
        weight, _ = weight_and_signals(node)
        if weight is not None:
            return weight
        node = node.next_functions[0][0] if node.next_functions else None
    return None


def _scale(values: Tensor) -> tuple[Tensor, Tensor]:
    """Return root mean square and standard deviation, on the tensor's device."""
    flat = values.detach().reshape(-1) if values.is_contiguous() else values.detach().flatten()
    flat = flat[:: max(flat.numel() // _ELEMENTS, 1)].double()
    square = (flat * flat).mean()
    return square.sqrt(), (square - flat.mean() ** 2).clamp_min(0).sqrt()
