"""JAX arrays, traced or not: ``jit``, ``grad``, ``vmap``.

Differentiation takes the record's own derivative. float16 and bfloat16 are
computed in float32; float32 stays float32, since JAX has float64 only on
request.
"""

# ruff: noqa: D102 - the methods are described in base.py
from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from .base import Primitives
from .common import check_axis, evaluate, evaluate_derivative, evaluate_vjp, refuse_dtype

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfwave.activations.record import Activation

__all__ = ["JaxPrimitives", "derivative", "value", "vjp"]


class JaxPrimitives(Primitives, namespace=jnp):
    """JAX's own functions at one working precision."""

    def __init__(self, dtype: Any) -> None:
        self._dtype = dtype
        wide = dtype == np.float64
        self.bits = 53 if wide else 24
        self.deep = 600.0 if wide else 70.0
        self.far = 1e90 if wide else 1e9
        self._tiny = float(np.finfo(dtype).tiny) * 2.0 ** (self.bits // 2 + 2)
        self.expm1 = self._expm1
        self.log1p = self._log1p
        self.tanh = self._tanh

    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        return jnp.where(condition, yes, no)

    def minimum(self, x: Any, y: Any) -> Any:
        return jnp.minimum(x, y)

    def maximum(self, x: Any, y: Any) -> Any:
        return jnp.maximum(x, y)

    def _expm1(self, x: Any) -> Any:
        # JAX's own is up to 5 units in the last place off near 0
        near = jnp.clip(x, -1.0, 1.0)
        series = 1.0
        for n in range(21 if self.bits == 53 else 13, 1, -1):
            series = 1.0 + series * near / n
        return jnp.where(jnp.abs(x) < 1.0, near * series, jnp.exp(x) - 1.0)

    def _log1p(self, x: Any) -> Any:
        # JAX's own is over a hundred units in the last place off near 1 − √2 in float64
        left = x < -0.25
        low = jnp.where(left, x, -0.25)
        total = self.rounded(1.0 + low)
        return jnp.where(left, jnp.log(total) * (low / (total - 1.0)), jnp.log1p(x))

    def _tanh(self, x: Any) -> Any:
        # JAX's own is up to 6 units in the last place off
        square = jnp.minimum(x * x, 0.3)
        c = 15.0
        for odd in range(13, -1, -2):  # Lambert's continued fraction
            c = odd + square / c
        z = jnp.exp(-2.0 * jnp.abs(x))
        far = (1.0 - z) / (1.0 + z)
        return jnp.where(x * x < 0.3, x / c, jnp.where(x < 0, -far, far))

    def full_like(self, x: Any, value: float) -> Any:
        return jnp.full_like(x, value)

    def split(self, x: Any) -> Any:
        # XLA may rearrange Veltkamp's sums, but not this
        return jax.lax.reduce_precision(x, 11 if self.bits == 53 else 8, self.bits // 2 - 1)

    def two_product(self, a: Any, b: Any) -> tuple[Any, Any]:
        # the halves of the smallest normal numbers are subnormal, and so 0 on a CPU
        plain = a * b
        least = jnp.minimum(jnp.minimum(jnp.abs(a), jnp.abs(b)), jnp.abs(plain))
        product, error = super().two_product(a, b)
        small = least < self._tiny
        return jnp.where(small, plain, product), jnp.where(small, 0.0, error)

    def rounded(self, x: Any) -> Any:
        # XLA folds the constants of (1 + a) − 1
        return jax.lax.reduce_precision(x, 11 if self.bits == 53 else 8, self.bits - 1)

    def sum(self, x: Any, axis: int) -> Any:
        return jnp.sum(x, axis=axis, keepdims=True)

    def max(self, x: Any, axis: int) -> Any:
        if x.shape[axis] == 0:
            return self.sum(x, axis)  # nothing comes of it
        return jnp.max(x, axis=axis, keepdims=True)

    def sort(self, x: Any, axis: int) -> Any:
        return jnp.sort(x, axis=axis)

    def cumsum(self, x: Any, axis: int) -> Any:
        return jnp.cumsum(x, axis=axis)

    def concat(self, parts: list[Any], axis: int) -> Any:
        return jnp.concatenate(parts, axis=axis)

    def reshape(self, x: Any, shape: tuple[int, ...]) -> Any:
        return jnp.reshape(x, shape)

    def arange_like(self, x: Any, axis: int) -> Any:
        shape = [1] * x.ndim
        shape[axis] = x.shape[axis]
        return jnp.arange(1, x.shape[axis] + 1, dtype=self._dtype).reshape(shape)


def value(record: Activation, x: Any, parameters: dict[str, Any]) -> Any:
    """Return f(x); JAX differentiates it by the record's derivative."""
    x = _floating(record, x)
    check_axis(record, x.shape, parameters)
    names, arrays, numbers = _separate(parameters)
    return _function(record, numbers, names)(x, *arrays)


def derivative(
    record: Activation, x: Any, at_kink: float | None, parameters: dict[str, Any]
) -> Any:
    """Return f′(x), itself differentiable."""
    x = _floating(record, x)
    names, arrays, numbers = _separate(parameters)
    return _derivative_function(record, at_kink, numbers, names)(x, *arrays)


def vjp(record: Activation, x: Any, g: Any, parameters: dict[str, Any]) -> Any:
    """Return ``g`` carried back through f at ``x``."""
    x = _floating(record, x)
    check_axis(record, x.shape, parameters)
    m, (a, upstream), p = _working(parameters, x, jnp.asarray(g))
    return evaluate_vjp(record, m, a, upstream, p).astype(x.dtype)


@lru_cache(maxsize=1024)
def _function(
    record: Activation, numbers: tuple[tuple[str, Any], ...], names: tuple[str, ...]
) -> Callable[..., Any]:
    """Return f with its numbers fixed, arrays as arguments, and its derivative attached."""

    def plain(x: Any, *arrays: Any) -> Any:
        parameters = {**dict(numbers), **dict(zip(names, arrays, strict=True))}
        m, (a,), p = _working(parameters, x)
        return jnp.asarray(evaluate(record, m, a, p)).astype(x.dtype)

    if record.mixes:  # the Jacobian by JAX itself, in both directions
        return jax.jit(plain)

    function = jax.custom_jvp(plain)

    @function.defjvp
    def rule(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
        x, *arrays = primals
        change = tangents[0] * _derivative_function(record, None, numbers, names)(x, *arrays)
        if names:

            def of_arrays(*values: Any) -> Any:
                return plain(x, *values)

            change = change + jax.jvp(of_arrays, tuple(arrays), tuple(tangents[1:]))[1]
        return function(*primals), change

    return jax.jit(function)


@lru_cache(maxsize=1024)
def _derivative_function(
    record: Activation,
    at_kink: float | None,
    numbers: tuple[tuple[str, Any], ...],
    names: tuple[str, ...],
) -> Callable[..., Any]:
    """Return f′ with its numbers fixed and arrays as arguments."""

    def plain(x: Any, *arrays: Any) -> Any:
        parameters = {**dict(numbers), **dict(zip(names, arrays, strict=True))}
        m, (a,), p = _working(parameters, x)
        return jnp.asarray(evaluate_derivative(record, m, a, at_kink, p)).astype(x.dtype)

    return jax.jit(plain)


def _floating(record: Activation, x: Any) -> Any:
    """The input; integers become JAX's default float."""
    if jnp.issubdtype(x.dtype, jnp.integer):
        return x.astype(jnp.result_type(float))
    if not jnp.issubdtype(x.dtype, jnp.floating):
        raise refuse_dtype(record, x.dtype)
    return x


def _working(
    parameters: dict[str, Any], x: Any, *others: Any
) -> tuple[JaxPrimitives, tuple[Any, ...], dict[str, Any]]:
    """Primitives, arrays and parameters at the working precision."""
    dtype = np.dtype(np.float64 if x.dtype == np.float64 else np.float32)
    arrays = tuple(a.astype(dtype) for a in (x, *others))
    p = {k: v.astype(dtype) if hasattr(v, "dtype") else v for k, v in parameters.items()}
    return JaxPrimitives(dtype), arrays, p


def _separate(
    parameters: dict[str, Any],
) -> tuple[tuple[str, ...], tuple[Any, ...], tuple[tuple[str, Any], ...]]:
    """Array parameters (which may want gradients) apart from numbers."""
    names = tuple(k for k, v in parameters.items() if hasattr(v, "dtype"))
    arrays = tuple(jnp.asarray(parameters[k]) for k in names)
    numbers = tuple((k, v) for k, v in parameters.items() if not hasattr(v, "dtype"))
    return names, arrays, numbers
