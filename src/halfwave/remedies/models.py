"""Finds a program's models before they have run: the modules at which sites will be."""

from __future__ import annotations

import gc
import math
import zlib
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from halfwave.activations import gain
from halfwave.nn._layers import fans, is_layer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from halfwave.activations import Activation
    from halfwave.remedies.sites import Target

__all__ = ["Models"]


class Models:
    """The models of a program that have the targets' modules.

    Parameters
    ----------
    targets : sequence of Target
        Sites, as an earlier run of the script has met them.
    """

    def __init__(self, targets: Sequence[Target]) -> None:
        self._targets = targets
        self._roots = {target.root for target in targets if target.root}
        self._done: set[int] = set()
        self.initialised = 0  # layers

    def owners(self) -> Iterator[tuple[nn.Module, Target]]:
        """Give every module at which a target is, with the target."""
        for root in self._alive():
            for target in self._targets:
                if target.root != type(root).__name__:
                    continue
                module = _below(root, target.inner)
                if module is not None and type(module).__name__ == target.module:
                    yield module, target

    def _alive(self) -> list[nn.Module]:
        """Return the outermost modules there are, of the classes that the targets' have."""
        if not self._roots:
            return []
        return [
            thing
            for thing in gc.get_objects()
            if issubclass(type(thing), nn.Module) and type(thing).__name__ in self._roots
        ]

    def initialise(
        self, record: Activation, parameters: Mapping[str, Any], seed: int, held: set[int]
    ) -> None:
        """Set the weights of the layers that feed the targets: N(0, gain² / fan_in), biases 0.

        Only weights whose identities are in `held` (by an optimizer) are touched.
        """
        for root in self._alive():
            for target in self._targets:
                if target.root != type(root).__name__ or not target.producer:
                    continue
                layer: Any = _below(root, target.producer)
                weight = None if layer is None else getattr(layer, "weight", None)
                if id(weight) not in held or id(layer) in self._done:
                    continue
                self._done.add(id(layer))
                self._fill(layer, gain(record, **parameters), _own(seed, target.producer))

    def _fill(self, layer: Any, factor: float, seed: int) -> None:
        weight: Any = getattr(layer, "weight", None)
        if not isinstance(weight, nn.Parameter) or weight.dim() < 2:
            return
        if isinstance(weight, nn.UninitializedParameter) or not weight.is_floating_point():
            return
        # a layer of somebody's own is taken to have its outputs first, as torch's have
        fan = fans(layer)[0] if is_layer(layer) else weight[0].numel()
        # numbers of its own: the program's generators stay where they are
        generator = torch.Generator(device="cpu")
        torch._C.Generator.manual_seed(generator, seed)  # noqa: SLF001 # pyright: ignore - past any override of ours
        with torch.no_grad():
            values = torch.randn(weight.shape, generator=generator) * (factor / math.sqrt(fan))
            weight.copy_(values)
            bias = getattr(layer, "bias", None)
            if isinstance(bias, nn.Parameter):
                bias.zero_()
        self.initialised += 1


def _below(root: nn.Module, path: str) -> nn.Module | None:
    module: Any = root
    for part in filter(None, path.split(".")):
        module = getattr(module, "_modules", {}).get(part)
        if module is None:
            return None
    return module


def _own(seed: int, path: str) -> int:
    return zlib.crc32(f"{seed}:{path}".encode())
