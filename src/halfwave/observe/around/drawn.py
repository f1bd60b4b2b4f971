"""Whether a weight still is what an initialiser drew: noise of a known shape and size."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from halfwave.recording import Array

__all__ = ["as_drawn"]

#: Elements that are looked at, and without which nothing is said.
_ELEMENTS: Final = 1 << 14
_FEWEST: Final = 60
#: … of another distribution than what layers draw when nobody says how.
_FEWEST_OTHERS: Final = 1000
#: Standard errors, and the distance of Kolmogorov and Smirnov, that chance may account for.
_ERRORS: Final = 2.5
_DISTANCE: Final = 1.6
#: Largest of n uniform draws: it lies n/(n+1) of the way to the edge, seldom this many nths off.
_EDGE: Final = 5.0
#: A truncated normal distribution ends at two of its own deviations; its spread is less then.
_CUT: Final = 2 / 0.87962566


def as_drawn(weight: Tensor) -> bool | None:
    """Say whether a weight is as torch's or Keras' initialisers draw it.

    Training moves some elements beyond the edge of a uniform distribution, and
    gives a normal one heavier tails and another size. What it does not change
    much may pass for drawn.

    Returns
    -------
    bool or None
        None where it cannot be told: too few elements, no matrix, or constant.
    """
    if weight.dim() < 2 or weight.numel() < _FEWEST or not weight.is_floating_point():
        return None
    flat = weight.detach().reshape(-1)
    values = flat[:: max(flat.numel() // _ELEMENTS, 1)].float().cpu().numpy().astype(np.float64)
    spread = float(values.std())
    if not np.isfinite(values).all() or spread <= 0:
        return None
    shape = tuple(weight.shape)
    if any(_is_uniform(values, scale) for scale in _usual(shape)):
        return True
    if len(values) < _FEWEST_OTHERS:
        return False  # among many sizes one would fit by chance
    if any(_is_uniform(values, scale) for scale in _others(shape)):
        return True
    return any(_is_cut(values, scale) or _has_size(values, scale) for scale in _bells(shape))


def _fans(shape: Sequence[int]) -> set[tuple[int, int]]:
    """Inputs and outputs of a unit, as torch and as Keras lay a weight out."""
    torch_fans = (math.prod(shape[1:]), shape[0] * math.prod(shape[2:]))
    keras_fans = (math.prod(shape[:-1]), shape[-1] * math.prod(shape[:-2]))
    return {torch_fans, keras_fans}


def _usual(shape: Sequence[int]) -> Iterator[float]:
    """Standard deviations of what layers draw that are told nothing: uniform, all of them."""
    for fan_in, fan_out in _fans(shape):
        yield 1 / math.sqrt(3 * fan_in)  # torch: up to 1/√fan_in
        yield math.sqrt(2 / (fan_in + fan_out))  # Keras: Glorot's
    for gates in (1, 3, 4):  # torch's recurrent layers: up to 1/√units
        if shape[0] % gates == 0:
            yield 1 / math.sqrt(3 * (shape[0] // gates))
    yield 0.05 / math.sqrt(3)  # Keras' embeddings


def _others(shape: Sequence[int]) -> Iterator[float]:
    """Standard deviations of uniform distributions that are asked for by name."""
    for fan_in, fan_out in _fans(shape):
        for gain in (1.0, math.sqrt(2), 5 / 3):
            yield gain / math.sqrt(fan_in)  # LeCun, He
            yield gain * math.sqrt(2 / (fan_in + fan_out))  # Glorot


def _bells(shape: Sequence[int]) -> Iterator[float]:
    """… and of normal ones: fewer, as they have no edge to be told by."""
    for fan_in, fan_out in _fans(shape):
        yield 1 / math.sqrt(fan_in)
        yield math.sqrt(2 / fan_in)
        yield math.sqrt(2 / (fan_in + fan_out))
    yield from (1.0, 0.02)  # embeddings, language models


def _is_uniform(values: Array, scale: float) -> bool:
    edge = math.sqrt(3) * scale
    if not _reaches(values, edge):
        return False
    return _fits(np.clip((np.sort(values) + edge) / (2 * edge), 0, 1))


def _is_cut(values: Array, scale: float) -> bool:
    edge = _CUT * scale
    # the density at the edge is low, so the largest element stays further off
    if not 0.8 * edge <= float(np.abs(values).max()) <= edge * (1 + 1e-5):
        return False
    return _has_size(values, scale, kurtosis=-0.63)


def _reaches(values: Array, edge: float) -> bool:
    """Whether the values go up to an edge, and not beyond."""
    top = float(np.abs(values).max())
    return edge * (1 - _EDGE / len(values)) <= top <= edge * (1 + 1e-5)


def _fits(shares: Array) -> bool:
    """Whether ordered shares of 1 are as even as chance leaves them."""
    n = len(shares)
    steps = np.arange(1, n + 1) / n
    distance = max(float((steps - shares).max()), float((shares - steps + 1 / n).max()))
    return distance * math.sqrt(n) < _DISTANCE


def _has_size(values: Array, scale: float, *, kurtosis: float = 0.0) -> bool:
    n = len(values)
    spread = float(values.std())
    centred = values - values.mean()
    bend = float((centred**4).mean()) / spread**4 - 3
    return (
        abs(spread / scale - 1) < _ERRORS * math.sqrt((kurtosis + 2) / (4 * n))
        and abs(float(values.mean())) < _ERRORS * scale / math.sqrt(n)
        and abs(bend - kurtosis) < _ERRORS * math.sqrt(24 / n)
    )
