"""Times taken in turns, so that a busy machine slows all that are compared alike."""

from __future__ import annotations

import os
import statistics
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from halfwave.bench.contenders import Contender, contenders, installed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from halfwave.activations import Activation
    from halfwave.bench.sizes import Size

__all__ = ["Row", "measure", "threads"]

_SLICE: Final = 0.002  # seconds that one sample should take at least
_ROUNDS: Final = (3, 25)


@dataclass(frozen=True)
class Row:
    """What was measured of one contender.

    ``ratio`` is the median of its time over that of a plain copy of the same
    array, taken in the same round; ``spread`` is the distance between the
    quartiles of these ratios, as a share of the median.
    """

    activation: str
    who: str
    arrays: str
    dtype: str
    size: str
    elements: int
    what: str
    seconds: float
    copy_seconds: float
    ratio: float
    spread: float
    rounds: int


def measure(
    records: Sequence[Activation],
    chosen: Sequence[Size],
    *,
    libraries: Sequence[str] | None = None,
    budget: float = 0.4,
) -> Iterator[Row]:
    """Time records beside the libraries' own functions; gives the rows as they come.

    Parameters
    ----------
    records
        What to time.
    chosen
        The sizes of the arrays.
    libraries
        Which libraries' arrays to use; by default all that are installed. Each
        is imported in its own turn.
    budget
        Seconds for one contender, about; at least three rounds are taken.
    """
    for library in installed() if libraries is None else libraries:
        for size in chosen:
            for record in records:
                found = contenders(record, library, size.elements)
                for dtype in dict.fromkeys(c.dtype for c in found):
                    group = [c for c in found if c.dtype == dtype]
                    yield from _rows(record.name, size, group, budget)


def threads(libraries: Sequence[str]) -> dict[str, str]:
    """Say how many threads each library uses, as far as it tells."""
    told = {"numpy": "1 (elementwise functions use one)"}
    if "torch" in libraries and "torch" in sys.modules:
        told["torch"] = str(sys.modules["torch"].get_num_threads())
    if "jax" in libraries and "jax" in sys.modules:
        told["jax"] = f"up to {os.cpu_count()} (XLA's own pool)"
    return {library: told[library] for library in libraries if library in told}


def _rows(name: str, size: Size, group: list[Contender], budget: float) -> Iterator[Row]:
    """Time the contenders of one array in turns, each round beside a copy."""
    copy = group[0].copy
    runs: list[Callable[[], Any]] = [copy, *(contender.run for contender in group)]
    repeats: list[int] = []
    once: list[float] = []
    for run in runs:
        run()  # compiles, and brings the memory in
        took = _time(run, 1)
        repeats.append(max(1, min(10_000, int(_SLICE / max(took, 1e-7)))))
        once.append(max(took, 1e-7) * repeats[-1])
    rounds = int(max(_ROUNDS[0], min(_ROUNDS[1], budget * len(runs) / sum(once))))
    times: list[list[float]] = [[] for _ in runs]
    for turn in range(rounds):
        # the order turns too: nobody always comes after the same one
        for place in range(len(runs)):
            which = (place + turn) % len(runs)
            times[which].append(_time(runs[which], repeats[which]))
    for contender, taken in zip(group, times[1:], strict=True):
        ratios = [t / c for t, c in zip(taken, times[0], strict=True)]
        ratio = statistics.median(ratios)
        low, _, high = statistics.quantiles(ratios, n=4, method="inclusive")
        yield Row(
            name,
            contender.who,
            contender.library,
            contender.dtype,
            size.name,
            size.elements,
            contender.what,
            statistics.median(taken),
            statistics.median(times[0]),
            ratio,
            (high - low) / ratio,
            rounds,
        )


def _time(run: Callable[[], Any], repeats: int) -> float:
    """Return the seconds of one call, over ``repeats`` of them."""
    start = time.perf_counter()
    for _ in range(repeats):
        run()
    return (time.perf_counter() - start) / repeats
