"""Steps trained in some way and plain ones in turn, in one process and on one model.

On a shared machine plain steps of one minute and the next lie 10 % apart, and those of two
processes side by side 4 % (their memory lies differently). So a way is put on and taken off
between steps, which are timed one by one: what else goes on disturbs neighbours alike. In every
second pair the plain step comes first: each way follows the other as often as itself.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 – everybody's name for it

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from torch import nn

__all__ = ["Plain", "Ratio", "Way", "in_pairs", "ratio_of", "step_of"]

# a block has pairs of so many seconds, so that what is done now and then (storing) is in each
_BLOCK = 3.0
# blocks that there are at least: fewer say nothing of how far they lie apart
_BLOCKS = 8
# pairs that there are at least
_FEW = 8


class Way(Protocol):
    """What is done beside training."""

    def on(self) -> None:
        """Begin to do it; not timed."""

    def done(self) -> None:
        """Do what comes after a step, as part of it."""

    def off(self) -> None:
        """Leave the next step alone; not timed."""

    def stop(self) -> None:
        """Clear up."""


class Plain:
    """Nothing: what is measured of it tells how well the measuring does."""

    def on(self) -> None:
        """Do nothing."""

    def done(self) -> None:
        """Do nothing."""

    def off(self) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""


class Ratio(NamedTuple):
    """How many times the processor time of a plain step a step took."""

    value: float
    margin: float  # it lies within `value` ± `margin` in 95 of 100 cases

    def __str__(self) -> str:
        return f"{self.value:.3f} ± {self.margin:.3f}"


def step_of(model: nn.Module, shape: tuple[int, ...]) -> Callable[[], None]:
    """Return what trains a model for one step."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001)
    x, y = torch.randn(shape), torch.randint(0, 10, shape[:1])

    def step() -> None:
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def in_pairs(
    step: Callable[[], None], way: Way, *, seconds: float, settle: int
) -> NDArray[np.float64]:
    """Return the seconds of processor time of `step` that `way` and then nothing is done beside.

    Shape (pairs, 2): the first `settle` are left out, then there are as many as `seconds` have
    room for, and a few at least.
    """

    def timed(after: Callable[[], None] | None = None) -> float:
        start = time.process_time()
        step()
        if after is not None:
            after()
        return time.process_time() - start

    found: list[tuple[float, float]] = []
    end = 0.0
    while len(found) < settle + _FEW or time.perf_counter() < end:
        if len(found) == settle:
            end = time.perf_counter() + seconds
        plain = timed() if len(found) % 2 else 0.0
        way.on()
        other = timed(way.done)
        way.off()
        found.append((other, plain or timed()))
    way.stop()
    return np.array(found[settle:])


def ratio_of(times: NDArray[np.float64]) -> Ratio:
    """Return the ratio of the two ways: the median of blocks of pairs."""
    size = max(1, min(int(_BLOCK / times[:, 1].mean()), len(times) // _BLOCKS))
    blocks = np.array_split(times, len(times) // size)
    ratios = np.array([block[:, 0].sum() / block[:, 1].sum() for block in blocks])
    rng = np.random.default_rng(0)
    medians = np.median(rng.choice(ratios, (4000, len(ratios))), axis=1)
    low, high = np.quantile(medians, [0.025, 0.975])
    return Ratio(float(np.median(ratios)), float(high - low) / 2)
