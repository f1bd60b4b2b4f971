"""What a rule must know of an activation: which side of it closes."""

from __future__ import annotations

__all__ = ["closes_on_both_sides", "open_counterpart"]

#: Flat at both ends: a unit that is closed sits at a bound, which is
#: saturation. Of the others, a closed unit has been shut off, which is death.
_BOTH_SIDES = frozenset(
    {
        "tanh",
        "sigmoid",
        "hardtanh",
        "hardsigmoid",
        "softsign",
        "erf",
        "arctan",
        "atan",
        "hard_tanh",
        "hard_sigmoid",
        "sign",
        "step",
        "heaviside",
        "logistic",
    }
)

#: Closing activation → one to put in its place, and how to call it in torch.
_OPEN = {
    "relu": ("leaky_relu", "negative_slope=0.01"),
    "relu6": ("leaky_relu", "negative_slope=0.01"),
    "threshold": ("leaky_relu", "negative_slope=0.01"),
}


def closes_on_both_sides(activation: str) -> bool:
    """Whether the slope goes to 0 at both ends, so that "closed" means saturated."""
    return activation in _BOTH_SIDES


def open_counterpart(activation: str, call: str) -> str:
    """Say which call to put in place of ``call`` so that no unit can close.

    Examples
    --------
    >>> open_counterpart("relu", "nn.ReLU")
    'nn.LeakyReLU(0.01)'
    >>> open_counterpart("relu", "torch.relu")
    'F.leaky_relu(x, 0.01)'
    """
    del activation
    return "nn.LeakyReLU(0.01)" if call.startswith("nn.") else "F.leaky_relu(x, 0.01)"
