"""torch tensors: any device, autograd twice, ``torch.compile`` and ``torch.func``.

The backward pass takes the record's own derivative, not the derivative of
the operations in the forward pass: that keeps the tails. float32 and
narrower types are computed in float64 where the device has it.
"""

# ruff: noqa: D102 - the methods are described in base.py
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import torch

from .base import Primitives
from .common import check_axis, evaluate, evaluate_derivative, evaluate_vjp, refuse_dtype
from .seen import applied, is_seen

if TYPE_CHECKING:
    from halfwave.activations.record import Activation

__all__ = ["TorchPrimitives", "derivative", "value", "vjp"]

_NO_FLOAT64: Final = frozenset({"mps"})


class TorchPrimitives(Primitives, namespace=torch):
    """torch's own functions on tensors of one dtype and device."""

    def __init__(self, dtype: torch.dtype, device: torch.device) -> None:
        self._dtype = dtype
        self._device = device
        wide = dtype == torch.float64
        self.bits = 53 if wide else 24
        self.deep = 600.0 if wide else 70.0
        self.far = 1e90 if wide else 1e9
        self._veltkamp = 2.0**27 + 1.0 if wide else 2.0**12 + 1.0

    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        return torch.where(condition, self._tensor(yes), self._tensor(no))

    def full_like(self, x: Any, value: float) -> Any:
        return torch.full_like(x, value)

    def minimum(self, x: Any, y: Any) -> Any:
        return torch.minimum(self._tensor(x), self._tensor(y))

    def maximum(self, x: Any, y: Any) -> Any:
        return torch.maximum(self._tensor(x), self._tensor(y))

    def split(self, x: Any) -> Any:
        x = self._tensor(x)
        shifted = self._veltkamp * x
        return shifted - (shifted - x)

    def sum(self, x: Any, axis: int) -> Any:
        return torch.sum(x, dim=axis, keepdim=True)

    def max(self, x: Any, axis: int) -> Any:
        if x.shape[axis] == 0:
            return self.sum(x, axis)  # nothing comes of it
        return torch.amax(x, dim=axis, keepdim=True)

    def sort(self, x: Any, axis: int) -> Any:
        return torch.sort(x, dim=axis).values

    def cumsum(self, x: Any, axis: int) -> Any:
        return torch.cumsum(x, dim=axis)

    def concat(self, parts: list[Any], axis: int) -> Any:
        return torch.cat(parts, dim=axis)

    def reshape(self, x: Any, shape: tuple[int, ...]) -> Any:
        return torch.reshape(x, shape)

    def arange_like(self, x: Any, axis: int) -> Any:
        shape = [1] * x.ndim
        shape[axis] = x.shape[axis]
        count = torch.arange(1, x.shape[axis] + 1, dtype=self._dtype, device=self._device)
        return count.reshape(shape)

    def _tensor(self, value: Any) -> torch.Tensor:
        """A number as a tensor, so that it keeps the working precision."""
        if isinstance(value, torch.Tensor):
            return value
        return torch.full((), value, dtype=self._dtype, device=self._device)


def value(record: Activation, x: Any, parameters: dict[str, Any]) -> Any:
    """Return f(x); autograd takes the record's derivative."""
    x = _floating(record, x)
    check_axis(record, x.shape, parameters)
    if is_seen(x):
        return applied(lambda x: _value(record, x, parameters), record, x, parameters)
    return _value(record, x, parameters)


def _value(record: Activation, x: Any, parameters: dict[str, Any]) -> Any:
    names, tensors, numbers = _separate(parameters)
    if not torch.compiler.is_compiling():
        return _ApplyForward.apply(x, record, numbers, names, *tensors)
    if torch.is_grad_enabled() and any(t.requires_grad for t in (x, *tensors)):
        return _Apply.apply(x, record, numbers, names, *tensors)
    # the compiler cannot call a Function of any number of arguments that needs no gradient
    return _plain(record, x, numbers, names, tensors)


def derivative(
    record: Activation, x: Any, at_kink: float | None, parameters: dict[str, Any]
) -> Any:
    """Return f′(x), itself differentiable."""
    x = _floating(record, x)
    m, (a,), p = _working(record, parameters, x)
    return _round(evaluate_derivative(record, m, a, at_kink, p), x.dtype)


def vjp(record: Activation, x: Any, g: Any, parameters: dict[str, Any]) -> Any:
    """Return ``g`` carried back through f at ``x``."""
    x = _floating(record, x)
    check_axis(record, x.shape, parameters)
    g = torch.as_tensor(g, device=x.device)
    m, (a, upstream), p = _working(record, parameters, x, g)
    return _round(evaluate_vjp(record, m, a, upstream, p), x.dtype)


class _Apply(torch.autograd.Function):
    """f with the record's own derivative as its backward pass."""

    generate_vmap_rule = True

    @staticmethod
    def forward(  # pyright: ignore[reportIncompatibleMethodOverride] - torch leaves it open
        x: torch.Tensor,
        record: Activation,
        numbers: tuple[tuple[str, Any], ...],
        names: tuple[str, ...],
        *tensors: torch.Tensor,
    ) -> torch.Tensor:
        return _plain(record, x, numbers, names, tensors)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:  # noqa: ARG004 - torch's signature
        x, ctx.record, ctx.numbers, ctx.names, *tensors = inputs
        ctx.save_for_backward(x, *tensors)
        ctx.save_for_forward(x, *tensors)

    @staticmethod
    def backward(ctx: Any, g: torch.Tensor) -> tuple[torch.Tensor | None, ...]:  # pyright: ignore[reportIncompatibleMethodOverride] - torch leaves it open
        x, *tensors = ctx.saved_tensors
        record, numbers, names = ctx.record, ctx.numbers, ctx.names
        gx = None
        if ctx.needs_input_grad[0]:
            gx = vjp(record, x, g, {**dict(numbers), **dict(zip(names, tensors, strict=True))})
        if not any(ctx.needs_input_grad[4:]):
            return gx, None, None, None, *(None for _ in tensors)
        pulled: Any = torch.func.vjp(
            lambda *values: _plain(record, x, numbers, names, values), *tensors
        )
        return gx, None, None, None, *pulled[1](g)


class _ApplyForward(_Apply):
    """The same with forward-mode differentiation, which ``torch.compile`` refuses to trace."""

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> torch.Tensor:
        x, *tensors = ctx.saved_tensors
        record, numbers, names = ctx.record, ctx.numbers, ctx.names
        parameters = {**dict(numbers), **dict(zip(names, tensors, strict=True))}

        def plain(*values: torch.Tensor) -> torch.Tensor:
            return _plain(record, values[0], numbers, names, values[1:])

        total: Any = None
        if tangents[0] is not None:
            if record.mixes:
                pushed: Any = torch.func.jvp(lambda *a: plain(*a, *tensors), (x,), (tangents[0],))
                total = pushed[1]
            else:
                total = vjp(record, x, tangents[0], parameters)
        if any(t is not None for t in tangents[4:]):
            changes = tuple(
                torch.zeros_like(v) if t is None else t
                for t, v in zip(tangents[4:], tensors, strict=True)
            )
            pushed = torch.func.jvp(lambda *values: plain(x, *values), tuple(tensors), changes)
            total = pushed[1] if total is None else total + pushed[1]
        return total


def _plain(
    record: Activation,
    x: torch.Tensor,
    numbers: tuple[tuple[str, Any], ...],
    names: tuple[str, ...],
    tensors: Any,
) -> torch.Tensor:
    """Return f(x) by the operations alone."""
    parameters = {**dict(numbers), **dict(zip(names, tensors, strict=True))}
    m, (a,), p = _working(record, parameters, x)
    return _round(evaluate(record, m, a, p), x.dtype)


def _floating(record: Activation, x: torch.Tensor) -> torch.Tensor:
    """The input; integers become the default dtype."""
    if not torch.compiler.is_compiling():  # dynamo may not ask for a layout
        _refuse_layout(record, x)
    if x.is_complex() or x.dtype == torch.bool:
        raise refuse_dtype(record, x.dtype)
    return x if x.is_floating_point() else x.to(torch.get_default_dtype())


def _refuse_layout(record: Activation, x: torch.Tensor) -> None:
    """Raise TypeError for a tensor that is not plain memory, with what to do."""
    if x.is_quantized:
        raise TypeError(f"{record.name} takes no quantised tensor: use x.dequantize()")
    if x.layout is not torch.strided and x.layout is not torch.jagged:
        raise TypeError(f"{record.name} takes no tensor of layout {x.layout}: use x.to_dense()")
    if x.is_nested and x.layout is torch.strided:
        raise TypeError(
            f"{record.name} takes no nested tensor of the strided layout: make it with"
            " layout=torch.jagged, or use torch.nested.to_padded_tensor"
        )


def _working(
    record: Activation, parameters: dict[str, Any], x: torch.Tensor, *others: torch.Tensor
) -> tuple[TorchPrimitives, tuple[torch.Tensor, ...], dict[str, Any]]:
    """Primitives, arrays and parameters at the working precision."""
    if record.exact and x.dtype.itemsize > 1:  # torch does not calculate in float8
        dtype = x.dtype
    else:
        dtype = torch.float32 if x.device.type in _NO_FLOAT64 else torch.float64
    arrays = tuple(a.to(dtype) for a in (x, *others))
    p = {k: v.to(dtype) if isinstance(v, torch.Tensor) else v for k, v in parameters.items()}
    return TorchPrimitives(dtype, x.device), arrays, p


def _round(y: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Rounded to ``dtype``, narrow types by way of float32."""
    if dtype.itemsize < 4:
        y = y.to(torch.float32)
    return y.to(dtype)


def _separate(
    parameters: dict[str, Any],
) -> tuple[tuple[str, ...], tuple[torch.Tensor, ...], tuple[tuple[str, Any], ...]]:
    """Tensor parameters (which may want gradients) apart from numbers."""
    names = tuple(k for k, v in parameters.items() if isinstance(v, torch.Tensor))
    tensors = tuple(parameters[k] for k in names)
    numbers = tuple((k, v) for k, v in parameters.items() if not isinstance(v, torch.Tensor))
    return names, tensors, numbers
