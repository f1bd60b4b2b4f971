"""What is known of an activation, as something to read: a card, plain Python, data, a page."""

from __future__ import annotations

__all__: list[str] = []
