"""Rows of ``activation_references.py`` for the families beyond the classic ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mpmath import mp, mpf

Row = tuple[Callable[..., Any], list[dict[str, float]]]


def sigma(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def softplus(x: Any) -> Any:
    return mp.log(1 + mp.exp(x))


def sign_times(x: Any, y: Any) -> Any:
    return y if x > 0 else -y if x < 0 else mpf(0)


SOFT: dict[str, Row] = {
    "elliott": (lambda x: (1 + x / (1 + abs(x))) / 2, []),
    "symlog": (lambda x: sign_times(x, mp.log(1 + abs(x))), []),
    "penalized_tanh": (
        lambda x, negative_slope: mp.tanh(x) * (1 if x > 0 else negative_slope),
        [{"negative_slope": 1.3}],
    ),
    "rectified_tanh": (lambda x: max(mp.tanh(x), mpf(0)), []),
    "soft_clipping": (
        lambda x, alpha: mp.log((1 + mp.exp(alpha * x)) / (1 + mp.exp(alpha * (x - 1)))) / alpha,
        [{"alpha": 8.0}, {"alpha": 0.3}],
    ),
}

RADIAL: dict[str, Row] = {
    "gaussian": (
        lambda x, sigma: mp.exp(-(x**2) / (2 * sigma**2)) if abs(x) < 10**6 else mpf(0),
        [{"sigma": 0.3}, {"sigma": 2.7}],
    ),
    "inverse_multiquadric": (lambda x, c: 1 / mp.sqrt(x**2 + c**2), [{"c": 0.3}, {"c": 2.7}]),
    "inverse_quadratic": (lambda x, c: 1 / (1 + (x / c) ** 2), [{"c": 0.3}, {"c": 2.7}]),
    "multiquadric": (lambda x, c: mp.sqrt(x**2 + c**2), [{"c": 0.3}, {"c": 2.7}]),
    "ricker": (lambda x: (1 - x**2) * mp.exp(-(x**2) / 2) if abs(x) < 10**6 else mpf(0), []),
    "thin_plate": (lambda x: x**2 * mp.log(abs(x)) if x else mpf(0), []),
    "wendland": (
        lambda x, radius: max(1 - abs(x) / radius, mpf(0)) ** 4 * (4 * abs(x) / radius + 1),
        [{"radius": 2.7}],
    ),
}

PERIODIC: dict[str, Row] = {
    "cosine": (mp.cos, []),
    "gcu": (lambda x: x * mp.cos(x), []),
    "sinc": (lambda x: mp.sin(x) / x if x else mpf(1), []),
    "sine": (mp.sin, []),
    "snake": (lambda x, a: x + mp.sin(a * x) ** 2 / a, [{"a": 0.5}]),
}

POLYNOMIAL: dict[str, Row] = {
    "cube": (lambda x: x**3, []),
    "seagull": (lambda x: mp.log(1 + x**2), []),
    "slaf": (
        lambda x, a0, a1, a2, a3: a0 + a1 * x + a2 * x**2 + a3 * x**3,
        [{"a2": 0.0}, {"a0": 0.5, "a3": 0.0}],
    ),
    "square": (lambda x: x**2, []),
}

MORE: dict[str, Row] = {**SOFT, **RADIAL, **PERIODIC, **POLYNOMIAL}
