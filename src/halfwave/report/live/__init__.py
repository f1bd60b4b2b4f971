"""A page that follows a run while it trains."""

from __future__ import annotations

from halfwave.report.live.following import Following
from halfwave.report.live.server import LiveServer

__all__ = ["Following", "LiveServer"]
