"""An activation as it is met: what a call's arguments say of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Applied", "Reader"]


@dataclass(slots=True)
class Applied:
    """An activation that is about to be applied."""

    activation: str
    input: Tensor
    parameters: dict[str, float | str | bool]
    call: str  # "F.relu", as a person would write it
    inplace: bool = False
    generic: bool = False  # the call is an activation only by its arguments
    whole: bool = False  # an activation of our own catalogue, as one call
    of_layer: bool = False  # … only where a layer's output is given, in a module: a sine


#: Takes a call's positional and keyword arguments; None: it is no activation.
Reader = Callable[[Sequence[Any], Mapping[str, Any]], Applied | None]
