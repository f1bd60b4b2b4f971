"""Statistics per unit on a GPU: one pass over a tensor, and nothing waits for it.

Each program of a kernel takes some units and a part of the positions, and
writes sums of its own; they are added up afterwards. So results do not depend
on the order in which programs run. Sums run in float32 over one tile, then in
float64.
"""

# pyright: reportUntypedFunctionDecorator=false, reportUnknownParameterType=false
# pyright: reportMissingParameterType=false, reportMissingImports=false
# pyright: reportPrivateUsage=false, reportMissingTypeArgument=false
# ruff: noqa: N803, PLR0917 – the signatures are Triton's
# pyright: reportArgumentType=false, reportUnknownLambdaType=false
# pyright: reportAttributeAccessIssue=false, reportGeneralTypeIssues=false

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import torch
import triton
import triton.language as tl

from halfwave.kernels.torch_ops import RECTIFIED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

__all__ = [
    "gradient_statistics",
    "open_statistics",
    "output_statistics",
    "rectified_statistics",
]

#: Closed intervals that the kernel takes; no activation has more than two.
_INTERVALS: Final = 4
#: Programs that share the positions of the same units, at most.
_PARTS: Final = 64
_TYPES: Final = (torch.float32, torch.float64, torch.float16, torch.bfloat16)


@triton.jit
def _tile(
    data, first, last, units, inner, outer_stride, unit_stride, inner_stride,
    R: tl.constexpr, U: tl.constexpr,
):  # fmt: skip
    """Return (values, whether they are there) of positions first… of some units."""
    position = first + tl.arange(0, R).to(tl.int64)
    unit = (tl.program_id(0) * U + tl.arange(0, U)).to(tl.int64)
    offset = (position // inner) * outer_stride + (position % inner) * inner_stride
    there = (position < last)[:, None] & (unit < units)[None, :]
    at = data + offset[:, None] + unit[None, :] * unit_stride
    values = tl.load(at, mask=there, other=0.0)
    return values.to(tl.float64 if values.dtype == tl.float64 else tl.float32), there


@triton.jit
def _is_finite(x):
    return (x - x) == 0.0


@triton.jit
def _write(out, row, rows, units, U, sums):
    """Write one row of this program's part of the results, shape (parts, rows, units)."""
    unit = tl.program_id(0) * U + tl.arange(0, U)
    at = out + (tl.program_id(1) * rows + row) * units + unit
    tl.store(at, sums, mask=unit < units)


@triton.jit
def _output(
    data, out, units, count, inner, outer_stride, unit_stride, inner_stride, each,
    R: tl.constexpr, U: tl.constexpr,
):  # fmt: skip
    zeros = tl.zeros((U,), tl.float64)
    total, total_abs, square = zeros, zeros, zeros
    nonfinite, absmax = zeros, zeros
    begin = tl.program_id(1) * each
    end = tl.minimum(begin + each, count)
    for first in range(begin, end, R):
        x, there = _tile(
            data, first, end, units, inner, outer_stride, unit_stride, inner_stride, R, U
        )
        finite = _is_finite(x)
        zeros += tl.sum(((x == 0.0) & there).to(tl.int32), 0).to(tl.float64)
        nonfinite += tl.sum(((finite == 0) & there).to(tl.int32), 0).to(tl.float64)
        x = tl.where(finite & there, x, 0.0)
        size = tl.abs(x)
        total_abs += tl.sum(size, 0).to(tl.float64)
        wide = x.to(tl.float64)  # else a spread far smaller than the mean is lost
        total += tl.sum(wide, 0)
        square += tl.sum(wide * wide, 0)
        absmax = tl.maximum(absmax, tl.max(size, 0).to(tl.float64))
    _write(out, 0, 6, units, U, zeros)
    _write(out, 1, 6, units, U, total)
    _write(out, 2, 6, units, U, total_abs)
    _write(out, 3, 6, units, U, square)
    _write(out, 4, 6, units, U, nonfinite)
    _write(out, 5, 6, units, U, absmax)


@triton.jit
def _gradient(
    data, out, units, count, inner, outer_stride, unit_stride, inner_stride, each,
    R: tl.constexpr, U: tl.constexpr,
):  # fmt: skip
    zeros = tl.zeros((U,), tl.float64)
    square = zeros
    begin = tl.program_id(1) * each
    end = tl.minimum(begin + each, count)
    for first in range(begin, end, R):
        x, there = _tile(
            data, first, end, units, inner, outer_stride, unit_stride, inner_stride, R, U
        )
        zeros += tl.sum(((x == 0.0) & there).to(tl.int32), 0).to(tl.float64)
        wide = x.to(tl.float64)
        square += tl.sum(wide * wide, 0)
    _write(out, 0, 2, units, U, square)
    _write(out, 1, 2, units, U, zeros)


@triton.jit
def _count(
    data, closed, first, last, units, inner, outer_stride, unit_stride, inner_stride,
    N: tl.constexpr, R: tl.constexpr, U: tl.constexpr,
):  # fmt: skip
    """Return per unit how many of some positions are open, and how many not finite."""
    x, there = _tile(data, first, last, units, inner, outer_stride, unit_stride, inner_stride, R, U)
    is_open = there & (x == x)  # noqa: PLR0124 – NaN is not open
    for pair in tl.static_range(N):
        low = tl.load(closed + 2 * pair)
        high = tl.load(closed + 2 * pair + 1)
        is_open = is_open & ((x < low) | (x > high))
    bad = (_is_finite(x) == 0) & there
    return tl.sum(is_open.to(tl.int32), 0), tl.sum(bad.to(tl.int32), 0).to(tl.float64)


@triton.jit
def _open(
    data, out, units, count, inner, outer_stride, unit_stride, inner_stride, each, closed,
    N: tl.constexpr, R: tl.constexpr, U: tl.constexpr,
):  # fmt: skip
    """Every position is a sample of its own; `closed` points at N pairs."""
    elements = tl.zeros((U,), tl.float64)
    nonfinite = elements
    begin = tl.program_id(1) * each
    end = tl.minimum(begin + each, count)
    for first in range(begin, end, R):
        found, bad = _count(
            data, closed, first, end, units, inner, outer_stride, unit_stride, inner_stride,
            N, R, U,
        )  # fmt: skip
        elements += found.to(tl.float64)
        nonfinite += bad
    _write(out, 0, 3, units, U, elements)
    _write(out, 1, 3, units, U, elements)
    _write(out, 2, 3, units, U, nonfinite)


@triton.jit
def _open_samples(
    data, out, units, samples, inner, outer_stride, unit_stride, inner_stride, each, closed,
    N: tl.constexpr, R: tl.constexpr, U: tl.constexpr,
):  # fmt: skip
    """Each sample is `inner` positions."""
    inputs = tl.zeros((U,), tl.float64)
    elements, nonfinite = inputs, inputs
    begin = tl.program_id(1) * each
    end = tl.minimum(begin + each, samples)
    for sample in range(begin, end):
        seen = tl.zeros((U,), tl.int32)
        for first in range(sample * inner, (sample + 1) * inner, R):
            found, bad = _count(
                data, closed, first, (sample + 1) * inner, units, inner, outer_stride,
                unit_stride, inner_stride, N, R, U,
            )  # fmt: skip
            seen += found
            elements += found.to(tl.float64)
            nonfinite += bad
        inputs += (seen > 0).to(tl.float64)
    _write(out, 0, 3, units, U, inputs)
    _write(out, 1, 3, units, U, elements)
    _write(out, 2, 3, units, U, nonfinite)


class _Loops:
    """A tensor as (outer, units, inner), with the strides of the three."""

    def __init__(self, values: Tensor, unit_dim: int | None) -> None:
        if unit_dim is None or not values.dim():
            values, unit_dim = values.reshape(-1, 1), 1
        channels_last = values.dim() == 4 and values.is_contiguous(
            memory_format=torch.channels_last
        )
        if not values.is_contiguous() and not (channels_last and unit_dim == 1):
            values = values.contiguous()
        shape = values.shape
        self.values, self.units = values, shape[unit_dim]
        self.outer, self.inner = math.prod(shape[:unit_dim]), math.prod(shape[unit_dim + 1 :])
        if values.is_contiguous():
            self.strides = self.units * self.inner, self.inner, 1
        else:
            self.strides = self.units * self.inner, 1, self.units
        side_by_side = self.strides[1] == 1 and self.units > 1
        self.tile = (16, 64) if side_by_side else (256, 4)

    def run(self, kernel, rows: int, positions: int, *more, **constants) -> Tensor:
        """Run a kernel whose parts share `positions`; return (parts, rows, units)."""
        height, width = self.tile
        # what each part takes at least: a few tiles, or a few samples
        least = 8 * height if kernel is not _open_samples else 1
        parts = max(1, min(_PARTS, positions // least))
        each = -(-positions // parts)
        parts = -(-positions // each)
        values = self.values
        out = torch.empty((parts, rows, self.units), dtype=torch.float64, device=values.device)
        kernel[(-(-self.units // width), parts)](
            values, out, self.units, positions, self.inner, *self.strides, each, *more,
            R=height, U=width, **constants,
        )  # fmt: skip
        return out


def _readable(values: Tensor) -> bool:
    # positions are counted in 32 bits
    return values.dtype in _TYPES and 0 < values.numel() < 1 << 31 and not values.is_neg()


def output_statistics(output: Tensor, unit_dim: int | None) -> Tensor | None:
    """As `halfwave.kernels.output_statistics`."""
    if not _readable(output):
        return None
    loops = _Loops(output, unit_dim)
    parts = loops.run(_output, 6, loops.outer * loops.inner)
    found = parts.sum(0)
    found[5] = parts[:, 5].amax(0)
    return found


def gradient_statistics(gradient: Tensor, unit_dim: int | None) -> Tensor | None:
    """As `halfwave.kernels.gradient_statistics`."""
    if not _readable(gradient):
        return None
    loops = _Loops(gradient, unit_dim)
    return loops.run(_gradient, 2, loops.outer * loops.inner).sum(0)


def open_statistics(
    values: Tensor,
    unit_dim: int | None,
    closed: Sequence[tuple[float, float]],
    sample_dim: int | None,
) -> Tensor | None:
    """As `halfwave.kernels.open_statistics`."""
    has_positions = sample_dim is not None and unit_dim is not None and values.dim() > 2
    if not _readable(values) or len(closed) > _INTERVALS:
        return None
    if has_positions and (sample_dim, unit_dim) != (0, 1):
        return None
    wide = torch.float64 if values.dtype == torch.float64 else torch.float32
    pairs = _on_device(tuple(closed), wide, values.device)
    loops = _Loops(values, unit_dim)
    if has_positions:
        return loops.run(_open_samples, 3, loops.outer, pairs, N=len(closed)).sum(0)
    return loops.run(_open, 3, loops.outer * loops.inner, pairs, N=len(closed)).sum(0)


def rectified_statistics(
    output: Tensor, unit_dim: int | None, sample_dim: int | None
) -> Tensor | None:
    """As `halfwave.kernels.rectified_statistics`, in two passes."""
    sums = output_statistics(output, unit_dim)
    opened = None if sums is None else open_statistics(output, unit_dim, RECTIFIED, sample_dim)
    return None if sums is None or opened is None else torch.cat([sums, opened])


_pairs: dict[tuple[object, ...], Tensor] = {}


def _on_device(
    closed: tuple[tuple[float, float], ...], dtype: torch.dtype, device: torch.device
) -> Tensor:
    """Return the intervals on a device; copied there once, without waiting."""
    key = closed, dtype, device
    if key not in _pairs:
        _pairs[key] = torch.tensor(closed or ((0.0, 0.0),), dtype=dtype).to(
            device, non_blocking=True
        )
    return _pairs[key]
