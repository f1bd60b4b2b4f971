"""Pictures of functions, drawn with matplotlib, which is imported when something is drawn."""

from __future__ import annotations

from halfwave.plotting.functions import plot

__all__ = ["plot"]
