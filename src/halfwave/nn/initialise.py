"""Initialise a model for the activations that it uses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import nn
from torch.nn.utils import parametrize

from halfwave.activations import gain, get
from halfwave.nn._layers import Applied, fans, is_layer
from halfwave.nn._order import Neighbours, find_neighbours

if TYPE_CHECKING:
    from halfwave.activations import Activation

__all__ = ["Initialised", "init_"]


@dataclass(frozen=True, slots=True)
class Initialised:
    """What was done to one layer.

    ``activation`` is ``""`` where no activation counts: the gain is then 1.
    ``std`` is 0 for a layer that was left as it is; ``note`` says why.
    """

    layer: str  # its path in the model; "" is the model itself
    activation: str
    parameters: dict[str, Any]
    gain: float
    std: float
    note: str

    def __str__(self) -> str:
        name = self.layer or "(the model)"
        if not self.std:
            return f"{name}: left as it is; {self.note}"
        given = ", ".join(f"{k}={v:g}" for k, v in self.parameters.items())
        what = f"{self.activation}({given})" if given else self.activation or "no activation"
        tail = f"; {self.note}" if self.note else ""
        return f"{name}: {what}, gain {self.gain:.4g}, std {self.std:.4g}{tail}"


@torch.no_grad()
def init_(
    model: nn.Module,
    *,
    mode: Literal["fan_in", "fan_out", "fan_avg"] = "fan_in",
    distribution: Literal["normal", "uniform"] = "normal",
    side: Literal["after", "before"] = "after",
    activation: Any = None,
    zero_bias: bool = True,
    generator: torch.Generator | None = None,
) -> list[Initialised]:
    r"""Initialise every linear and convolutional layer for the activation that follows it.

    Weights get the variance gain² / fan, with the gain of :func:`halfwave.activations.gain`;
    biases become 0. Which activation follows a layer is found by tracing the
    model (``torch.fx``), through whatever stands between: normalisation, dropout,
    pooling, additions. A part that cannot be traced is read in the order in which its
    modules were registered. Everything else (embeddings, normalisation,
    recurrent layers) is left alone.

    Parameters
    ----------
    model
        Changed in place.
    mode
        ``"fan_in"`` keeps the variance of the signal, ``"fan_out"`` that of the gradients
        (it takes ``gain(…, backward=True)``), ``"fan_avg"`` is Xavier's
        compromise: the mean of the two fans.
    distribution
        ``"normal"`` or ``"uniform"``, of the same variance.
    side
        ``"after"``: the activation that follows a layer counts, as is the custom; the last
        layer gets gain 1. ``"before"``: the one that feeds it; the first layer gets
        gain 1. With inputs of variance 1 this makes every sum's variance
        1, also where one activation gives way to another.
    activation
        What to take for layers whose activation cannot be found: an activation
        or its name. Default: none, with a note in the report.
    zero_bias
        Whether to set biases to 0; else they stay.
    generator
        Source of the random numbers.

    Returns
    -------
    list of Initialised
        One entry a layer, in the model's order. Print them to see what was done.

    Raises
    ------
    ValueError
        For an unknown mode, distribution or side.

    Examples
    --------
    >>> import torch, halfwave as hw
    >>> model = torch.nn.Sequential(
    ...     torch.nn.Linear(64, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10)
    ... )
    >>> print(*hw.nn.init_(model), sep="\n")
    0: relu, gain 1.414, std 0.1768
    2: no activation, gain 1, std 0.08839

    References
    ----------
    He, Zhang, Ren, Sun (2015). Delving deep into rectifiers. ICCV.
    Glorot, Bengio (2010). Understanding the difficulty of training deep feedforward neural
    networks. AISTATS.
    """
    _check("mode", mode, ("fan_in", "fan_out", "fan_avg"))
    _check("distribution", distribution, ("normal", "uniform"))
    _check("side", side, ("after", "before"))
    if not isinstance(model, nn.Module):  # pyright: ignore[reportUnnecessaryIsInstance] - said at once, not deep inside
        raise TypeError(f"init_ takes a torch.nn.Module, not {type(model).__name__}")
    fallback = None if activation is None else get(activation)
    found = find_neighbours(model)
    report: list[Initialised] = []
    for path, layer in model.named_modules():
        if not is_layer(layer):
            continue
        problem = _untouchable(layer)
        if problem:
            report.append(Initialised(path, "", {}, 1.0, 0.0, problem))
            continue
        applied, note = _choose(found.get(path, Neighbours(known=False)), side, fallback)
        factor, trouble = _gain(applied, backward=mode == "fan_out")
        fan_in, fan_out = fans(layer)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
        std = factor / math.sqrt(fan) if fan else 0.0
        weight: Any = layer.weight
        if distribution == "normal":
            weight.normal_(0.0, std, generator=generator)
        else:
            weight.uniform_(-math.sqrt(3.0) * std, math.sqrt(3.0) * std, generator=generator)
        if zero_bias and isinstance(layer.bias, torch.Tensor):
            layer.bias.zero_()
        name, parameters = (applied[0].name, applied[1]) if applied else ("", {})
        notes = "; ".join(text for text in (note, trouble) if text)
        report.append(Initialised(path, name, parameters, factor, std, notes))
    return report


def _check(what: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ValueError(f"{what} must be one of {', '.join(map(repr, known))}, not {value!r}")


def _untouchable(layer: nn.Module) -> str:
    """Why a layer's weights cannot be set, if they cannot."""
    if parametrize.is_parametrized(layer):
        return "its weights are computed from others (torch.nn.utils.parametrize)"
    weight: Any = getattr(layer, "weight", None)
    if isinstance(weight, nn.UninitializedParameter):
        return "it is lazy: run a batch through the model first"
    if not isinstance(weight, nn.Parameter):
        return "its weights are not a parameter of its own"
    if not weight.is_floating_point():
        return f"its weights are {weight.dtype}"
    return ""


def _choose(
    around: Neighbours, side: str, fallback: Activation | None
) -> tuple[Applied | None, str]:
    """The activation that counts for a layer, and what to say of it."""
    applied = around.after if side == "after" else around.before
    if applied is not None:
        return applied, around.reason
    if around.known:
        return None, ""
    if fallback is not None:
        return (fallback, {}), f"as told: {around.reason}"
    return None, f"its activation was not found: {around.reason}; name it with activation="


def _gain(applied: Applied | None, *, backward: bool) -> tuple[float, str]:
    if applied is None:
        return 1.0, ""
    record, parameters = applied
    try:
        return gain(record, backward=backward, **parameters), ""
    except ValueError as error:  # softmax, a step: nothing that a gain could keep
        return 1.0, str(error)
