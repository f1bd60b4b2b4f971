"""Processes that a watched program starts: counted, and followed where that was asked for."""

from __future__ import annotations

from halfwave.observe.children.settings import Settings
from halfwave.observe.children.starting import hold_starts, started

__all__ = ["Settings", "hold_starts", "started"]
