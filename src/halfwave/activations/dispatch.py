"""Find the caller's kind of array without importing any framework.

Each file of ``backends`` has the same three functions: ``value``,
``derivative`` and ``vjp``. A framework that the caller has not imported
cannot have made the caller's array, so ``sys.modules`` is asked first.
"""

from __future__ import annotations

import sys
from array import array
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .backends import numpy_

if TYPE_CHECKING:
    from .record import Activation

__all__ = ["apply", "apply_derivative", "apply_vjp"]


#: what to do with an input that is no real number
_ADVICE: Final = {
    complex: "apply it to x.real and x.imag, or to abs(x)",
    str: "convert it first, as with float(x)",
    type(None): "x is missing",
}


def apply(record: Activation, x: Any, out: Any, parameters: dict[str, Any]) -> Any:
    """Return f(x) for any kind of input."""
    backend = _backend(record, x)
    if out is None:
        return backend.value(record, x, parameters)
    if backend is not numpy_:
        raise TypeError(f"{record.name}: out= is for NumPy arrays; x is a {_kind(x)}")
    return numpy_.value_into(record, x, out, parameters)


def apply_derivative(
    record: Activation, x: Any, at_kink: float | None, parameters: dict[str, Any]
) -> Any:
    """Return f′(x) for any kind of input."""
    return _backend(record, x).derivative(record, x, at_kink, parameters)


def apply_vjp(record: Activation, x: Any, g: Any, parameters: dict[str, Any]) -> Any:
    """Return g · f′(x), or g times the Jacobian matrix, for any kind of input."""
    return _backend(record, x).vjp(record, x, g, parameters)


def _backend(record: Activation, x: Any) -> Any:
    """The backend module that knows this kind of input, imported when first needed."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(x, torch.Tensor):
        from .backends import torch_  # noqa: PLC0415 - imports torch

        return torch_
    if isinstance(x, (np.ndarray, np.generic, int, float)):
        return numpy_
    jax = sys.modules.get("jax")
    if jax is not None and isinstance(x, jax.Array):
        from .backends import jax_  # noqa: PLC0415 - imports jax

        return jax_
    if hasattr(x, "__array_namespace__"):
        from .backends import array_api  # noqa: PLC0415 - rarely needed

        return array_api
    if isinstance(x, (list, tuple, range, memoryview, bytearray, array)):
        raise TypeError(
            f"{record.name} takes a number or an array, not a {_kind(x)}:"
            " make an array of it first, as with numpy.asarray(x)"
        )
    advice = _ADVICE.get(type(x), "convert it first, as with float(x)")
    raise TypeError(
        f"{record.name} takes a real number or an array of them, not a {_kind(x)}: {advice}"
    )


def _kind(x: Any) -> str:
    return f"{type(x).__module__}.{type(x).__qualname__}".removeprefix("builtins.")
