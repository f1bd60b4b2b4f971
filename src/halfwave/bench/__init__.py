"""How fast an activation is here, beside NumPy, torch and JAX."""

from __future__ import annotations

from halfwave.bench.measuring import Row, measure, threads
from halfwave.bench.sizes import Size, sizes

__all__ = ["Row", "Size", "measure", "sizes", "threads"]
