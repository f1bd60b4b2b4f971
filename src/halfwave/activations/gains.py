"""How much to scale weights so that an activation keeps the size of its signal.

With inputs z from N(0, 1) the outputs of f have the mean square E[f(z)²]. A
layer of ``fan_in`` inputs whose weights have the variance gain² / fan_in,
gain = 1 / √E[f(z)²], gives sums of variance 1 again: He's rule, of which
√2 for ReLU is the best known case.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from .catalogue import get

if TYPE_CHECKING:
    from .record import Activation

__all__ = ["gain"]

_Floats = npt.NDArray[np.float64]

_REACH: Final = 38.0  # the density of N(0, 1) ends here, at the smallest float64
_PANEL: Final = 0.5
_NODES: Final = 24
#: families that make outputs of a few inputs: of two, or of a group of ``size``
_GROUPS: Final = frozenset({"gated", "grouping"})


def gain(name: Any, /, *, backward: bool = False, **parameters: Any) -> float:
    """Return the factor for He or Xavier initialisation of an activation.

    It is 1 / √E[f(z)²] with z from N(0, 1), so that a layer whose weights have
    the variance gain² / fan_in keeps the mean square of a signal that comes
    through f. Where the integral has a closed form that is what comes out
    (ReLU: √2; leaky ReLU: √(2 / (1 + a²)); SELU: 1 by its design); otherwise it
    is computed, to about 12 digits, by Gauss quadrature between the kinks; for groups
    of more than two (maxout) as a mean over fixed samples, to about 3 digits.

    Parameters
    ----------
    name
        An activation, its name or an alias of it.
    backward
        Keep the variance of gradients in place of that of values: 1 / √E[f′(z)²],
        for weights of variance gain² / fan_out. The same for ReLU and its
        leaky relatives.
    **parameters
        The parameters of the record.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the activation has none: it is 0 almost everywhere or E[f(z)²] is
        infinite, or (softmax) it depends on the number of elements.

    Notes
    -----
    ``torch.nn.init.calculate_gain`` gives 5/3 for tanh, 3/4 for SELU and 1 for
    sigmoid. These are choices that worked in practice, not the gains that keep
    the mean square, which are 1.5925, 1 and 1.8463.

    References
    ----------
    He, Zhang, Ren, Sun (2015). Delving deep into rectifiers. ICCV.

    Examples
    --------
    >>> round(gain("leaky_relu", negative_slope=0.2), 6)
    1.38675
    """
    record = get(name)
    resolved = record.resolve(parameters)
    try:
        square = _mean_square(record, tuple(sorted(resolved.items())), backward=backward)
    except TypeError:  # an array as a parameter cannot be looked up
        square = _mean_square.__wrapped__(record, tuple(resolved.items()), backward=backward)
    what = "f′" if backward else "f"
    if not math.isfinite(square):
        raise ValueError(f"{record.name} has no gain: E[{what}(z)²] is infinite")
    if square == 0:
        raise ValueError(f"{record.name} has no gain: {what}(z) is 0 for almost every z")
    return 1.0 / math.sqrt(square)


@lru_cache(maxsize=512)
def _mean_square(
    record: Activation, items: tuple[tuple[str, Any], ...], *, backward: bool
) -> float:
    """E[f(z)²], or E[f′(z)²], over z from N(0, 1)."""
    parameters = dict(items)
    if record.mixes:
        return _mean_square_of_mixture(record, parameters, backward=backward)
    parameters = {k: _mean(v) for k, v in parameters.items()}
    kinks = [kink.at for kink in record.kinks_at(**parameters)]
    z, weights = _normal_rule(tuple(kinks))
    with np.errstate(all="ignore"):
        y = record.derivative(z, **parameters) if backward else record(z, **parameters)
        return float(np.sum(weights * np.square(y)))


def _mean(value: Any) -> Any:
    """One number for a parameter that has one value a channel."""
    return float(np.mean(value)) if getattr(value, "ndim", 0) else value


def _mean_square_of_mixture(
    record: Activation, parameters: dict[str, Any], *, backward: bool
) -> float:
    """The mean square for a function that makes some outputs of several inputs."""
    if record.family not in _GROUPS:
        raise ValueError(
            f"{record.name} has no gain: what it does to the size of a signal depends on the"
            " number of elements"
        )
    given = {**parameters, "axis": -1}
    count = int(parameters.get("size", 2))
    points, weights = _many_normals(count)
    with np.errstate(all="ignore"):
        y = np.asarray(record(points, **given))
        if not backward:
            return float(np.sum(weights[:, None] * np.square(y)) / y.shape[-1])
        total = 0.0
        for i in range(y.shape[-1]):  # ‖∂y_i/∂x‖², over the number of inputs
            g = np.zeros_like(y)
            g[:, i] = 1.0
            total += float(np.sum(weights[:, None] * np.square(record.vjp(points, g, **given))))
        return total / points.shape[-1]


@lru_cache(maxsize=64)
def _normal_rule(kinks: tuple[float, ...]) -> tuple[_Floats, _Floats]:
    """Nodes and weights for E over N(0, 1): Gauss-Legendre on panels between the kinks."""
    inner = [k for k in kinks if -_REACH < k < _REACH]
    edges = np.unique([*np.arange(-_REACH, _REACH + _PANEL / 2, _PANEL), 0.0, *inner])
    t, w = np.polynomial.legendre.leggauss(_NODES)
    half = np.diff(edges)[:, None] / 2
    z = ((edges[:-1] + edges[1:])[:, None] / 2 + half * t).ravel()
    weights = (half * w).ravel() * np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
    return z, weights


@lru_cache(maxsize=8)
def _many_normals(count: int) -> tuple[_Floats, _Floats]:
    """Nodes and weights for E over ``count`` independent N(0, 1)."""
    if count == 1:
        z, weights = _normal_rule(())
        return z[:, None], weights
    if count == 2:  # in polar coordinates kinks along lines through 0 are few angles
        return _polar()
    rng = np.random.default_rng(0)
    points = rng.standard_normal((400_000, count))
    return points, np.full(len(points), 1.0 / len(points))


def _polar() -> tuple[_Floats, _Floats]:
    t, w = np.polynomial.legendre.leggauss(_NODES)
    radius, radial = _panels(np.linspace(0.0, 13.0, 9), t, w)
    radial = radial * radius * np.exp(-0.5 * radius * radius)
    angle, angular = _panels(np.linspace(0.0, 2 * math.pi, 9), t, w)  # every 45°: a = ±b, axes
    points = np.stack(
        [np.outer(radius, np.cos(angle)).ravel(), np.outer(radius, np.sin(angle)).ravel()], axis=1
    )
    return points, np.outer(radial, angular).ravel() / (2 * math.pi)


def _panels(edges: _Floats, t: _Floats, w: _Floats) -> tuple[_Floats, _Floats]:
    half = np.diff(edges)[:, None] / 2
    return ((edges[:-1] + edges[1:])[:, None] / 2 + half * t).ravel(), (half * w).ravel()
