"""Histograms of what a site is given and gives, at steps spread over the whole run.

In a watched step a small sample of the elements is copied. Nothing is counted
on the device: `torch.histc` and `bincount` make an accelerator wait, and refuse
to work where a program asks for deterministic algorithms.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from halfwave.recording import HISTOGRAM, HISTOGRAM_BINS

if TYPE_CHECKING:
    from torch import Tensor

    from halfwave.recording import Array

__all__ = ["SiteHistograms", "histogram", "spread", "thinned"]

#: Histograms that are kept of one tensor.
KEPT: Final = 10
#: Elements sampled of one tensor; of each site beyond so many, fewer.
_ELEMENTS, _MANY_SITES, _FEWER = 4096, 512, 512
#: A call in a step is looked at if its number is a power of two, up to this one.
_LAST_CALL: Final = 64
#: Share of the elements that may lie beyond the bins at either end.
_TAIL: Final = 0.002
#: Two histograms are kept if the steps counted from 1 are so far apart.
_SPACING: Final = 1.25
_LARGEST: Final = float(np.finfo(np.float64).max)
#: The last one may be older than the run's last watched step by one part in so many; of a short
#: run by so many parts, up to so many steps.
_AGE, _AGE_OF_SHORT, _STEPS_OF_SHORT = 20, 4, 6

Side = Literal["input", "output"]
_SIDES: Final[tuple[Side, Side]] = ("input", "output")


class SiteHistograms:
    """The histograms of one site.

    Parameters
    ----------
    number : int
        How many sites there are already.
    """

    def __init__(self, number: int) -> None:
        self._elements = _ELEMENTS if number < _MANY_SITES else _FEWER
        self._training = False
        self._calls: dict[Side, int] = dict.fromkeys(_SIDES, 0)
        self._step = -1
        self._next = 0  # the first step that is looked at again
        self._pending: list[tuple[Side, int, Tensor | Array]] = []
        # the sample of the latest step waits: most are replaced before anybody asks
        self._latest: dict[Side, tuple[int, list[Array]]] = {}
        self._kept: dict[Side, Array] = {side: np.zeros(0, HISTOGRAM) for side in _SIDES}

    def idle(self, step: int, *, training: bool) -> bool:
        """Whether nothing is wanted in this step."""
        if training and self._training:
            return step < self._next and step != self._step
        return self._training  # an evaluation, beside a training

    def look(self, side: Side, values: Tensor, step: int, *, training: bool) -> None:
        """Copy a sample of a tensor's elements; nothing waits for the device."""
        if training and not self._training:
            self._training = True
            self._forget()
        elif self._training and not training:
            return
        if step != self._step:
            if training and step < self._next:
                return
            self._step, self._next = step, step + _rest(step)
            self._calls = dict.fromkeys(_SIDES, 0)
        self._calls[side] += 1
        call = self._calls[side]
        if call & (call - 1) == 0 and call <= _LAST_CALL:
            sample = spread(values, self._elements)
            # counting it later takes no operation of torch's, which a mode would see
            self._pending.append((side, step, _numbers(sample) if sample.is_cpu else sample))

    def absorb(self) -> None:
        """Fetch what is pending."""
        pending, self._pending = self._pending, []
        for side, step, sample in pending:
            values = sample if isinstance(sample, np.ndarray) else _numbers(sample)
            before = self._latest.get(side)
            if before is not None and before[0] == step:
                before[1].append(values)
                continue
            if before is not None and self._is_due(side, before[0]):
                self._keep(side, *before)
            self._latest[side] = (step, [values])

    def frozen(self, side: Side) -> Array:
        """Return rows of HISTOGRAM in the order of the steps."""
        kept = self._kept[side]
        latest = self._latest.get(side)
        if latest is None:
            return kept.copy()
        return thinned(np.concatenate([kept, _counted(*latest)]))

    def _is_due(self, side: Side, step: int) -> bool:
        kept = self._kept[side]
        return not len(kept) or step + 1 >= _SPACING * (int(kept["step"][-1]) + 1)

    def _keep(self, side: Side, step: int, samples: list[Array]) -> None:
        self._kept[side] = thinned(np.concatenate([self._kept[side], _counted(step, samples)]))

    def _forget(self) -> None:
        self._pending.clear()
        self._latest.clear()
        self._kept = {side: np.zeros(0, HISTOGRAM) for side in _SIDES}


def _rest(step: int) -> int:
    """Return how many steps after one that was looked at the next is."""
    return max(step // _AGE, min(step // _AGE_OF_SHORT, _STEPS_OF_SHORT))


def _counted(step: int, samples: list[Array]) -> Array:
    return histogram(step, [sample.astype(np.float64) for sample in samples])


def _numbers(sample: Tensor) -> Array:
    wide = sample if sample.element_size() > 2 else sample.float()  # numpy has no bfloat16
    return wide.cpu().numpy()


def spread(values: Tensor, most: int) -> Tensor:
    """Copy at most `most` elements of a detached tensor, at equal distances over it."""
    order = sorted(range(values.dim()), key=values.stride, reverse=True)
    values = values.permute(order)  # as it lies in memory, whatever the layout
    while not values.is_contiguous() and values.numel() > 8 * most:
        longest = max(range(values.dim()), key=lambda d: values.shape[d])
        values = values[(slice(None),) * longest + (slice(None, None, 3),)]
    flat = values.reshape(-1)
    stride = -(-flat.numel() // most)
    if stride > 1:
        # without a common factor with any dimension, or some units would be passed over
        while math.gcd(stride, flat.numel()) > 1:
            stride += 1
        flat = flat[::stride]
    return flat.clone()


def histogram(step: int, samples: list[Array]) -> Array:
    """Count elements into one row of HISTOGRAM.

    Parameters
    ----------
    step : int
    samples : list of ndarray of float64
        Elements; NaN and infinities are counted apart, as are exact zeros.

    Returns
    -------
    structured array (1,)
        The bins lie around all but the outermost elements, so that a few of
        them do not squeeze the others into one bin.
    """
    values = samples[0] if len(samples) == 1 else np.concatenate(samples)
    row = np.zeros(1, HISTOGRAM)
    finite = values[np.isfinite(values)]
    binned = np.sort(finite[finite != 0])
    row["step"], row["nonfinite"] = step, len(values) - len(finite)
    row["zeros"] = len(finite) - len(binned)
    row["minimum"] = finite.min() if len(finite) else math.nan
    row["maximum"] = finite.max() if len(finite) else math.nan
    row["low"] = row["high"] = math.nan
    if not len(binned):
        return row
    tail = int(_TAIL * len(binned))
    low, high = float(binned[tail]), float(binned[-1 - tail])
    edges = _edges(low, high)
    at = np.searchsorted(binned, edges, side="left")
    at[-1] = np.searchsorted(binned, edges[-1], side="right")
    row["low"], row["high"] = edges[0], edges[-1]
    row["counts"] = np.minimum(np.diff(at), np.iinfo(np.uint16).max)
    row["below"], row["above"] = at[0], len(binned) - at[-1]
    return row


def _edges(low: float, high: float) -> Array:
    """Edges of equal bins from `low` to `high`, made distinct where all elements are alike."""
    if low < 0 < high:
        # an edge at 0, where most activations change: the bins on either side stay pure
        share = (low / 2) / (low / 2 - high / 2)
        under = min(max(round(HISTOGRAM_BINS * share), 1), HISTOGRAM_BINS - 1)
        width = max(-low / under, high / (HISTOGRAM_BINS - under))
        # by halves: an edge may lie beyond the largest number
        halves = np.arange(-under, HISTOGRAM_BINS - under + 1) * (width / 2)
        return np.clip(halves, -_LARGEST / 2, _LARGEST / 2) * 2
    if not high > low:
        room = max(abs(low), 1e-300) * 0.5
        low, high = low - room, high + room
    # halves: the whole width may be beyond the largest number
    edges: Any = np.linspace(low / 2, high / 2, HISTOGRAM_BINS + 1) * 2
    edges[0], edges[-1] = low, high
    return np.maximum.accumulate(edges)


def thinned(rows: Array) -> Array:
    """Leave out rows until there are `KEPT`: never the first or the last.

    Of the others, that one goes whose neighbours are nearest, by the logarithm
    of the step.
    """
    while len(rows) > KEPT:
        at = np.log1p(rows["step"].astype(np.float64))
        gap = at[2:] - at[:-2]
        rows = np.delete(rows, 1 + int(np.argmin(gap)))
    return rows
