"""What a rule must know of an activation: which sides of it close."""

from __future__ import annotations

import math
from functools import cache

from halfwave.activations import get

__all__ = ["closes_on_both_sides"]


@cache
def closes_on_both_sides(activation: str) -> bool:
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
        closed = get(activation).closed_intervals()
    except KeyError:
        return False
    lower = [high for low, high in closed or () if low == -math.inf]
    upper = [low for low, high in closed or () if high == math.inf]
    return bool(lower and upper) and lower[0] < 0 < upper[0]
