"""What of a model is a layer with weights, and what is an activation."""

from __future__ import annotations

import inspect
import math
from typing import TYPE_CHECKING, Any, Final

import torch
from torch import nn

from halfwave.nn._calls import RECORDS, catalogue
from halfwave.nn._catalogue import modules

if TYPE_CHECKING:
    from halfwave.activations import Activation

__all__ = [
    "FUNCTIONS",
    "METHODS",
    "Applied",
    "applied_by_attribute",
    "applied_by_call",
    "applied_by_module",
    "fans",
    "is_layer",
]

#: an activation with the parameters that it is used with
Applied = tuple["Activation", dict[str, Any]]

_TRANSPOSED: Final = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
_LAYERS: Final = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d, *_TRANSPOSED)
#: the output layer of torch's attention, which initialises itself
_ATTENTIONS_OWN: Final = "NonDynamicallyQuantizableLinear"


def is_layer(module: nn.Module) -> bool:
    """Whether the module's weights multiply its input."""
    return isinstance(module, _LAYERS) and type(module).__name__ != _ATTENTIONS_OWN


def fans(layer: Any) -> tuple[float, float]:
    """Return how many inputs make an output, and how many outputs an input goes to.

    Groups are taken into account, and the stride of a transposed convolution:
    only every stride-th element of its kernel meets an input.
    """
    if isinstance(layer, nn.Linear):
        return layer.in_features, layer.out_features
    taps = math.prod(layer.kernel_size)
    if isinstance(layer, _TRANSPOSED):
        return taps * layer.in_channels / layer.groups / math.prod(layer.stride), (
            taps * layer.out_channels / layer.groups
        )
    return taps * layer.in_channels / layer.groups, taps * layer.out_channels / layer.groups


def applied_by_module(module: nn.Module) -> Applied | None:
    """Return the activation that a module applies, None if it is something else."""
    if isinstance(module, nn.Identity):
        return None
    record: Any = getattr(type(module), "record", None)
    own: Any = getattr(module, "record_parameters", None)
    if record is not None and own is not None:
        if isinstance(module, nn.GELU):
            return RECORDS["gelu" if module.approximate == "none" else "gelu_tanh"], {}
        return record, _plain(own())
    if not type(module).__module__.startswith("torch.nn."):
        return None
    made: Any = modules.get(type(module).__name__)
    if made is None or type(module) not in made.__mro__:
        return None
    return applied_by_module(_as_ours(made, module))


def _as_ours(made: Any, module: nn.Module) -> nn.Module:
    """The same module as one of ours, which knows its record; nothing is copied."""
    ours = made.__new__(made)
    ours.__dict__.update(module.__dict__)
    return ours


def _plain(parameters: dict[str, Any]) -> dict[str, Any]:
    """Trained parameters as numbers: their mean."""
    return {
        key: float(value.detach().double().mean()) if isinstance(value, torch.Tensor) else value
        for key, value in parameters.items()
    }


def _functions() -> dict[Any, Activation]:
    """The functions of torch by the records that name them; in-place spellings included."""
    found: dict[Any, Activation] = {}
    for record in RECORDS.values():
        if record.name in {"gelu_tanh", "absolute", "identity"} or not record.elsewhere.functional:
            continue
        path = record.elsewhere.functional
        if not path.startswith("torch.") or "(" in path:
            continue
        last = path.rpartition(".")[2]
        for home in (torch, nn.functional, torch.special):
            for spelling in (last, last + "_"):
                function = getattr(home, spelling, None)
                if callable(function):
                    found[function] = record
    return found


#: torch's function → record
FUNCTIONS: Final = _functions()

#: name of a tensor's method → record
METHODS: Final = {
    getattr(function, "__name__", ""): record
    for function, record in FUNCTIONS.items()
    if hasattr(torch.Tensor, getattr(function, "__name__", ""))
}


def applied_by_call(target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Applied | None:
    """Return the activation of a function or, by its name, of a tensor's method."""
    if target is catalogue:
        return RECORDS[args[1]], {}
    name = target if isinstance(target, str) else getattr(target, "__name__", "")
    if name.rstrip("_") in {"clamp", "clamp_min", "relu"} and _is_rectifier(name, args, kwargs):
        return RECORDS["relu"], {}
    record = METHODS.get(target) if isinstance(target, str) else FUNCTIONS.get(target)
    if record is None and not isinstance(target, str):
        record = (
            RECORDS.get(name)
            if getattr(target, "__module__", "").startswith("halfwave.nn")
            else None
        )
    if record is None:
        return None
    if record.name == "gelu" and kwargs.get("approximate", "none") == "tanh":
        record = RECORDS["gelu_tanh"]
    return record, _given(record, target, args, kwargs)


def applied_by_attribute(module: nn.Module) -> list[Applied]:
    """Return the activations that a module keeps as functions: ``self.act = F.gelu``."""
    kept = [value for value in vars(module).values() if callable(value)]
    found = (applied_by_call(value, (), {}) for value in kept)
    return [applied for applied in found if applied is not None]


def _is_rectifier(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    if name.startswith("relu"):
        return True
    low = kwargs.get("min", args[1] if len(args) > 1 else None)
    high = kwargs.get("max", args[2] if len(args) > 2 else None)
    return low == 0 and high is None


def _given(
    record: Activation, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
    """The record's parameters among the arguments of a call."""
    named = dict(kwargs)
    try:
        named.update(inspect.signature(target).bind(*args, **kwargs).arguments)
    except (TypeError, ValueError):  # written in C: the record's order is torch's
        named.update(zip((p.name for p in record.parameters), args[1:], strict=False))
    found: dict[str, Any] = {}
    for p in record.parameters:
        for spelling in (p.name, *p.aliases):
            if isinstance(named.get(spelling), (int, float)):
                found[p.name] = named[spelling]
    return found
