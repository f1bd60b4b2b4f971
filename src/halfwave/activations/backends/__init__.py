"""The primitives on which every activation is written, one file a framework."""

from __future__ import annotations

from .base import Primitives

__all__ = ["Primitives"]
