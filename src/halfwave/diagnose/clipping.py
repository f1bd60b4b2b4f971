"""Whether gradients were cut to one size before each step, and to which."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np

from halfwave.diagnose.memory import remembered

if TYPE_CHECKING:
    from halfwave.recording.model import Array, Recording

__all__ = ["Clipped", "How", "clipped"]

#: ``"all"``: the norm of all gradients together; ``"each"``: that of each parameter's;
#: ``"values"``: each element.
How: TypeAlias = Literal["all", "each", "values"]

_FEWEST: Final = 8  # watched steps
_SAME: Final = 1e-3  # what is cut to one size differs by less, in shares of it
_VARIES: Final = 1e-2  # what is not differs by more: batches do
_NEARLY: Final = 0.05  # a few elements are smaller than what all are cut to
_SHARE: Final = 0.25  # of the parameters whose elements are nearly all cut


@dataclass(frozen=True, slots=True)
class Clipped:
    """What gradients were cut to.

    Parameters
    ----------
    how : {"all", "each", "values"}
    limit : float
        The norm, or the size of an element, that is left.
    steps : int
        Watched steps in which that was so: all.
    """

    how: How
    limit: float
    steps: int


@remembered
def clipped(recording: Recording) -> Clipped | None:
    """Tell what gradients were cut to in every watched step; None where they were not.

    By norm: the norm of all gradients is the same in every step, while those of single
    parameters vary as batches do. By each parameter's norm: it is the same for all of
    them. By value: the largest root mean square of what is not zero is, and several
    parameters come near it.
    """
    norms, nonzero = _gradients(recording)
    steps, parameters = norms.shape
    if steps < _FEWEST or parameters < 2 or not (norms > 0).all():
        return None
    total = np.sqrt((norms**2).sum(axis=1))
    sizes = norms / np.sqrt(np.maximum(nonzero, 1))
    top = float(np.median(sizes.max(axis=1)))
    cut = (np.median(sizes, axis=0) > (1 - _NEARLY) * top).sum()
    if _spread(sizes.max(axis=1)) < _SAME and cut >= max(2, _SHARE * parameters):
        return Clipped("values", top, steps)
    if _spread(norms.ravel()) < _SAME:
        return Clipped("each", float(np.median(norms)), steps)
    single = float(np.median([_spread(column) for column in norms.T]))
    if _spread(total) < _SAME and single > _VARIES:
        return Clipped("all", float(np.median(total)), steps)
    return None


def _spread(values: Array) -> float:
    """How far values lie apart, but for single ones, in shares of their middle."""
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    return float((high - low) / middle) if middle > 0 else math.inf


def _gradients(recording: Recording) -> tuple[Array, Array]:
    """Norms of gradients, and how many of their elements are not zero: steps by parameters.

    Of the watched steps in which as many parameters as ever, and the same ones, have one.
    """
    found: dict[int, dict[int, tuple[float, float]]] = {}
    for number, parameter in enumerate(recording.parameters):  # two models may share names
        rows = parameter.samples[np.isfinite(parameter.samples["grad_norm"])]
        elements = math.prod(parameter.shape)
        for row in rows:
            zeros = float(row["grad_zeros"]) if math.isfinite(row["grad_zeros"]) else 0.0
            figures = (float(row["grad_norm"]), elements * (1 - zeros))
            found.setdefault(int(row["first_step"]), {})[number] = figures
    most = max(found.values(), key=len, default={})
    whole = [list(step.values()) for step in found.values() if step.keys() == most.keys()]
    figures = np.array(whole, dtype=np.float64).reshape(len(whole), len(most), 2)
    return figures[:, :, 0], figures[:, :, 1]
