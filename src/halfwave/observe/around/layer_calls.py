"""The functions of torch that apply a weight: where it stands in a call, where its units are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from halfwave.recording import LayerKind

__all__ = ["LayerCall", "layer_calls"]


class LayerCall:
    """How one of torch's functions is called that applies a weight.

    Parameters
    ----------
    kind : str
    at : int
        Position of the weight.
    name : str
        Its keyword.
    units, features : int or None
        Dimension of the weight that counts its units; of the input that
        counts its features.
    last : str
        The activation that the call itself ends with, "" where there is none, or
        gates.
    """

    __slots__ = ("at", "features", "kind", "last", "name", "units")

    def __init__(
        self,
        kind: LayerKind,
        at: int,
        name: str,
        units: int | None,
        features: int | None,
        *,
        last: str = "",
    ) -> None:
        self.kind: LayerKind = kind
        self.last = last
        self.at, self.name, self.units, self.features = at, name, units, features

    def read(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Tensor, Tensor] | None:
        """Return (input, weight) of a call, None where it applies no weight."""
        given = args[0] if args else kwargs.get("input")
        weight = args[self.at] if len(args) > self.at else kwargs.get(self.name)
        if self.kind == "recurrent" and isinstance(weight, list | tuple):
            weight = weight[0] if weight else None
        if not isinstance(given, Tensor) or not isinstance(weight, Tensor):
            return None
        return given, weight


class _Product(LayerCall):
    """``x @ w``: one of the two has to be a weight."""

    def read(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Tensor, Tensor] | None:
        pair = super().read(args, kwargs)
        if pair is None or pair[1].dim() < 2 or not _is_weight(pair[1]) or _is_weight(pair[0]):
            return None
        return pair


def _is_weight(tensor: Tensor) -> bool:
    return tensor.is_leaf and tensor.requires_grad


def layer_calls() -> dict[Any, LayerCall]:
    """Return torch's functions that apply a weight."""
    functional = torch.nn.functional
    table: dict[Any, LayerCall] = {
        functional.linear: LayerCall("linear", 1, "weight", 0, -1),
        functional.embedding: LayerCall("embedding", 1, "weight", None, None),
        torch.addmm: LayerCall("linear", 2, "mat2", 1, -1),
    }
    for rank in (1, 2, 3):
        for home in (functional, torch):
            plain = getattr(home, f"conv{rank}d")
            table[plain] = LayerCall("convolution", 1, "weight", 0, 1)
            back = getattr(home, f"conv_transpose{rank}d")
            table[back] = LayerCall("convolution", 1, "weight", 1, 1)
    for name, last in (("lstm", ""), ("gru", ""), ("rnn_tanh", "tanh"), ("rnn_relu", "relu")):
        table[getattr(torch, name)] = LayerCall("recurrent", 2, "params", None, -1, last=last)
    product = _Product("linear", 1, "other", 1, -1)
    for home, names in (
        (torch, ("matmul", "mm")),
        (Tensor, ("matmul", "mm", "__matmul__")),
    ):
        for name in names:
            table[getattr(home, name)] = product
    return table
