"""Errors of halfwave, torch, JAX, SciPy and plain NumPy against the tables made with mpmath."""

from __future__ import annotations

import sys
from pathlib import Path

import jax
import numpy as np
import scipy.special as sc
import torch

from halfwave.activations import all_activations
from halfwave.bench.named import named
from halfwave.bench.plain_numpy import PLAIN

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "activations"))

from activation_golden import load, near_roots  # noqa: E402 - found by the line above

jax.config.update("jax_enable_x64", True)

WHO = (
    "halfwave on NumPy",
    "halfwave on torch",
    "halfwave on JAX",
    "torch",
    "JAX",
    "SciPy",
    "NumPy",
)

#: what SciPy has: (value, derivative) by its special functions
SCIPY = {
    "sigmoid": (sc.expit, lambda x: sc.expit(x) * sc.expit(-x)),
    "logsigmoid": (sc.log_expit, lambda x: sc.expit(-x)),
    "softplus": (lambda x: -sc.log_expit(-x), sc.expit),
    "silu": (lambda x: x * sc.expit(x), lambda x: sc.expit(x) * (1 + x * sc.expit(-x))),
    "gelu": (
        lambda x: x * sc.ndtr(x),
        lambda x: sc.ndtr(x) + x * np.exp(-x * x / 2) / np.sqrt(2 * np.pi).astype(x.dtype),
    ),
    "erf": (sc.erf, lambda x: 2 / np.sqrt(np.pi).astype(x.dtype) * np.exp(-x * x)),
    "elu": (lambda x: np.where(x > 0, x, sc.expm1(x)), lambda x: np.where(x > 0, 1, np.exp(x))),
}


def measured():
    """Give the names of the records that somebody else has too, and that have a table."""
    for name, record in all_activations().items():
        others = named(record, "functional") or named(record, "jax") or PLAIN.get(name)
        if others and not record.mixes and (ROOT / f"tests/activations/golden/{name}.npz").exists():
            yield record


def errors(record, dtype, low=0.0, high=np.inf):
    """Return who -> (worst error of the value, of the derivative), in ULP of ``dtype``.

    Measured for low <= |x| <= high where the input and the exact result are normal numbers (or
    0), and away from roots other than 0. An error is inf where the result is lost: 0, infinite
    or nan where the exact one is a normal number, or the other way round.
    """
    table = load(record.name)[0]
    table = table.narrow() if dtype == "float32" else table
    x = table.x.astype(dtype)
    tiny = np.finfo(dtype).tiny
    inside = (np.abs(x) >= max(low, tiny)) & (np.abs(x) <= high) | (x == 0) & (low == 0)
    found = {}
    for who in WHO:
        pair = results(who, record, x)
        if pair is None:
            continue
        found[who] = tuple(
            worst(got, exact, inside & (near_roots(table.x, exact) == 0), dtype)
            for got, exact in zip(pair, (table.value, table.derivative), strict=True)
        )
    return found


def worst(got, exact, keep, dtype):
    """Return the largest error, in ULP; None where nothing was computed."""
    if got is None:
        return None
    true = exact.rounded
    info = np.finfo(dtype)
    size = np.abs(true)
    keep = keep & ~np.isnan(true) & ((size >= info.tiny) & (size <= info.max) | (true == 0))
    got = np.asarray(got, np.float64)[keep]
    lost = (got == 0) != (true[keep] == 0)
    lost |= ~np.isfinite(got)
    if lost.any():
        return np.inf
    return float(np.max(exact[keep].error(got, dtype), initial=0.0))


def results(who, record, x):
    """Return the value and the derivative that somebody computes; None who has no such function."""
    by, _, arrays = who.partition(" on ")
    with np.errstate(all="ignore"):
        if by == "halfwave":
            make = {"NumPy": np.asarray, "torch": torch.from_numpy, "JAX": jax.numpy.asarray}
            a = make[arrays](x)
            return np.asarray(record(a)), np.asarray(record.derivative(a))
        if by in {"SciPy", "NumPy"}:
            functions = (SCIPY if by == "SciPy" else PLAIN).get(record.name)
            return None if functions is None else tuple(f(x) for f in functions)
        function = named(record, {"torch": "functional", "JAX": "jax"}[by])
        if function is None:
            return None
        return of_torch(function, x) if by == "torch" else of_jax(function, x)


def of_torch(function, x):
    """Return value and derivative by autograd."""
    leaf = torch.tensor(x, requires_grad=True)
    y = function(leaf)
    slope = torch.autograd.grad(y.sum(), leaf)[0] if y.requires_grad else None
    return y.detach().numpy(), None if slope is None else slope.numpy()


def of_jax(function, x):
    """Return value and derivative by jax.grad."""
    a = jax.numpy.asarray(x)
    y, pull = jax.vjp(function, a)
    return np.asarray(y), np.asarray(pull(jax.numpy.ones_like(y))[0])
