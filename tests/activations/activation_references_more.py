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

MORE: dict[str, Row] = {**SOFT}
