"""One-pass statistics of tensors. Knows tensors, and nothing else of halfwave."""

from __future__ import annotations

from halfwave.kernels.choice import (
    gradient_statistics,
    norm,
    norm_of_change,
    open_inputs,
    open_statistics,
    output_statistics,
    rectified_statistics,
)
from halfwave.kernels.torch_ops import ABSMAX, OPEN_ROWS, OUTPUT_ROWS, RECTIFIED

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
