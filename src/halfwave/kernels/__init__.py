"""One-pass statistics of tensors. Knows tensors, and nothing else of halfwave."""

from __future__ import annotations

from halfwave.kernels.torch_ops import (
    OUTPUT_ROWS,
    gradient_statistics,
    open_statistics,
    output_statistics,
)

__all__ = ["OUTPUT_ROWS", "gradient_statistics", "open_statistics", "output_statistics"]
