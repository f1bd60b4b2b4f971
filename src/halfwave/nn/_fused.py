"""Forward passes on torch's kernels for records that torch has no module for.

One class a record that has something to gain; all other records take the
catalogue's arithmetic in blocks. The table ``FORMS`` joins them to the
records.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, ClassVar, Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from halfwave.activations.backends.seen import applied, is_seen
from halfwave.nn import _kernels, _maxout
from halfwave.nn._module import ActivationModule

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfwave.activations import Activation

__all__ = ["FORMS", "form"]

_KEYWORD = inspect.Parameter.POSITIONAL_OR_KEYWORD


class _Fused(ActivationModule):
    """With ``accurate=True`` value and derivative are the catalogue's."""

    options = (inspect.Parameter("accurate", inspect.Parameter.KEYWORD_ONLY, default=False),)
    accurate: bool = False

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name for it
        if self.accurate:
            return super().forward(input)
        if is_seen(input):
            return applied(self.kernel, self.record, input, self.record_parameters())
        return self.kernel(input)

    def kernel(self, x: Tensor) -> Tensor:
        """Apply the activation by torch's kernels."""
        raise NotImplementedError

    def extra_repr(self) -> str:
        parts = (super().extra_repr(), "accurate=True" if self.accurate else "")
        return ", ".join(part for part in parts if part)


class _SquaredReLU(_Fused):
    """Two passes forward; keeps its output alone for the backward pass.

    Below inputs of about 1e-23 in float32 the square is 0, and so is the
    gradient; ``accurate=True`` keeps the input instead and loses nothing.
    """

    def kernel(self, x: Tensor) -> Tensor:
        return _kernels.squared_relu(x)


class _CReLU(_Fused):
    """Keeps its output alone for the backward pass."""

    dim: int

    def kernel(self, x: Tensor) -> Tensor:
        return _kernels.crelu(x, self.dim)


class _Maxout(_Fused):
    """No copy of the groups is made; one byte an output is kept for the backward pass."""

    size: int
    dim: int

    def kernel(self, x: Tensor) -> Tensor:
        return _maxout.maxout(x, self.size, self.dim)


class _Gated(_Fused):
    """Two passes forward on torch's kernels; keeps its input alone for the backward pass.

    With ``accurate=True`` value and derivative are the catalogue's.
    """

    dim: int

    def kernel(self, x: Tensor) -> Tensor:
        return _kernels.gated(x, self.record.name, self.dim)


class _Function(_Fused):
    """One pass by torch's function; ``accurate=True``: value and derivative of the catalogue."""

    function: ClassVar[Callable[[Tensor], Tensor]]

    def kernel(self, x: Tensor) -> Tensor:
        return type(self).function(x)


def form(record: Activation) -> type[ActivationModule]:
    """Return the class to derive a record's module from."""
    if record.name in FORMS:
        return FORMS[record.name]
    home, _, name = record.elsewhere.functional.rpartition(".")
    if home == "torch" and not record.parameters and not record.mixes:
        function = staticmethod(getattr(torch, name))
        return type("_Function", (_Function,), {"function": function, "__doc__": _Function.__doc__})
    return ActivationModule


class _ReLUN(_Fused):
    """torch's hardtanh kernel, in one pass."""

    n: float

    def kernel(self, x: Tensor) -> Tensor:
        return functional.hardtanh(x, 0.0, self.n)


class _GumbelSoftmax(ActivationModule):
    """Draws its noise in training; in evaluation there is none.

    With ``hard=True`` the output is the vertex of the largest share, and the
    gradient that of the shares (straight through).
    """

    _signature = inspect.Signature(
        [
            inspect.Parameter("tau", _KEYWORD, default=1.0),
            inspect.Parameter("hard", _KEYWORD, default=False),
            inspect.Parameter("dim", _KEYWORD, default=-1),
        ]
    )
    tau: float
    hard: bool
    dim: int

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        nn.Module.__init__(self)  # the noise is no argument here
        given = self._bind(args, kwargs)
        self.record.resolve({"tau": given["tau"], "axis": given["dim"]})
        self.tau, self.hard, self.dim = given["tau"], given["hard"], given["dim"]

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name for it
        if is_seen(input):
            return applied(self._value, self.record, input, self.record_parameters())
        return self._value(input)

    def _value(self, input: Tensor) -> Tensor:  # noqa: A002 - as above
        if self.training:
            return functional.gumbel_softmax(input, self.tau, self.hard, dim=self.dim)
        shares = torch.softmax(input / self.tau, self.dim)
        if not self.hard:
            return shares
        best = shares.max(self.dim, keepdim=True)[1]
        vertex = torch.zeros_like(shares).scatter(self.dim, best, 1.0)
        return vertex - shares.detach() + shares

    def record_parameters(self) -> dict[str, Any]:
        return {"tau": self.tau, "noise": 0.0, "axis": self.dim}

    def extra_repr(self) -> str:
        return f"tau={self.tau}, hard={self.hard}, dim={self.dim}"


#: record's name → the class that its module is derived from
FORMS: Final[dict[str, type[ActivationModule]]] = {
    "crelu": _CReLU,
    "gumbel_softmax": _GumbelSoftmax,
    "maxout": _Maxout,
    "relu_n": _ReLUN,
    "squared_relu": _SquaredReLU,
    **dict.fromkeys(_kernels.GATES, _Gated),
}
