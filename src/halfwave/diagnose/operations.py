"""What an operation between two layers does to a signal: keep it, bend it, bound it."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

from halfwave.activations import get

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "SOFTMAXES",
    "bends",
    "bounds_of",
    "bounds_with",
    "is_activation",
    "is_one_sided",
    "keeps_range",
    "normalises",
    "settles_below",
]

#: Activations whose outputs are shares of one: they sum to 1 over an axis.
SOFTMAXES = frozenset(
    {"softmax", "softmin", "gumbel_softmax", "sparsemax", "entmax15", "taylor_softmax"}
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Operations that choose, join, average or repeat values: none ends up outside the range it
#: came from.
_KEEPS = _words(
    "identity detach clone contiguous cat stack split chunk unbind select index index_select gather"
    " take take_along_dim slice narrow masked_select topk max min amax amin mean nanmean median"
    " upsample interpolate pad roll flip permute transpose squeeze unsqueeze flatten view reshape"
    " expand repeat tile sort unfold where clamp clip clamp_min clamp_max nan_to_num"
)
#: … of which these choose by size, or cut off: not linear.
_CHOOSE = _words(
    "topk max min amax amin median sort masked_select where clamp clip clamp_min clamp_max"
    " nan_to_num"
)
#: Linear (or affine) in the signal.
_LINEAR = _words(
    "add sub rsub neg shift scale sum cumsum nansum linear identity diff diagonal lerp"
)
_NORMS = ("batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm", "normalize")
_LOWER = ("batch_norm", "sync_batch_norm")


@cache
def is_activation(operation: str) -> bool:
    """Whether a link's operation is an activation of the catalogue, the identity aside."""
    if "pool" in operation:
        return False  # the catalogue calls maxout and mean pooling so too
    try:
        return get(operation).name != "identity"
    except (KeyError, TypeError, ValueError):
        return False


@cache
def bounds_of(operation: str) -> tuple[float, float]:
    """Least and greatest value that an activation gives; (−∞, ∞) where it has no bound.

    With the parameters of the record: those of the call are not in a link. An
    activation whose bounds are parameters (hardtanh) is taken to have none.

    Examples
    --------
    >>> [bounds_of(name) for name in ("relu", "tanh", "leaky_relu")]
    [(0.0, inf), (-1.0, 1.0), (-inf, inf)]
    """
    unknown = (-math.inf, math.inf)
    if not is_activation(operation):
        return unknown
    record = get(operation)
    if callable(record.range) or record.range is None or operation in {"hardtanh", "threshold"}:
        return unknown
    return record.range.low, record.range.high


def bounds_with(
    operation: str, parameters: Mapping[str, float | str | bool]
) -> tuple[float, float]:
    """Bounds as `bounds_of` gives them, at the parameters of a call."""
    try:
        found = get(operation).properties_at(**parameters).range
    except (KeyError, TypeError, ValueError):
        return bounds_of(operation)
    return (found.low, found.high) if found is not None else (-math.inf, math.inf)


def is_one_sided(operation: str) -> bool:
    """Whether an activation gives no negative value and no bounded one: ReLU, softplus, exp."""
    low, high = bounds_of(operation)
    return low >= 0 and high > 1


def settles_below(operation: str) -> bool:
    """Whether an activation is 0 on a whole side: its unit can shut, as a ReLU's can."""
    return is_one_sided(operation) and operation in {
        "relu",
        "relu6",
        "relu_n",
        "squared_relu",
        "threshold",
    }


def keeps_range(operation: str) -> bool:
    """Whether values stay within the range they had before."""
    return operation in _KEEPS or "pool" in operation or "dropout" in operation


def normalises(operation: str) -> bool:
    """Whether the operation sets the size of a signal itself."""
    return any(name in operation for name in _NORMS)


def bends(operations: Sequence[str], *, pooling: bool = True) -> bool:
    """Whether anything among the operations is not linear; what is unknown counts as such.

    Batch normalisation is linear once the run is over, and counts as linear.
    Max pooling is not, unless told to pass it over.
    """
    return not all(_is_linear(operation, pooling=pooling) for operation in operations)


def _is_linear(operation: str, *, pooling: bool) -> bool:
    if operation in _LINEAR or any(name in operation for name in _LOWER):
        return True
    if "max_pool" in operation:
        return not pooling
    return keeps_range(operation) and operation not in _CHOOSE
