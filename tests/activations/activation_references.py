"""The activations once more, in mpmath: one row each, as plainly as they are defined.

A row is ``name: (function of x and the parameters, extra parameter sets)``. The default
parameters are always tested; the extra sets are tested as well. Parameters arrive as mpf.
``golden/make.py`` turns the rows into tables.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from activation_references_more import MORE
from mpmath import mp, mpf

Row = tuple[Callable[..., Any], list[dict[str, float]]]


def sigma(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def softplus(x: Any) -> Any:
    return mp.log(1 + mp.exp(x))


def normal_cdf(x: Any) -> Any:
    if abs(x) > 1000:  # the tail is below 1e-200000, and mpmath's erfc gives up on 1e300
        return mpf(x > 0)
    return mp.erfc(-x / mp.sqrt(2)) / 2


def erf(x: Any) -> Any:
    return mp.sign(x) if abs(x) > 1000 else mp.erf(x)


def gelu_tanh(x: Any) -> Any:
    u = mp.sqrt(2 / mp.pi) * (x + mpf("0.044715") * x**3)
    return x / (1 + mp.exp(-2 * u))


def selu(x: Any) -> Any:
    alpha = mpf("1.6732632423543772848170429916717")
    scale = mpf("1.0507009873554804934193349852946")
    return scale * (x if x > 0 else alpha * mp.expm1(x))


def srelu(x: Any, left: Any, left_slope: Any, right: Any, right_slope: Any) -> Any:
    if x >= right:
        return right + right_slope * (x - right)
    return left + left_slope * (x - left) if x <= left else x


REFERENCES: dict[str, Row] = {
    "arctan": (mp.atan, []),
    "bent_identity": (lambda x: (mp.sqrt(x**2 + 1) - 1) / 2 + x, []),
    "bipolar_sigmoid": (lambda x: (1 - mp.exp(-x)) / (1 + mp.exp(-x)), []),
    "elish": (lambda x: sigma(x) * (x if x > 0 else mp.expm1(x)), []),
    "erf": (erf, []),
    "eswish": (lambda x, beta: beta * x * sigma(x), [{"beta": 1.7}]),
    "exponential": (mp.exp, []),
    "gudermannian": (lambda x: 2 * mp.atan(mp.tanh(x / 2)), []),
    "hard_elish": (
        lambda x: min(max((x + 1) / 2, 0), 1) * (x if x > 0 else mp.expm1(x)),
        [],
    ),
    "isrlu": (
        lambda x, alpha: x if x > 0 else x / mp.sqrt(1 + alpha * x**2),
        [{"alpha": 3.1}],
    ),
    "isru": (lambda x, alpha: x / mp.sqrt(1 + alpha * x**2), [{"alpha": 3.1}]),
    "laplace": (
        lambda x, mu, sigma: normal_cdf((x - mu) / sigma),
        [{"mu": 0.0, "sigma": 1.3}],
    ),
    "lisht": (lambda x: x * mp.tanh(x), []),
    "logish": (lambda x: x * mp.log(1 + sigma(x)), []),
    "mpelu": (
        lambda x, alpha, beta: x if x > 0 else alpha * mp.expm1(beta * x),
        [{"alpha": 0.25, "beta": 1.7}],
    ),
    "pelu": (
        lambda x, alpha, beta: x * alpha / beta if x > 0 else alpha * mp.expm1(x / beta),
        [{"alpha": 0.25, "beta": 1.7}],
    ),
    "quick_gelu": (lambda x: x * sigma(mpf(1.702) * x), []),
    "scaled_tanh": (lambda x, scale, slope: scale * mp.tanh(slope * x), [{"slope": 1.1}]),
    "serf": (lambda x: x * erf(softplus(x)), []),
    "shifted_softplus": (lambda x: mp.log((1 + mp.exp(x)) / 2), []),
    "smish": (lambda x: x * mp.tanh(mp.log(1 + sigma(x))), []),
    "sqrt_softplus": (lambda x: mp.sqrt(softplus(x)), []),
    "squareplus": (lambda x, b: (x + mp.sqrt(x**2 + b)) / 2, [{"b": 0.3}]),
    "swish_beta": (lambda x, beta: x * sigma(beta * x), [{"beta": 3.3}, {"beta": 0.2}]),
    "tanhexp": (lambda x: x if x > 20 else x * mp.tanh(mp.exp(x)), []),  # 1 − 1e-400000000
    "absolute": (abs, []),
    "binary_step": (lambda x, threshold: mpf(x > threshold), [{"threshold": 1.5}]),
    "flexible_relu": (lambda x, bias: max(x, mpf(0)) + bias, [{"bias": 0.0}]),
    "hard_mish": (lambda x: x / 2 * min(max(x + 2, 0), 2), []),
    "natural_log_relu": (lambda x, beta: mp.log(1 + beta * max(x, mpf(0))), [{"beta": 0.3}]),
    "relu_n": (lambda x, n: min(max(x, mpf(0)), n), [{"n": 0.3}]),
    "shifted_relu": (lambda x, shift: max(x, -shift), [{"shift": -0.1}]),
    "sparse_plus": (lambda x: x if x > 1 else (x + 1) ** 2 / 4 if x > -1 else mpf(0), []),
    "sparse_sigmoid": (lambda x: min(max((x + 1) / 2, 0), 1), []),
    "square_nonlinearity": (
        lambda x: mp.sign(x) if abs(x) > 2 else x - x * abs(x) / 4,
        [],
    ),
    "squared_relu": (lambda x: max(x, mpf(0)) ** 2, []),
    "srelu": (srelu, [{"left": -1.5, "left_slope": 0.1, "right": 2.5, "right_slope": 3.0}]),
    "star_relu": (lambda x, scale, bias: scale * max(x, mpf(0)) ** 2 + bias, [{"bias": 0.0}]),
    "celu": (
        lambda x, alpha: x if x > 0 else alpha * mp.expm1(x / alpha),
        [{"alpha": 2.3}, {"alpha": 0.1}],
    ),
    "elu": (lambda x, alpha: x if x > 0 else alpha * mp.expm1(x), [{"alpha": 0.3}]),
    "gelu": (lambda x: x * normal_cdf(x), []),
    "gelu_tanh": (gelu_tanh, []),
    "hardshrink": (lambda x, lambd: x if abs(x) > lambd else mpf(0), [{"lambd": 0.1}]),
    "hardsigmoid": (lambda x: min(max(x + 3, 0), 6) / 6, []),
    "hardswish": (lambda x: x * min(max(x + 3, 0), 6) / 6, []),
    "hardtanh": (
        lambda x, min_val, max_val: min(max(x, min_val), max_val),
        [{"min_val": -0.3, "max_val": 2.7}],
    ),
    "identity": (lambda x: x, []),
    "leaky_relu": (
        lambda x, negative_slope: x if x > 0 else negative_slope * x,
        [{"negative_slope": 0.2}, {"negative_slope": -0.5}],
    ),
    "logsigmoid": (lambda x: -softplus(-x), []),
    "mish": (lambda x: x * mp.tanh(softplus(x)), []),
    "prelu": (lambda x, weight: x if x > 0 else weight * x, [{"weight": 1.7}]),
    "relu": (lambda x: max(x, mpf(0)), []),
    "relu6": (lambda x: min(max(x, mpf(0)), mpf(6)), []),
    "rrelu": (
        lambda x, lower, upper: x if x > 0 else (lower + upper) / 2 * x,
        [{"lower": 0.25, "upper": 0.5}],
    ),
    "selu": (selu, []),
    "sigmoid": (sigma, []),
    "silu": (lambda x: x * sigma(x), []),
    "softplus": (
        lambda x, beta: softplus(beta * x) / beta,
        [{"beta": 2.5}, {"beta": 0.1}],
    ),
    "softshrink": (
        lambda x, lambd: x - lambd if x > lambd else x + lambd if x < -lambd else mpf(0),
        [{"lambd": 0.1}],
    ),
    "softsign": (lambda x: x / (1 + abs(x)), []),
    "tanh": (mp.tanh, []),
    "tanhshrink": (lambda x: x - mp.tanh(x), []),
    "threshold": (
        lambda x, threshold, value: x if x > threshold else value,
        [{"threshold": 0.1, "value": 20.0}],
    ),
}

REFERENCES |= MORE
