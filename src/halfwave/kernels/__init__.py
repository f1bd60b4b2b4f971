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
from halfwave.kernels.native_ops import core
from halfwave.kernels.tally import DONE, FULL, NOT_HERE, Steps, Tally, gradients
from halfwave.kernels.torch_ops import ABSMAX, OPEN_ROWS, OUTPUT_ROWS, RECTIFIED

__all__ = [
    "ABSMAX",
    "DONE",
    "FULL",
    "NOT_HERE",
    "OPEN_ROWS",
    "OUTPUT_ROWS",
    "RECTIFIED",
    "Steps",
    "Tally",
    "core",
    "gradient_statistics",
    "gradients",
    "norm",
    "norm_of_change",
    "open_inputs",
    "open_statistics",
    "output_statistics",
    "rectified_statistics",
]
