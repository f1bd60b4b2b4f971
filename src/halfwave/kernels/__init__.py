"""One-pass statistics of tensors. Knows tensors, and nothing else of halfwave."""

from __future__ import annotations

from halfwave.kernels.torch_ops import (
    ABSMAX,
    OPEN_ROWS,
    OUTPUT_ROWS,
    gradient_statistics,
    norm,
    open_statistics,
    output_statistics,
)

__all__ = [
    "ABSMAX",
    "OPEN_ROWS",
    "OUTPUT_ROWS",
    "gradient_statistics",
    "norm",
    "open_statistics",
    "output_statistics",
]
