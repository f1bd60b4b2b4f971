"""Whom we are measured beside: a plain copy, and the same function of each library."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from halfwave.bench.named import named
from halfwave.bench.plain_numpy import PLAIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfwave.activations import Activation

__all__ = ["Contender", "contenders", "installed"]

#: dtypes measured with each library; NumPy has no bfloat16
_DTYPES: Final = {
    "numpy": ("float32",),
    "torch": ("float32", "bfloat16"),
    "jax": ("float32", "bfloat16"),
}


@dataclass(frozen=True)
class Contender:
    """Something to time, and the copy of the same array that its time is divided by."""

    who: str  # "halfwave", "hw.nn" (its torch module), or the library
    library: str  # whose arrays it takes
    dtype: str
    what: str  # "value" or "derivative"
    run: Callable[[], Any]
    copy: Callable[[], Any]


def installed() -> tuple[str, ...]:
    """Return the libraries of arrays that are there, none of them imported."""
    return tuple(name for name in _DTYPES if find_spec(name) is not None)


def contenders(record: Activation, library: str, elements: int) -> list[Contender]:
    """Return all that can be timed of one record with one library's arrays."""
    even = elements // 48 * 48  # for those that cut or group an axis
    numbers = np.random.default_rng(0).normal(size=(even // 48, 48)).astype(np.float32)
    make = {"numpy": _of_numpy, "torch": _of_torch, "jax": _of_jax}[library]
    return [c for dtype in _DTYPES[library] for c in make(record, numbers, dtype)]


def _of_numpy(record: Activation, numbers: Any, dtype: str) -> list[Contender]:
    x = numbers
    found = _pair(record, "numpy", dtype, x, x.copy)
    if record.name not in PLAIN:
        return found
    value, slope = PLAIN[record.name]
    return [
        *found,
        Contender("numpy", "numpy", dtype, "value", lambda: value(x), x.copy),
        Contender("numpy", "numpy", dtype, "derivative", lambda: slope(x), x.copy),
    ]


def _of_torch(record: Activation, numbers: Any, dtype: str) -> list[Contender]:
    import torch  # noqa: PLC0415 - imported in its own turn

    from halfwave.nn import module_for  # noqa: PLC0415 - imports torch

    x = torch.from_numpy(numbers).to(getattr(torch, dtype))
    found = _pair(record, "torch", dtype, x, x.clone)
    native = named(record, "functional")
    others: dict[str, Callable[[Any], Any]] = {"torch": native} if native else {}
    with suppress(TypeError):  # its class may have arguments without defaults
        options = {"dim": -1} if "axis" in record.defaults else {}
        others["hw.nn"] = module_for(record)(**options).to(x.dtype).eval()
    for who, function in others.items():
        leaf = x.clone().requires_grad_()
        y = function(leaf)
        if not y.requires_grad:
            continue
        backward = partial(torch.autograd.grad, y, leaf, torch.ones_like(y), retain_graph=True)
        found += [
            Contender(who, "torch", dtype, "value", partial(function, x), x.clone),
            Contender(who, "torch", dtype, "derivative", backward, x.clone),
        ]
    return found


def _of_jax(record: Activation, numbers: Any, dtype: str) -> list[Contender]:
    jax = import_module("jax")
    x = jax.numpy.asarray(numbers, dtype=dtype)
    wait: Callable[[Any], Any] = jax.block_until_ready

    def timed(function: Callable[[Any], Any]) -> Callable[[], Any]:
        compiled = jax.jit(function)
        return lambda: wait(compiled(x))

    def gradient(function: Callable[[Any], Any]) -> Callable[[], Any]:
        def total(a: Any) -> Any:
            return function(a).sum()

        return timed(jax.grad(total))

    copy = timed(jax.numpy.copy)
    found = [
        Contender("halfwave", "jax", dtype, "value", timed(record), copy),
        Contender("halfwave", "jax", dtype, "derivative", gradient(record), copy),
    ]
    native = named(record, "jax")
    if native is None:
        return found
    return [
        *found,
        Contender("jax", "jax", dtype, "value", timed(native), copy),
        Contender("jax", "jax", dtype, "derivative", gradient(native), copy),
    ]


def _pair(
    record: Activation,
    library: str,
    dtype: str,
    x: Any,
    copy: Callable[[], Any],
) -> list[Contender]:
    """Our own value and derivative; of one that mixes elements, its product with ones."""
    if record.mixes:
        y = record(x)
        upstream = y * 0 + 1
        slope = lambda: record.vjp(x, upstream)  # noqa: E731
    else:
        slope = lambda: record.derivative(x)  # noqa: E731
    return [
        Contender("halfwave", library, dtype, "value", lambda: record(x), copy),
        Contender("halfwave", library, dtype, "derivative", slope, copy),
    ]
