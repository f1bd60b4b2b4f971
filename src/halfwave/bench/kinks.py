"""What torch and JAX return as the derivative at a kink, found out by asking them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from halfwave.bench.named import named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from halfwave.activations import Activation

__all__ = ["AtKink", "at_kinks"]


@dataclass(frozen=True)
class AtKink:
    """The derivatives at one kink; None where a library has no such function."""

    name: str
    at: float
    ours: float
    torch: float | None
    jax: float | None
    why: str


def at_kinks(records: Iterable[Activation] | None) -> Iterator[AtKink]:
    """Measure every kink of these records, or of expressions of elementary functions.

    Parameters
    ----------
    records
        The records; None for the expressions ``max(x, 0)``, ``clip(x, 0, 6)`` and
        ``abs(x)`` as torch and JAX have them.
    """
    if records is None:
        yield from _expressions()
        return
    for record in records:
        torch, jax = named(record, "functional"), named(record, "jax")
        for kink in record.properties.kinks:
            yield AtKink(
                record.name,
                kink.at,
                kink.returns,
                None if torch is None else _torch_slope(torch, kink.at),
                None if jax is None else _jax_slope(jax, kink.at),
                kink.why,
            )


def _expressions() -> Iterator[AtKink]:
    import jax.numpy as jnp  # noqa: PLC0415 - only measured with it
    import torch  # noqa: PLC0415

    rows: tuple[tuple[str, Callable[[Any], Any], Callable[[Any], Any], tuple[float, ...]], ...]
    rows = (
        (
            "maximum(x, 0)",
            lambda x: torch.maximum(x, torch.zeros_like(x)),
            lambda x: jnp.maximum(x, 0),
            (0.0,),
        ),
        ("clip(x, 0, 6)", lambda x: torch.clip(x, 0, 6), lambda x: jnp.clip(x, 0, 6), (0.0, 6.0)),
        ("abs(x)", torch.abs, jnp.abs, (0.0,)),
        (
            "where(x > 0, x, 0)",
            lambda x: torch.where(x > 0, x, 0.0),
            lambda x: jnp.where(x > 0, x, 0.0),
            (0.0,),
        ),
    )
    for name, of_torch, of_jax, places in rows:
        for at in places:
            yield AtKink(name, at, 0.0, _torch_slope(of_torch, at), _jax_slope(of_jax, at), "")


def _torch_slope(function: Callable[[Any], Any], at: float) -> float | None:
    import torch  # noqa: PLC0415 - only measured with it

    x = torch.tensor([at], dtype=torch.float64, requires_grad=True)
    y = function(x)
    if not y.requires_grad:
        return None
    return float(torch.autograd.grad(y.sum(), x)[0])


def _jax_slope(function: Callable[[Any], Any], at: float) -> float | None:
    import jax  # noqa: PLC0415 - only measured with it

    def total(x: Any) -> Any:
        return function(x).sum()

    return float(jax.grad(total)(jax.numpy.asarray([at], "float32"))[0])
