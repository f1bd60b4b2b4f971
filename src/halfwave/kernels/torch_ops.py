"""Statistics per unit, written in torch operations that are fast on every device.

What is avoided is as telling as what is used: ``var``, ``vector_norm`` and
``count_nonzero`` over leading dimensions cost ten to fifty times a plain
``sum`` (they do not vectorise over the kept dimension), so squares and signs
are formed first and then summed.

Nothing here waits for a device: on an accelerator the results stay there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "ABSMAX",
    "OPEN_ROWS",
    "OUTPUT_ROWS",
    "RECTIFIED",
    "gradient_statistics",
    "norm",
    "norm_of_change",
    "open_inputs",
    "open_statistics",
    "output_statistics",
    "rectified_statistics",
]

#: Rows of what `output_statistics` returns.
OUTPUT_ROWS = ("zeros", "total", "total_abs", "total_square", "nonfinite", "absmax")

#: The one row of it that is a maximum, not a sum.
ABSMAX = 5

#: Where a rectifier is closed.
RECTIFIED = ((-float("inf"), 0.0),)

#: Rows of what `open_statistics` returns.
OPEN_ROWS = ("open_inputs", "open_elements", "nonfinite")

# where the variance is less than such a part of the mean square, sums of float32 have lost it
_NARROW = 1e-3
# counts stay exact in float32 up to here
_EXACT = 1 << 24


def _prepare(values: Tensor, unit_dim: int | None) -> tuple[Tensor, list[int]]:
    """Return `values` in a dtype to compute with, and the dimensions to sum over."""
    if values.dtype not in (torch.float32, torch.float64):
        values = values.float()
    if unit_dim is None or values.dim() == 0:
        return values.reshape(-1, 1), [0]
    if unit_dim == values.dim() - 1 and values.dim() != 2 and values.is_contiguous():
        values = values.view(-1, values.shape[-1])
        return values, [0]
    return values, [d for d in range(values.dim()) if d != unit_dim]


def _sum(values: Tensor, dims: list[int], each: int) -> Tensor:
    if not dims:
        return values.clone()  # the caller goes on to change what it had summed
    if each > _EXACT and values.dtype == torch.float32 and values.device.type != "mps":
        return values.sum(dims, dtype=torch.float64)
    return values.sum(dims)


def output_statistics(output: Tensor, unit_dim: int | None) -> Tensor:
    """As `halfwave.kernels.output_statistics`; float32 where there is no float64."""
    values, dims = _prepare(output, unit_dim)
    units = 1 if unit_dim is None or output.dim() == 0 else output.shape[unit_dim]
    each = values.numel() // max(units, 1)
    total = _sum(values, dims, each)
    nonfinite = None
    # asking the CPU costs nothing; asking an accelerator would make it wait
    if output.device.type != "cpu" or not bool(torch.isfinite(total).all()):
        finite = torch.isfinite(values)
        nonfinite = each - _sum(finite.to(values.dtype), dims, each)
        values = torch.where(finite, values, torch.zeros_like(values))
        total = _sum(values, dims, each)
    sign = torch.sign(values)
    if dims:
        low, high = values.amin(dims), values.amax(dims)
        absmax = torch.maximum(high, -low)
    else:
        absmax = values.abs()
    signed = _sum(sign, dims, each)
    nonzero = _sum(sign.mul_(sign), dims, each)
    magnitude = values.abs()
    total_abs = _sum(magnitude, dims, each)
    total_square = _sum(magnitude.mul_(magnitude), dims, each)
    total, total_square = _with_spread(values, dims, each, total, total_square)
    zeros = each - nonzero
    if nonfinite is None:
        nonfinite = torch.zeros_like(signed)
    else:
        zeros = zeros - nonfinite
    rows = (zeros, total, total_abs, total_square, nonfinite, absmax)
    return torch.stack([row.to(total_square.dtype) for row in rows])


def _with_spread(
    values: Tensor, dims: list[int], each: int, total: Tensor, total_square: Tensor
) -> tuple[Tensor, Tensor]:
    """Return both sums so that a spread far smaller than the mean is not lost in their rounding."""
    if values.device.type == "mps":
        return total, total_square
    total, total_square = total.double(), total_square.double()
    if not dims or not each or values.dtype == torch.float64:
        return total, total_square
    if values.device.type == "cpu":  # else to ask would make it wait
        mean, mean_square = total / each, total_square / each
        if not bool((mean_square - mean * mean < _NARROW * mean_square).any()):
            return total, total_square
    variance, mean = torch.var_mean(values, dims, correction=0)
    variance, mean = variance.double(), mean.double()
    return mean * each, (variance + mean * mean) * each


def rectified_statistics(output: Tensor, unit_dim: int | None, sample_dim: int | None) -> Tensor:
    """As `halfwave.kernels.rectified_statistics`, in two passes."""
    sums = output_statistics(output, unit_dim)
    opened = open_statistics(output, unit_dim, RECTIFIED, sample_dim)
    return torch.cat([sums, opened.to(sums.dtype)])


def open_statistics(
    values: Tensor,
    unit_dim: int | None,
    closed: Sequence[tuple[float, float]],
    sample_dim: int | None,
) -> Tensor:
    """As `halfwave.kernels.open_statistics`."""
    values, dims = _prepare(values, unit_dim)
    opened = torch.ones_like(values, dtype=torch.bool)
    for low, high in closed:
        if low == float("-inf"):
            opened = opened & (values > high)
        elif high == float("inf"):
            opened = opened & (values < low)
        else:
            opened = opened & ((values < low) | (values > high))
    if not closed:
        opened = opened & (values == values)  # noqa: PLR0124 – NaN is not open
    elements = opened.sum(dims, dtype=torch.int32) if dims else opened.to(torch.int32)
    if sample_dim is None or values.dim() <= 2 or unit_dim is None:
        inputs = elements
    else:
        positions = [d for d in range(values.dim()) if d not in (unit_dim, sample_dim)]
        inputs = opened.amax(positions).sum(0 if sample_dim < unit_dim else 1, dtype=torch.int32)
    total = values.sum(dims) if dims else values
    if values.device.type == "cpu" and bool(torch.isfinite(total).all()):
        nonfinite = torch.zeros_like(elements)
    else:
        finite = torch.isfinite(values)
        found = finite.sum(dims, dtype=torch.int32) if dims else finite.to(torch.int32)
        nonfinite = values.numel() // max(found.numel(), 1) - found
    return torch.stack([inputs, elements, nonfinite])


def open_inputs(
    values: Tensor,
    unit_dim: int,
    units: Tensor,
    closed: Sequence[tuple[float, float]],
    sample_dim: int | None,
) -> Tensor:
    """As `halfwave.kernels.open_inputs`."""
    return open_statistics(values.index_select(unit_dim, units), unit_dim, closed, sample_dim)[0]


def gradient_statistics(gradient: Tensor, unit_dim: int | None) -> Tensor:
    """As `halfwave.kernels.gradient_statistics`."""
    values, dims = _prepare(gradient, unit_dim)
    units = 1 if unit_dim is None or gradient.dim() == 0 else gradient.shape[unit_dim]
    each = values.numel() // max(units, 1)
    zeros = each - _sum((values != 0).to(values.dtype), dims, each)
    if values.device.type != "mps":
        values = values.double()  # in float32 the square of 1e-23 is already 0
    square = _sum(values * values, dims, each)
    return torch.stack([square, zeros.to(square.dtype)])


# between these a float32 sum of squares has lost nothing
_SAFE = (1e-30, 1e37)


def norm(values: Tensor) -> Tensor:
    """As `halfwave.kernels.norm`."""
    wide = torch.float32 if values.device.type == "mps" else torch.float64
    if values.device.type == "cpu" and values.dtype in (torch.float32, torch.float64):
        flat = values.reshape(-1)
        square = torch.dot(flat, flat)
        if _SAFE[0] < float(square) < _SAFE[1]:
            return square.double().sqrt_()
    if values.is_complex():
        values = torch.view_as_real(values.resolve_conj())
    return torch.linalg.vector_norm(values, dtype=wide)


def norm_of_change(now: Tensor, before: Tensor) -> Tensor:
    """As `halfwave.kernels.norm_of_change`."""
    return norm(now - before)
