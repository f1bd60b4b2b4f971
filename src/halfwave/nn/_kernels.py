"""Hand-written forward and backward passes on torch's kernels.

Each keeps for the backward pass the least that it can: the output that the
next layer keeps anyway, or the input and nothing else. Every backward pass
is made of differentiable operations, so it can be differentiated again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import torch
from torch import Tensor
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["GATES", "crelu", "gated", "halves", "squared_relu"]

# the names of F and torch.ops are untyped
# pyright: reportIncompatibleMethodOverride=false, reportReturnType=false

torch.fx.wrap("squared_relu")
torch.fx.wrap("crelu")
torch.fx.wrap("gated")


def transforming() -> bool:
    """Whether something traces or transforms, so that only plain operations will do."""
    if torch.compiler.is_compiling():
        return True
    return torch._C._functorch.peek_interpreter_stack() is not None  # noqa: SLF001 # pyright: ignore - torch has no public question whether vmap or grad transforms


def unrecorded(x: Tensor) -> bool:
    """Whether nothing will ask for a gradient: then a Function would only take time."""
    return not (torch.is_grad_enabled() and x.requires_grad) and not transforming()


# -- squared ReLU -------------------------------------------------------------------


def squared_relu(x: Tensor) -> Tensor:
    """Return relu(x)² in two passes; only the output is kept for the backward pass."""
    if unrecorded(x):
        return _SquaredReLU.forward(x)
    return _SquaredReLU.apply(x)


class _SquaredReLU(torch.autograd.Function):
    """The derivative 2 relu(x) is 2 √y."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor) -> Tensor:
        y = functional.relu(x)
        return y.mul_(y)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:  # noqa: ARG004 - torch's signature
        ctx.save_for_backward(output)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Tensor:
        (y,) = ctx.saved_tensors
        return _TwiceRoot.apply(y) * g


class _TwiceRoot(torch.autograd.Function):
    """2 √y, whose derivative at 0 is taken as 0: a blocked unit stays blocked."""

    generate_vmap_rule = True

    @staticmethod
    def forward(y: Tensor) -> Tensor:
        return y.sqrt().mul_(2.0)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor], output: Tensor) -> None:
        ctx.save_for_backward(inputs[0], output)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Tensor:
        y, twice_root = ctx.saved_tensors
        # 0 at y = 0, and the graph of a third derivative has no 0/0 in it
        return torch.where(y > 0, g * (2.0 / torch.where(y > 0, twice_root, 1.0)), 0.0)


# -- CReLU --------------------------------------------------------------------------


def crelu(x: Tensor, dim: int) -> Tensor:
    """Return relu(x) and relu(−x) side by side; only the output is kept."""
    if unrecorded(x):
        return _CReLU.forward(x, dim)
    return _CReLU.apply(x, dim)


class _CReLU(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, dim: int) -> Tensor:
        if transforming():
            return torch.cat((functional.relu(x), functional.relu(-x)), dim)
        shape = list(x.shape)
        shape[dim] *= 2
        y = x.new_empty(shape)
        first, second = y.chunk(2, dim)
        torch.clamp_min(x, 0.0, out=first)
        torch.neg(x, out=second)
        second.relu_()
        return y

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.dim = inputs[1]
        ctx.save_for_backward(output)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor, None]:
        (y,) = ctx.saved_tensors
        open_ = torch.ops.aten.threshold_backward(g, y.detach(), 0.0)
        first, second = open_.chunk(2, ctx.dim)
        return first - second, None


# -- gated units ----------------------------------------------------------------------

_aten: Any = torch.ops.aten


def _silu_backward(g: Tensor, b: Tensor) -> Tensor:
    """``g`` times SiLU's derivative; torch's kernel for it cannot be differentiated."""
    if not torch.is_grad_enabled():
        return _aten.silu_backward(g, b)
    s = torch.sigmoid(b)
    return g * (s * (1 + b * (1 - s)))


#: α, λ and the rate of SELU, as torch's kernel takes them
_SELU: Final = (1.6732632423543772, 1.0507009873554805, 1.0)

#: record → the gate's value (a new tensor), and g times its derivative
GATES: Final[dict[str, tuple[Callable[[Tensor], Tensor], Callable[[Tensor, Tensor], Tensor]]]] = {
    "bilinear": (torch.clone, lambda g, b: g),  # noqa: ARG005 - the table's signature
    "reglu": (functional.relu, lambda g, b: _aten.threshold_backward(g, b, 0.0)),
    "geglu": (functional.gelu, _aten.gelu_backward),
    "geglu_tanh": (
        lambda b: functional.gelu(b, approximate="tanh"),
        lambda g, b: _aten.gelu_backward(g, b, approximate="tanh"),
    ),
    "seglu": (
        functional.selu,
        lambda g, b: _aten.elu_backward(g, *_SELU, is_result=False, self_or_result=b),
    ),
    "swiglu": (functional.silu, _silu_backward),
}


def gated(x: Tensor, gate: str, dim: int) -> Tensor:
    """Return a · act(b), the halves of ``x``, in two passes; only ``x`` is kept."""
    halves(x, gate, dim)
    if unrecorded(x):
        return _Gated.forward(x, gate, dim)
    return _Gated.apply(x, gate, dim)


def halves(x: Tensor, name: str, dim: int) -> tuple[Tensor, Tensor]:
    """Return the two halves of an axis, as views."""
    if not -x.dim() <= dim < x.dim():
        raise ValueError(f"{name}: dim={dim} is outside the input, whose shape is {tuple(x.shape)}")
    size = x.shape[dim]
    if size % 2:
        raise ValueError(f"{name} needs an even axis to cut in two; axis {dim} has {size}")
    first, second = x.split(size // 2, dim) if size else (x, x)
    return first, second


class _Gated(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, gate: str, dim: int) -> Tensor:
        a, b = halves(x, gate, dim)
        if gate == "bilinear":
            return a * b
        return GATES[gate][0](b).mul_(a)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:  # noqa: ARG004 - torch's signature
        x, ctx.gate, ctx.dim = inputs
        ctx.save_for_backward(x)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor, None, None]:
        (x,) = ctx.saved_tensors
        a, b = halves(x, ctx.gate, ctx.dim)
        value, backward = GATES[ctx.gate]
        opened = b if ctx.gate == "bilinear" else value(b)
        return torch.cat((g * opened, backward(g * a, b)), ctx.dim), None, None
