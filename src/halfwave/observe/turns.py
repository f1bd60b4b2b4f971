"""Whose turn it is to be measured, where every step is watched and memory traffic counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Turns"]

# memory traffic a step, as a share of the parameters' size and at least so many bytes;
# measuring one takes six times its size (norms, copy, change)
_SHARE, _LEAST, _TRAFFIC = 0.0625, 1 << 20, 6


class Turns:
    """Parameters take turns; who is too large for one step is paid for by the next ones."""

    def __init__(self) -> None:
        self.next = 0
        self._credit = self._allowance = 0.0

    def may_be_anybodys(self) -> bool:
        """Whether it can be anybody's turn; a step that is none's pays for the last one."""
        if self._credit + self._allowance > 0 or not self._allowance:
            return True
        self._credit += self._allowance
        return False

    def choose(self, sizes: Sequence[int]) -> list[int]:
        """Return whose turn it is, as indices; `sizes` are in bytes."""
        self._allowance = max(float(_LEAST), _SHARE * sum(sizes))
        self._credit = min(self._credit + self._allowance, self._allowance)
        chosen: list[int] = []
        while self._credit > 0 and len(chosen) < len(sizes):
            index = self.next % len(sizes)
            self.next = index + 1
            self._credit -= _TRAFFIC * sizes[index]
            chosen.append(index)
        return chosen

    def pass_on(self, measured: int, among: int) -> None:
        """Have the next step go on after the `measured` ones of this one."""
        self.next = (self.next + max(measured, 1)) % max(among, 1)
