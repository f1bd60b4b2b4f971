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


def normal_cdf(x: Any) -> Any:
    if abs(x) > 1000:  # mpmath's erfc gives up on 1e300
        return mpf(x > 0)
    return mp.erfc(-x / mp.sqrt(2)) / 2


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


def arelu(x: Any, alpha: Any, beta: Any) -> Any:
    left = min(max(alpha, mpf(0.01)), mpf(0.99))
    return (1 + sigma(beta)) * x if x > 0 else left * x


def xielu(x: Any, alpha_p: Any, alpha_n: Any, beta: Any) -> Any:
    return (alpha_p * x**2 if x > 0 else alpha_n * (mp.expm1(x) - x)) + beta * x


PIECEWISE: dict[str, Row] = {
    "apl": (
        lambda x, a1, b1, a2, b2: max(x, 0) + a1 * max(b1 - x, 0) + a2 * max(b2 - x, 0),
        [{"a1": -0.3, "b1": 1.0, "a2": 0.1}],
    ),
    "arelu": (arelu, [{"alpha": -1.0, "beta": -0.7}]),
    "bipolar_step": (lambda x, threshold: mpf(1 if x >= threshold else -1), [{"threshold": 1.5}]),
    "plu": (
        lambda x, alpha, c: max(alpha * (x + c) - c, min(alpha * (x - c) + c, x)),
        [{"alpha": 0.0, "c": 2.0}, {"alpha": 0.3, "c": 0.7}],
    ),
    "probact": (lambda x, sigma, noise: max(x, 0) + sigma * noise, [{"noise": -0.7}]),
}

HALF_SOFT: dict[str, Row] = {
    "aria2": (
        lambda x, alpha, beta: (1 + mp.exp(-beta * x)) ** -alpha,
        [{"alpha": 0.7, "beta": 1.3}, {"alpha": 2.9, "beta": 0.3}],
    ),
    "eis": (
        lambda x, beta, gamma: x * softplus(x) / mp.sqrt(beta + gamma * x**2),
        [{"beta": 0.7, "gamma": 2.3}],
    ),
    "dsilu": (lambda x: sigma(x) * (1 + x * sigma(-x)), []),
    "elu_plus_one": (lambda x: x + 1 if x > 0 else mp.exp(x), []),
    "flatten_tswish": (
        lambda x, threshold: (x * sigma(x) if x > 0 else 0) + threshold,
        [{"threshold": 0.0}],
    ),
    "gelu_clip10": (lambda x: min(x * normal_cdf(x), mpf(10)), []),
    "serlu": (lambda x: mpf("1.07862") * (x if x > 0 else mpf("2.90427") * x * mp.exp(x)), []),
    "tanhsoft": (lambda x, alpha: mp.tanh(alpha * x) * softplus(x), [{"alpha": 0.3}]),
    "xielu": (
        xielu,
        [{"alpha_p": 0.25, "alpha_n": 0.5}, {"alpha_n": 0.3}, {"alpha_n": 1.7, "beta": 0.2}],
    ),
}


def rational(x: Any, top: list[Any], bottom: list[Any]) -> Any:
    return mp.polyval(top[::-1], x) / mp.polyval(bottom[::-1], x)


def dice(x: Any, alpha: Any, mean: Any, variance: Any, eps: Any) -> Any:
    p = sigma((x - mean) / mp.sqrt(variance + eps))
    return p * x + (1 - p) * alpha * x


TRAINABLE: dict[str, Row] = {
    "dice": (dice, [{"mean": 0.75, "variance": 2.3}]),
    "dynamic_tanh": (
        lambda x, alpha, weight, bias: weight * mp.tanh(alpha * x) + bias,
        [
            {"alpha": 1.3, "weight": -0.7, "bias": 0.3},
            {"alpha": 0.15, "weight": -0.54, "bias": 0.18},
        ],
    ),
    "pau": (
        lambda x, b2, b4, **a: rational(x, [a[f"a{n}"] for n in range(6)], [1, 0, b2, 0, b4]),
        [],
    ),
    "rational": (
        lambda x, a0, a1, a2, a3, b0, b2: rational(x, [a0, a1, a2, a3], [b0, 0, b2]),
        [{"a0": 0.0, "a2": 0.0}],
    ),
    "soft_exponential": (
        lambda x, alpha: mp.expm1(alpha * x) / alpha + alpha if alpha else x,
        [{"alpha": 0.7}, {"alpha": 1.0}, {"alpha": 0.001}],
    ),
}

NESTED: dict[str, Row] = {
    "cloglog": (lambda x: -mp.expm1(-mp.exp(min(x, 100))), []),
    "golu": (lambda x: x * mp.exp(-mp.exp(-max(x, -100))), []),
    "phish": (lambda x: x * mp.tanh(x * normal_cdf(x)), []),
    "symexp": (lambda x: mp.sign(x) * mp.expm1(abs(x)), []),
}

MORE: dict[str, Row] = {
    **NESTED,
    **SOFT,
    **RADIAL,
    **PERIODIC,
    **POLYNOMIAL,
    **PIECEWISE,
    **HALF_SOFT,
    **TRAINABLE,
}
