"""What every backend does in the same way, on arrays of the working precision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from halfwave.activations.record import Activation

    from .base import Primitives

__all__ = ["check_axis", "evaluate", "evaluate_derivative", "evaluate_vjp", "refuse_dtype"]


def evaluate(record: Activation, m: Primitives, x: Any, parameters: dict[str, Any]) -> Any:
    """Return f(x); what is not a number stays so."""
    y = record.f(m, x, **parameters)
    return y if record.mixes else m.where(x == x, y, x)  # noqa: PLR0124 - false for nan


def evaluate_derivative(
    record: Activation,
    m: Primitives,
    x: Any,
    at_kink: float | None,
    parameters: dict[str, Any],
) -> Any:
    """Return f′(x), with the caller's choice at the kinks; what is not a number stays so."""
    assert record.df is not None  # noqa: S101 - Activation.derivative has refused the others
    d = record.df(m, x, **parameters)
    if at_kink is not None:
        for kink in _kinks(record, parameters):
            d = m.where(x == kink.at, float(at_kink), d)
    return m.where(x == x, d, x)  # noqa: PLR0124 - false for nan


def _kinks(record: Activation, parameters: dict[str, Any]) -> Any:
    """The kinks; of an array in a parameter's place there may be no telling."""
    try:
        return record.kinks_at(**parameters)
    except (TypeError, ValueError, RuntimeError):
        arrays = [k for k, v in parameters.items() if getattr(v, "ndim", 0)]
        if not arrays:
            raise
        raise TypeError(
            f"{record.name}: at_kink= needs a number as {arrays[0]}, not an array, whose elements"
            " need not have the same kinks"
        ) from None


def evaluate_vjp(
    record: Activation, m: Primitives, x: Any, g: Any, parameters: dict[str, Any]
) -> Any:
    """Return the upstream gradient carried back through f."""
    if record.vjp_of is not None:
        return record.vjp_of(m, x, g, **parameters)
    return g * evaluate_derivative(record, m, x, None, parameters)


def check_axis(record: Activation, shape: Any, parameters: dict[str, Any]) -> None:
    """Raise ValueError for an axis that the input has not."""
    axis = parameters.get("axis")
    if axis is None:
        return
    if len(shape) == 0:
        raise ValueError(f"{record.name} needs {record.needs}; x is a single number")
    if not -len(shape) <= axis < len(shape):
        raise ValueError(f"{record.name}: axis={axis} is outside x, whose shape is {tuple(shape)}")


def refuse_dtype(record: Activation, dtype: Any) -> TypeError:
    """The error for an array of complex numbers, strings or booleans."""
    kind = str(dtype)
    if "complex" in kind:
        advice = "apply it to x.real and x.imag, or to abs(x)"
    elif "bool" in kind or "object" in kind:
        advice = "convert it first, as with x.astype(float) or x.to(torch.float32)"
    elif "float" in kind:
        advice = "float64 is the widest that it knows"
    else:
        advice = "make numbers of it first"
    return TypeError(f"{record.name} takes real numbers, not an array of {dtype}: {advice}")
