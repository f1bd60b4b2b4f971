"""What is known of tensors that were just made, for as long as they live.

``x * (x > 0)`` is a ReLU, but only if the mask came from the same ``x``;
``torch.maximum(x, z)`` is one if ``z`` is all zeros, and on an accelerator
looking at ``z`` would make it wait. So the calls that make masks, zeros and
scaled copies are noted as they pass, and asked about when an activation may
have been met. The producers of features (``F.linear``, ``F.conv2d`` …) are noted
too: without gradients no graph tells what stands before an activation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812 – everybody's name for it
from torch import Tensor

from halfwave.observe.private import unwrapped
from halfwave.observe.references import Reference, reference

__all__ = ["Clues", "Feature", "Note", "notes"]

Note = Callable[["Clues", Sequence[Any], Mapping[str, Any], Any], None]

# tensors remembered at most: a window of a very large program forgets its oldest
_MOST = 4096


class Feature(NamedTuple):
    """Which dimension of a tensor holds features, and the weight that made them."""

    dim: int
    weight: Reference | None


class Clues:
    """Facts about live tensors, looked up by identity."""

    def __init__(self) -> None:
        self._facts: dict[tuple[str, int], tuple[Reference, Any]] = {}

    def put(self, kind: str, tensor: object, fact: Any) -> None:
        """Remember `fact` of `tensor` until the tensor dies."""
        if not isinstance(tensor, Tensor):
            return
        if len(self._facts) >= _MOST:
            self._facts.clear()
        self._facts[kind, id(tensor)] = (reference(tensor), fact)

    def get(self, kind: str, tensor: object) -> Any:
        """Return the fact of that kind, or None."""
        found = self._facts.get((kind, id(tensor)))
        if found is None or found[0]() is not tensor:
            return None
        return found[1]

    def clear(self) -> None:
        """Forget everything: a window has ended."""
        self._facts.clear()

    def is_zero(self, value: object) -> bool:
        """Whether `value` is known to be all zeros, without making a device wait."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value == 0
        if not isinstance(value, Tensor) or value.requires_grad:
            return False
        if self.get("zero", value):
            return True
        value = unwrapped(value)
        if value.device.type != "cpu" or value.numel() == 0 or type(value) is not Tensor:
            return False
        return not bool(value.any())

    def mask_of(self, mask: object) -> tuple[Tensor, bool] | None:
        """Return (x, positive) where `mask` is known to be ``x > 0`` or ``x < 0``."""
        found = self.get("mask", mask)
        if found is None:
            return None
        source = found[0]()
        return None if source is None else (source, found[1])


def _comparison(*, positive: bool) -> Note:
    def note(clues: Clues, args: Sequence[Any], _: Mapping[str, Any], out: Any) -> None:
        if len(args) == 2 and isinstance(args[0], Tensor) and clues.is_zero(args[1]):
            clues.put("mask", out, (reference(args[0]), positive))

    return note


def _zeros(clues: Clues, _: Sequence[Any], __: Mapping[str, Any], out: Any) -> None:
    clues.put("zero", out, True)


def _cast(clues: Clues, args: Sequence[Any], _: Mapping[str, Any], out: Any) -> None:
    for kind in ("mask", "zero"):
        fact = clues.get(kind, args[0]) if args else None
        if fact is not None:
            clues.put(kind, out, fact)


def _scaled(clues: Clues, args: Sequence[Any], _: Mapping[str, Any], out: Any) -> None:
    if len(args) != 2:
        return
    first, second = args
    if isinstance(first, int | float):
        first, second = second, first
    if isinstance(first, Tensor) and isinstance(second, int | float):
        clues.put("scaled", out, (reference(first), float(second)))
        bent = clues.get("bent", first)
        if bent is not None:
            clues.put("bent", out, (bent[0], bent[1] * float(second)))


def _made_of(kind: str) -> Note:
    """Note which tensor a function of one tensor was given."""

    def note(clues: Clues, args: Sequence[Any], _: Mapping[str, Any], out: Any) -> None:
        if args and isinstance(args[0], Tensor):
            clues.put(kind, out, reference(args[0]))

    return note


def _expm1(clues: Clues, args: Sequence[Any], _: Mapping[str, Any], out: Any) -> None:
    """``exp(x) - 1``, and its multiples: an ELU's part below zero."""
    if args and isinstance(args[0], Tensor):
        clues.put("bent", out, (reference(args[0]), 1.0))


def _less_one(clues: Clues, args: Sequence[Any], _: Mapping[str, Any], out: Any) -> None:
    source = clues.get("exp", args[0]) if len(args) == 2 else None
    if source is not None and isinstance(args[1], int | float) and args[1] == 1:
        clues.put("bent", out, (source, 1.0))


def _sum(clues: Clues, args: Sequence[Any], _: Mapping[str, Any], out: Any) -> None:
    """``x + |x|``: a ReLU twice as large."""
    if len(args) != 2:
        return
    for given, size in (args, args[::-1]):
        source = clues.get("size", size)
        if source is not None and source() is given:
            clues.put("doubled", out, source)


def _feature(dim: int, weight_at: int, name: str) -> Note:
    """Note the output of a layer: `dim` counts from the end where negative."""

    def note(clues: Clues, args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> None:
        weight = args[weight_at] if len(args) > weight_at else kwargs.get(name)
        if isinstance(out, Tensor) and out.dim() > 0:
            found = reference(weight) if isinstance(weight, Tensor) else None
            where = dim if dim >= 0 else out.dim() + dim
            clues.put("feature", out, Feature(min(where, out.dim() - 1), found))

    return note


def _convolution(spatial: int) -> Note:
    batched, unbatched = _feature(1, 1, "weight"), _feature(0, 1, "weight")

    def note(clues: Clues, args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> None:
        make = batched if isinstance(out, Tensor) and out.dim() == spatial + 2 else unbatched
        make(clues, args, kwargs, out)

    return note


def _product(clues: Clues, args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> None:
    """``x @ w``: features come last, unless the weight stands first."""
    if len(args) < 2 or not isinstance(args[0], Tensor) or not isinstance(args[1], Tensor):
        return
    first_is_weight = args[0].is_leaf and args[0].requires_grad
    second_is_weight = args[1].is_leaf and args[1].requires_grad
    if first_is_weight and not second_is_weight and isinstance(out, Tensor) and out.dim():
        _feature(max(out.dim() - 2, 0), 0, "")(clues, args, kwargs, out)
    else:
        _feature(-1, 1, "")(clues, args, kwargs, out)


def _einsum(clues: Clues, args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> None:
    """Note the one label of the output that a weight has and no other operand."""
    if len(args) < 2 or not isinstance(args[0], str) or "->" not in args[0]:
        return
    left, right = args[0].replace(" ", "").split("->")
    operands = list(args[1]) if isinstance(args[1], list | tuple) else list(args[1:])
    labels = left.split(",")
    if "." in args[0] or len(labels) != len(operands):
        return
    for at, operand in enumerate(operands):
        if isinstance(operand, Tensor) and operand.is_leaf and operand.requires_grad:
            others = {letter for i, text in enumerate(labels) if i != at for letter in text}
            own = [letter for letter in right if letter in labels[at] and letter not in others]
            if len(own) == 1:
                _feature(right.index(own[0]), at, "")(clues, operands, kwargs, out)
                return


def notes() -> dict[Any, Note]:
    """Return the calls to note, each with what to note of it."""
    table: dict[Any, Note] = {}

    def add(note: Note, home: Any, names: str) -> None:
        for name in names.split():
            function = getattr(home, name, None)
            if function is not None:
                table[function] = note

    for positive, names in (
        (True, "gt ge greater greater_equal"),
        (False, "lt le less less_equal"),
    ):
        add(_comparison(positive=positive), torch, names)
        add(_comparison(positive=positive), Tensor, names)
    add(_zeros, torch, "zeros zeros_like")
    add(_zeros, Tensor, "new_zeros")
    add(_cast, Tensor, "float double half bfloat16 to type type_as int long")
    add(_scaled, torch, "mul multiply")
    add(_scaled, Tensor, "mul multiply __mul__ __rmul__")
    for home in (torch, Tensor):
        add(_made_of("exp"), home, "exp")
        add(_made_of("size"), home, "abs absolute __abs__")
        add(_expm1, home, "expm1")
        add(_less_one, home, "sub subtract __sub__")
        add(_sum, home, "add __add__ __radd__")
    add(_feature(-1, 1, "weight"), F, "linear embedding")
    add(_feature(-1, 2, "weight"), F, "layer_norm rms_norm")
    add(_feature(-1, 2, "weight"), torch, "layer_norm rms_norm")
    add(_feature(1, 3, "weight"), F, "batch_norm")
    add(_feature(1, 2, "weight"), F, "group_norm")
    for spatial in (1, 2, 3):
        for name in (f"conv{spatial}d", f"conv_transpose{spatial}d"):
            add(_convolution(spatial), F, name)
            add(_convolution(spatial), torch, name)
    add(_product, torch, "matmul mm")
    add(_product, Tensor, "matmul mm __matmul__")
    add(_einsum, torch, "einsum")
    return table
