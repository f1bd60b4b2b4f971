"""Which calls into torch apply an activation, and with which parameters.

One table row an activation: its catalogue name, the names torch gives it, and
what its arguments after the input are called. The rows that need a look at
their arguments first (``clamp`` is a ReLU only with ``min=0``) have a reader of
their own in `halfwave.observe.disguised`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F  # noqa: N812 – everybody's name for it
from torch import Tensor

from halfwave.activations.backends.seen import applied
from halfwave.observe.applied import Applied, Reader
from halfwave.observe.disguised import DISGUISED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from halfwave.observe.clues import Clues

__all__ = ["activation_calls"]


# catalogue name | names in torch | arguments after the input
# F: torch.nn.functional, t: torch, T: Tensor, s: torch.special, a: torch.ops.aten
_TABLE = """
relu | F.relu F.relu_ t.relu t.relu_ T.relu T.relu_ a.relu a.relu_ | inplace
relu6 | F.relu6 F.relu6_ a.relu6 | inplace
leaky_relu | F.leaky_relu F.leaky_relu_ a.leaky_relu a.leaky_relu_ | negative_slope inplace
prelu | F.prelu t.prelu T.prelu a.prelu | weight
rrelu | F.rrelu F.rrelu_ t.rrelu t.rrelu_ a.rrelu | lower upper training inplace
elu | F.elu F.elu_ a.elu a.elu_ | alpha inplace
selu | F.selu F.selu_ t.selu t.selu_ a.selu a.selu_ | inplace
celu | F.celu F.celu_ t.celu t.celu_ a.celu a.celu_ | alpha inplace
gelu | F.gelu a.gelu a.gelu_ | approximate
silu | F.silu a.silu a.silu_ | inplace
mish | F.mish a.mish a.mish_ | inplace
sigmoid | F.sigmoid t.sigmoid t.sigmoid_ T.sigmoid T.sigmoid_ s.expit a.sigmoid |
logsigmoid | F.logsigmoid a.log_sigmoid |
tanh | F.tanh t.tanh t.tanh_ T.tanh T.tanh_ a.tanh a.tanh_ |
softplus | F.softplus a.softplus | beta threshold
softsign | F.softsign |
tanhshrink | F.tanhshrink |
softshrink | F.softshrink a.softshrink | lambd
hardshrink | F.hardshrink t.hardshrink T.hardshrink a.hardshrink | lambd
hardtanh | F.hardtanh F.hardtanh_ a.hardtanh a.hardtanh_ | min_val max_val inplace
hardsigmoid | F.hardsigmoid a.hardsigmoid | inplace
hardswish | F.hardswish a.hardswish | inplace
threshold | F.threshold F.threshold_ t.threshold t.threshold_ a.threshold | threshold value inplace
softmax | F.softmax t.softmax T.softmax s.softmax a.softmax | dim
softmin | F.softmin | dim
log_softmax | F.log_softmax t.log_softmax T.log_softmax s.log_softmax a.log_softmax | dim
gumbel_softmax | F.gumbel_softmax | tau hard eps dim
glu | F.glu a.glu | dim
"""

#: Functions of torch.nn.functional that choose a dimension themselves where they are told none.
_CHOOSE = frozenset({"F.softmax", "F.softmin", "F.log_softmax"})

_HOMES: dict[str, tuple[Any, str]] = {
    "F": (F, "F."),
    "t": (torch, "torch."),
    "T": (Tensor, "Tensor."),
    "s": (torch.special, "torch.special."),
    "a": (torch.ops.aten, "torch.ops.aten."),
}


def _plain(value: object) -> float | str | bool | None:
    """Return a parameter as it can be stored: a small number, a text, or None."""
    if isinstance(value, bool | int | float | str):
        return value
    return None


def _reader(activation: str, call: str, names: tuple[str, ...], *, underscore: bool) -> Reader:
    """Make the reader of one plain call."""
    inplace_at = names.index("inplace") + 1 if "inplace" in names else None
    chooses = call in _CHOOSE

    def read(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Applied | None:
        given = args[0] if args else kwargs.get("input", kwargs.get("self"))
        if not isinstance(given, Tensor):
            return None
        if (
            not chooses
            and len(args) == 1
            and (not kwargs or (len(kwargs) == 1 and "inplace" in kwargs))
        ):
            # as a module calls its function: at most with inplace=False
            return Applied(activation, given, {}, call, underscore or bool(kwargs.get("inplace")))
        parameters: dict[str, float | str | bool] = {}
        for name, value in (*zip(names, args[1:], strict=False), *kwargs.items()):
            plain = _plain(value) if name in names and name != "inplace" else None
            if plain is not None:
                parameters[name] = plain
        if chooses and "dim" not in parameters:
            parameters["dim"] = 0 if given.dim() in {0, 1, 3} else 1
        inplace = underscore or bool(kwargs.get("inplace", False))
        if inplace_at is not None and len(args) > inplace_at:
            inplace = bool(args[inplace_at])
        which = activation
        if which == "gelu" and parameters.pop("approximate", "none") == "tanh":
            which = "gelu_tanh"
        if which == "hardtanh" and parameters == {"min_val": 0.0, "max_val": 6.0}:
            which, parameters = "relu6", {}  # as nn.ReLU6 writes it
        return Applied(which, given, parameters, call, inplace)

    return read


def _catalogue(args: Sequence[Any], _: Mapping[str, Any]) -> Applied | None:
    """Read a call of our own catalogue: (compute, record, x, parameters)."""
    _compute, record, given, values = args
    if not isinstance(given, Tensor):
        return None
    parameters = {
        name: plain for name, value in values.items() if (plain := _plain(value)) is not None
    }
    return Applied(record.name, given, parameters, f"halfwave.{record.name}", whole=True)


def _inplace(name: str) -> bool:
    return name.endswith("_") and not name.endswith("__")


def _functions(home: Any, name: str) -> list[Any]:
    """Return what a call by that name may arrive as; nothing where torch lacks it."""
    function = getattr(home, name, None)
    if function is None:
        return []
    overloads = getattr(function, "overloads", None)
    if home is torch.ops.aten and overloads is not None:
        return [function, *(getattr(function, overload) for overload in overloads())]
    return [function]


def activation_calls(clues: Clues) -> dict[Any, Reader]:
    """Return, for every torch callable that may apply an activation, its reader.

    The callables are those that a torch function mode is handed, so a lookup
    by identity tells whether a call matters. `clues` is what the readers of
    disguised activations ask about the tensors they are given.
    """
    table: dict[Any, Reader] = {applied: _catalogue}
    for line in _TABLE.strip().splitlines():
        activation, spellings, arguments = (part.strip() for part in line.split("|"))
        for spelling in spellings.split():
            letter, name = spelling.split(".")
            home, written = _HOMES[letter]
            reader = _reader(
                activation, written + name, tuple(arguments.split()), underscore=_inplace(name)
            )
            for function in _functions(home, name):
                table.setdefault(function, reader)
    for spellings, make in DISGUISED:
        for spelling in spellings.split():
            letter, name = spelling.split(".")
            home, written = _HOMES[letter]
            for function in _functions(home, name):
                table.setdefault(function, make(clues, written + name, underscore=_inplace(name)))
    return table
