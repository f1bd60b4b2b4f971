"""Whether the native core of the statistics is there, in one line."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["statistics_by"]

_NAMES = {"avx512": "AVX-512", "avx2": "AVX2", "baseline": "the processor's basic vectors"}


def statistics_by() -> str:
    """Say what takes the statistics of tensors in main memory, and why if it is not the core."""
    try:
        core: Any = import_module("halfwave._native")
    except ModuleNotFoundError:
        why = "it is not built; install halfwave again where there is a C++ compiler"
        return f"statistics: torch operations (no native core: {why})"
    except ImportError as error:
        return f"statistics: torch operations (no native core: {' '.join(str(error).split())})"
    used = core.instruction_set()
    return f"statistics: native ({_NAMES.get(used, used)})"
