"""What a remedy is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from halfwave.remedies.host import Host

__all__ = ["Remedy"]


class Remedy(Protocol):
    """A change applied to a running program.

    Its constructor takes plain data (what JSON can hold) and imports nothing
    heavy: it may be made long before torch is there.
    """

    def apply(self, host: Host) -> None:
        """Take hold; torch has just been imported, and nothing has been built with it yet."""
        ...

    def told(self) -> dict[str, Any]:
        """Return what it has done so far, as plain data for the report."""
        ...
