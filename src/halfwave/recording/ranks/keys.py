"""Which records of several recordings are of the same thing."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

__all__ = ["matched"]

_Record = TypeVar("_Record")


def matched(
    records: Sequence[Iterable[_Record]], key: Callable[[_Record], Hashable]
) -> list[list[tuple[int, _Record]]]:
    """Group the records of several recordings.

    Parameters
    ----------
    records : sequence of iterables
        One a recording.
    key : callable
        What is the same for the same thing. Where several records of one
        recording share a key, the first belongs to the first of the others,
        and so on.

    Returns
    -------
    list of lists
        Each with (which recording, record), in the order of the first recording;
        what only others have comes after it.
    """
    groups: dict[tuple[Hashable, int], list[tuple[int, _Record]]] = {}
    for number, each in enumerate(records):
        count: dict[Hashable, int] = {}
        for record in each:
            own = key(record)
            count[own] = count.get(own, 0) + 1
            groups.setdefault((own, count[own]), []).append((number, record))
    return list(groups.values())
