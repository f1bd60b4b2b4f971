"""The identity."""

from __future__ import annotations

import math
from typing import Any

from halfwave.activations.properties import Names, Range
from halfwave.activations.record import Activation

__all__ = ["identity"]


def _identity(m: Any, x: Any) -> Any:  # noqa: ARG001 - the record's signature
    return x


def _identity_derivative(m: Any, x: Any) -> Any:
    return m.full_like(x, 1.0)


identity = Activation(
    name="identity",
    aliases=("linear",),
    family="linear",
    summary="Returns its input.",
    f=_identity,
    df=_identity_derivative,
    formula="x",
    derivative_formula="1",
    range=Range(-math.inf, math.inf),
    monotonic="increasing",
    lipschitz=1.0,
    zero_centred=True,
    exact=True,
    elsewhere=Names(
        torch="torch.nn.Identity",
        jax="jax.nn.identity",
        keras="linear",
        onnx="Identity",
        transformers="linear",
    ),
    use="The output of a regression, and a stand-in where an activation is expected.",
    pitfalls="Layers with nothing between them are together no more than one layer.",
)
