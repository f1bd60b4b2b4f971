"""What ran and could not be seen. Never guessed, always named."""

from __future__ import annotations

from dataclasses import replace

from halfwave.recording import Unobserved

__all__ = ["Unseen"]

_MOST = 200


class Unseen:
    """Collects what the report lists as not observed."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], Unobserved] = {}

    def note(self, what: str, where: str, reason: str, option: str = "") -> None:
        """Take note of one thing; the same thing at the same place is counted."""
        key = (what, where)
        known = self._entries.get(key)
        if known is not None:
            self._entries[key] = replace(known, count=known.count + 1)
        elif len(self._entries) < _MOST:
            self._entries[key] = Unobserved(what, where, reason, option)

    def frozen(self) -> list[Unobserved]:
        """Return the entries as the recording holds them."""
        return list(self._entries.values())
