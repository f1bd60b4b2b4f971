"""Statistics per unit by the native core: one pass over a tensor in main memory.

Each function returns None for a tensor that the core cannot read (on another
device, of another type, a subclass with memory of its own kind): torch operations do it
then. A tensor that lies oddly in memory is copied first.
"""

from __future__ import annotations

import contextlib
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "core",
    "give_up",
    "gradient_statistics",
    "norm",
    "norm_of_change",
    "open_inputs",
    "open_statistics",
    "output_statistics",
    "rectified_statistics",
]

_TYPES: Final = {torch.float32: 0, torch.float64: 1, torch.float16: 2, torch.bfloat16: 3}
_PLAIN: Final = (Tensor, nn.Parameter)

_core: Any = None
with contextlib.suppress(ImportError):  # not built; `halfwave --version` says so
    _core = import_module("halfwave._native")


def core() -> Any:
    """Return the core, None where there is none."""
    return _core


def give_up() -> None:
    """Use the core no more in this process: it has failed."""
    global _core  # noqa: PLW0603 – one core a process
    _core = None


def _kind(values: Tensor) -> int | None:
    """Return the core's number for the type of the elements; None where it cannot read them."""
    if _core is None or type(values) not in _PLAIN or not values.is_cpu or values.is_neg():
        return None
    return _TYPES.get(values.dtype)


def _sized(rows: int, values: Tensor, unit_dim: int | None) -> Tensor:
    units = 1 if unit_dim is None or not values.dim() else values.shape[unit_dim]
    # the program's default device may be another one
    return torch.empty((rows, units), dtype=torch.float64, device="cpu")


def output_statistics(output: Tensor, unit_dim: int | None) -> Tensor | None:
    """As `halfwave.kernels.output_statistics`, in float64."""
    return _pass("output", 6, output, unit_dim)


def rectified_statistics(
    output: Tensor, unit_dim: int | None, sample_dim: int | None
) -> Tensor | None:
    """As `halfwave.kernels.rectified_statistics`, in float64."""
    samples = _has_positions(output, unit_dim, sample_dim)
    return None if samples is None else _pass("rectified", 9, output, unit_dim, samples)


def gradient_statistics(gradient: Tensor, unit_dim: int | None) -> Tensor | None:
    """As `halfwave.kernels.gradient_statistics`, in float64."""
    return _pass("gradient", 2, gradient, unit_dim)


def _pass(name: str, rows: int, values: Tensor, unit_dim: int | None, *more: Any) -> Tensor | None:
    """Have the core's function of that name go over a tensor; `more` is what it alone asks for."""
    kind = _kind(values)
    if kind is None:
        return None
    out = _sized(rows, values, unit_dim)
    rest = (_dim(values, unit_dim), *more, out.data_ptr(), torch.get_num_threads())
    run = getattr(_core, name)
    if not run(values.data_ptr(), kind, values.shape, values.stride(), *rest):
        values = values.contiguous()
        if not run(values.data_ptr(), kind, values.shape, values.stride(), *rest):
            return None  # more dimensions than the core reads
    return out


def _dim(values: Tensor, unit_dim: int | None) -> int:
    return -1 if unit_dim is None or not values.dim() else unit_dim


def open_statistics(
    values: Tensor,
    unit_dim: int | None,
    closed: Sequence[tuple[float, float]],
    sample_dim: int | None,
) -> Tensor | None:
    """As `halfwave.kernels.open_statistics`, in float64."""
    samples = _has_positions(values, unit_dim, sample_dim)
    return None if samples is None else _pass("open", 3, values, unit_dim, samples, closed)


def open_inputs(
    values: Tensor,
    unit_dim: int,
    units: Tensor,
    closed: Sequence[tuple[float, float]],
    sample_dim: int | None,
) -> Tensor | None:
    """As `halfwave.kernels.open_inputs`, in float64."""
    kind, samples = _kind(values), _has_positions(values, unit_dim, sample_dim)
    if kind is None or samples is None:
        return None
    if 4 * units.numel() > values.shape[unit_dim]:  # it is quicker to go through memory in order
        every = open_statistics(values, unit_dim, closed, sample_dim)
        return None if every is None else every[0][units]
    out = torch.empty(units.numel(), dtype=torch.float64, device="cpu")
    chosen, count, to = units.data_ptr(), units.numel(), out.data_ptr()
    run = _core.some
    address, shape, strides = values.data_ptr(), values.shape, values.stride()
    if not run(address, kind, shape, strides, unit_dim, samples, closed, chosen, count, to):
        values = values.contiguous()
        address, strides = values.data_ptr(), values.stride()
        if not run(address, kind, shape, strides, unit_dim, samples, closed, chosen, count, to):
            return None
    return out


def _has_positions(values: Tensor, unit_dim: int | None, sample_dim: int | None) -> bool | None:
    """Whether a sample has many positions of one unit; None where the core does not know how."""
    if sample_dim is None or unit_dim is None or values.dim() <= 2:
        return False
    return True if sample_dim == 0 and unit_dim == 1 else None


def norm(values: Tensor) -> float | None:
    """Return the Euclidean norm of all elements."""
    kind = _kind(values)
    if kind is None:
        return None
    if not _is_dense(values):
        values = values.contiguous()
    address, count = values.data_ptr(), values.numel()
    return _core.square(address, 0, kind, count, torch.get_num_threads()) ** 0.5


def norm_of_change(now: Tensor, before: Tensor) -> float | None:
    """Return the norm of the difference of two tensors of one shape, type and layout."""
    kind = _kind(now)
    if kind is None or _kind(before) != kind or now.stride() != before.stride():
        return None
    if now.shape != before.shape or not _is_dense(now):
        return None
    first, second, count = now.data_ptr(), before.data_ptr(), now.numel()
    return _core.square(first, second, kind, count, torch.get_num_threads()) ** 0.5


def _is_dense(values: Tensor) -> bool:
    """Whether the elements fill a stretch of memory, in whatever order."""
    if values.is_contiguous():
        return True
    # torch.empty_like keeps strides only of what is dense
    dims = sorted(zip(values.stride(), values.shape, strict=True))
    expected = 1
    for stride, size in dims:
        if size != 1 and stride != expected:
            return False
        expected *= size
    return True
