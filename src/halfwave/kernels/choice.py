"""Which implementation takes the statistics of a tensor.

The native core where the tensor lies in main memory, Triton on a GPU that it
supports, torch operations for all the rest. If one of the first two fails it
is not asked again: the figures are the same, they only take longer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from halfwave._interrupting import pass_on
from halfwave.kernels import native_ops, torch_ops

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from torch import Tensor

__all__ = [
    "gradient_statistics",
    "norm",
    "norm_of_change",
    "open_inputs",
    "open_statistics",
    "output_statistics",
    "rectified_statistics",
]

_triton: ModuleType | None = None
_triton_wanted = True


def _take(name: str, *args: Any) -> Any:
    """Have the first that can do it compute `name`; the first argument is the tensor."""
    values: Tensor = args[0]
    if values.is_cpu:
        try:
            found = getattr(native_ops, name)(*args)
        except Exception as error:  # noqa: BLE001 – whatever it is, torch can do the same
            pass_on(error)
            native_ops.give_up()
            found = None
        if found is not None:
            return found
    elif values.is_cuda and _triton_wanted:
        found = _on_gpu(name, args)
        if found is not None:
            return found
    return getattr(torch_ops, name)(*args)


def _on_gpu(name: str, args: tuple[Any, ...]) -> Any:
    global _triton, _triton_wanted  # noqa: PLW0603 – one choice a process
    try:
        if _triton is None:
            from halfwave.kernels import triton_ops  # noqa: PLC0415 – takes seconds

            _triton = triton_ops
        compute = getattr(_triton, name, None)
        return None if compute is None else compute(*args)
    except Exception as error:  # noqa: BLE001 – no Triton, or none for this device
        pass_on(error)
        _triton_wanted = False
        return None


def output_statistics(output: Tensor, unit_dim: int | None) -> Tensor:
    """Sums over everything but the unit dimension.

    Parameters
    ----------
    output : Tensor
        Floating point, any shape and layout; detached.
    unit_dim : int or None
        Which dimension to keep, not negative; None treats the tensor as one unit.

    Returns
    -------
    Tensor, shape (6, units)
        The rows of `OUTPUT_ROWS`; all but ``zeros`` and ``nonfinite`` are of finite
        elements only. float64 or float32, on the input's device.
    """
    return _take("output_statistics", output, unit_dim)


def rectified_statistics(output: Tensor, unit_dim: int | None, sample_dim: int | None) -> Tensor:
    """Both kinds of figures of a rectifier, from its output alone: open where that is above 0.

    One pass in the place of two. An input of minus infinity cannot be told from any other
    that was closed, and is not counted.

    Parameters
    ----------
    output : Tensor
        What ``max(x, 0)`` put out: nothing is negative; detached.
    unit_dim, sample_dim
        As in `output_statistics` and `open_statistics`.

    Returns
    -------
    Tensor, shape (9, units)
        The six rows of `output_statistics`, then the three of `open_statistics`.
    """
    return _take("rectified_statistics", output, unit_dim, sample_dim)


def open_statistics(
    values: Tensor,
    unit_dim: int | None,
    closed: Sequence[tuple[float, float]],
    sample_dim: int | None,
) -> Tensor:
    """Count where a unit is open: outside every closed interval.

    Parameters
    ----------
    values : Tensor
        What the activation was given; detached.
    unit_dim : int or None
        Which dimension to keep, not negative; None treats the tensor as one unit.
    closed : sequence of (low, high)
        Intervals, ends included, on which the slope counts as none.
    sample_dim : int or None
        The dimension of the samples where a sample has many positions of one
        unit (a convolution): the unit is open on a sample when it is open at
        any position. None: every position is a sample of its own.

    Returns
    -------
    Tensor, shape (3, units)
        Samples on which the unit was open, elements that were open, elements
        that were NaN or infinite in `values`. NaN counts as closed.
    """
    return _take("open_statistics", values, unit_dim, closed, sample_dim)


def open_inputs(
    values: Tensor,
    unit_dim: int,
    units: Tensor,
    closed: Sequence[tuple[float, float]],
    sample_dim: int | None,
) -> Tensor:
    """Count the samples on which some units were open, looking no further than needed.

    Parameters
    ----------
    values, unit_dim, closed, sample_dim
        As in `open_statistics`.
    units : Tensor of int64, shape (n,)
        Which units, on the device of `values`.

    Returns
    -------
    Tensor, shape (n,)
    """
    return _take("open_inputs", values, unit_dim, units, closed, sample_dim)


def gradient_statistics(gradient: Tensor, unit_dim: int | None) -> Tensor:
    """Sum of squares and exact zeros of a gradient, per unit.

    Returns
    -------
    Tensor, shape (2, units)
        Sum of squares (NaN or infinite where an element is), number of zeros.
    """
    return _take("gradient_statistics", gradient, unit_dim)


def norm(values: Tensor) -> Tensor | float:
    """Return the Euclidean norm of all elements; on an accelerator it stays there."""
    return _take("norm", values)


def norm_of_change(now: Tensor, before: Tensor) -> Tensor | float:
    """Return the norm of the difference of two tensors of one shape and type."""
    return _take("norm_of_change", now, before)
