"""The usual way to write common activations and their derivatives in plain NumPy.

These are what people write by hand, with the accuracy that has: they are here
to be compared with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PLAIN"]


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _gelu_tanh(x: Any) -> Any:
    return x * (1 + np.tanh(np.sqrt(2 / np.pi).astype(x.dtype) * (x + 0.044715 * x**3))) / 2


def _gelu_tanh_slope(x: Any) -> Any:
    c = np.sqrt(2 / np.pi).astype(x.dtype)
    t = np.tanh(c * (x + 0.044715 * x**3))
    return (1 + t) / 2 + x * (1 - t * t) * c * (1 + 3 * 0.044715 * x * x) / 2


def _elu(x: Any) -> Any:
    return np.where(x > 0, x, np.exp(x) - 1)


def _selu(x: Any) -> Any:
    return _SCALE * np.where(x > 0, x, _ALPHA * (np.exp(x) - 1))


def _selu_slope(x: Any) -> Any:
    return _SCALE * np.where(x > 0, 1, _ALPHA * np.exp(x))


def _leaky(x: Any) -> Any:
    return np.where(x > 0, x, 0.01 * x)


def _mish_slope(x: Any) -> Any:
    t = np.tanh(np.log(1 + np.exp(x)))
    return t + x * (1 - t * t) * _sigmoid(x)


_SCALE: Final = 1.0507009873554805
_ALPHA: Final = 1.6732632423543772

#: record -> its value and its derivative, each a function of one array
PLAIN: Final[dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]]] = {
    "relu": (lambda x: np.maximum(x, 0), lambda x: (x > 0).astype(x.dtype)),
    "relu6": (
        lambda x: np.clip(x, 0, 6),
        lambda x: ((x > 0) & (x < 6)).astype(x.dtype),
    ),
    "leaky_relu": (
        _leaky,
        lambda x: np.where(x > 0, 1, 0.01).astype(x.dtype),
    ),
    "elu": (
        _elu,
        lambda x: np.where(x > 0, 1, np.exp(x)),
    ),
    "selu": (
        _selu,
        _selu_slope,
    ),
    "gelu_tanh": (_gelu_tanh, _gelu_tanh_slope),
    "silu": (
        lambda x: x * _sigmoid(x),
        lambda x: _sigmoid(x) * (1 + x * (1 - _sigmoid(x))),
    ),
    "mish": (lambda x: x * np.tanh(np.log(1 + np.exp(x))), _mish_slope),
    "softplus": (lambda x: np.log(1 + np.exp(x)), _sigmoid),
    "logsigmoid": (lambda x: np.log(_sigmoid(x)), lambda x: 1 - _sigmoid(x)),
    "sigmoid": (_sigmoid, lambda x: _sigmoid(x) * (1 - _sigmoid(x))),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "tanhshrink": (lambda x: x - np.tanh(x), lambda x: np.tanh(x) ** 2),
    "softsign": (lambda x: x / (1 + np.abs(x)), lambda x: 1 / (1 + np.abs(x)) ** 2),
    "hardswish": (
        lambda x: x * np.clip(x + 3, 0, 6) / 6,
        lambda x: np.where(x <= -3, 0, np.where(x < 3, (2 * x + 3) / 6, 1)).astype(x.dtype),
    ),
    "hardsigmoid": (
        lambda x: np.clip(x + 3, 0, 6) / 6,
        lambda x: (np.abs(x) < 3).astype(x.dtype) / 6,
    ),
    "squareplus": (
        lambda x: (x + np.sqrt(x * x + 4)) / 2,
        lambda x: (1 + x / np.sqrt(x * x + 4)) / 2,
    ),
}
