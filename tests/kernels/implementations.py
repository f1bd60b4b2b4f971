"""Every implementation of the statistics, and the same by plain NumPy in double precision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from halfwave.kernels import native_ops, torch_ops

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

__all__ = ["IMPLEMENTATIONS", "INF", "implementation", "plain"]

INF = float("inf")

_core = native_ops._core
IMPLEMENTATIONS = ["torch", *(_core.instruction_sets() if _core else ["native"])]


def implementation(name: str) -> Iterator[Any]:
    """Yield the module of an implementation, with the native core set to `name`."""
    if name == "torch":
        yield torch_ops
        return
    if _core is None:
        import pytest

        pytest.skip("the native core is not built here")
    before = _core.instruction_set()
    _core.use(name)
    yield native_ops
    _core.use(before)


def _units_first(values: Tensor, unit_dim: int | None) -> np.ndarray:
    """Return doubles of shape (units, samples, positions)."""
    wide = values.detach().double().numpy()
    if unit_dim is None or wide.ndim == 0:
        return wide.reshape(1, -1, 1)
    before = int(np.prod(wide.shape[:unit_dim]))
    wide = (
        wide.reshape(before, wide.shape[unit_dim], -1)
        if wide.size
        else wide.reshape(before, wide.shape[unit_dim], 0)
    )
    return wide.transpose(1, 0, 2)


class plain:  # noqa: N801 – stands in the place of a module
    """The definitions, written down."""

    @staticmethod
    def output_statistics(output: Tensor, unit_dim: int | None) -> np.ndarray:
        x = _units_first(output, unit_dim)
        finite = np.isfinite(x)
        kept = np.where(finite, x, 0.0)
        rows = (
            (x == 0).sum((1, 2)),
            kept.sum((1, 2)),
            np.abs(kept).sum((1, 2)),
            (kept**2).sum((1, 2)),
            (~finite).sum((1, 2)),
            np.abs(kept).max((1, 2), initial=0),
        )
        return np.stack([row.astype(float) for row in rows])

    @staticmethod
    def gradient_statistics(gradient: Tensor, unit_dim: int | None) -> np.ndarray:
        x = _units_first(gradient, unit_dim)
        with np.errstate(all="ignore"):
            return np.stack([(x**2).sum((1, 2)), (x == 0).sum((1, 2)).astype(float)])

    @staticmethod
    def open_statistics(
        values: Tensor,
        unit_dim: int | None,
        closed: Sequence[tuple[float, float]],
        sample_dim: int | None,
    ) -> np.ndarray:
        x = _units_first(values, unit_dim)
        is_open = ~np.isnan(x)
        exact = np.float64 if values.dtype == torch.float64 else np.float32
        for low, high in closed:
            is_open &= ~((x >= exact(low)) & (x <= exact(high)))
        if sample_dim is None or values.dim() <= 2 or unit_dim is None:
            inputs = is_open.sum((1, 2))
        else:
            inputs = is_open.any(2).sum(1)
        rows = inputs, is_open.sum((1, 2)), (~np.isfinite(x)).sum((1, 2))
        return np.stack([row.astype(float) for row in rows])
