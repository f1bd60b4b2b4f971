"""What a rule must know of an activation: which sides of it close."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

from halfwave.activations import get

if TYPE_CHECKING:
    from halfwave.recording.model import Site

__all__ = ["closes_on_both_sides", "saturates"]


def saturates(site: Site) -> bool:
    """Whether a closed unit of a site sits at one of two bounds: `closes_on_both_sides`.

    With the site's own parameters: nn.Hardtanh(0, 20), a clipped ReLU, does not.
    """
    return closes_on_both_sides(site.activation, tuple(sorted(site.parameters.items())))


@cache
def closes_on_both_sides(
    activation: str, parameters: tuple[tuple[str, float | str | bool], ...] = ()
) -> bool:
    """Whether a closed unit sits at one of two bounds: saturated, rather than shut off.

    True where the slope vanishes towards both ends and 0 lies well inside the
    open part, as for tanh, sigmoid and hardtanh. ReLU6 is flat at both ends
    too, but half of a healthy unit's inputs lie on its lower one.

    Examples
    --------
    >>> [closes_on_both_sides(name) for name in ("tanh", "hardsigmoid", "relu", "relu6")]
    [True, True, False, False]
    """
    try:
        record = get(activation)
        known = {parameter.name for parameter in record.parameters}
        closed = record.closed_intervals(**{k: v for k, v in parameters if k in known})
    except (LookupError, TypeError, ValueError):  # or odd parameters
        return False
    lower = [high for low, high in closed or () if low == -math.inf]
    upper = [low for low, high in closed or () if high == math.inf]
    return bool(lower and upper) and lower[0] < 0 < upper[0]
