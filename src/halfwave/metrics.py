"""Figures of a script's own: ``halfwave.log_metric("accuracy", 0.93)``."""

from __future__ import annotations

from typing import Any, Final

__all__ = ["log_metric", "logged"]

_MOST: Final = 100_000
_values: dict[str, list[float]] = {}


def log_metric(name: str, value: Any) -> None:
    """Tell halfwave a figure of a run, to be compared under ``halfwave compare``.

    It may be called as often as there is a new value: the last one is the run's.
    Outside of an experiment it does nothing that could be noticed.

    Parameters
    ----------
    name : str
        What it is: ``"accuracy"``.
    value : float
        A number, or a tensor or array of one; no text.

    Raises
    ------
    TypeError
        If `value` is no number, or `name` no text.

    Examples
    --------
    >>> log_metric("accuracy", 0.93)
    """
    if not isinstance(name, str) or not name:  # pyright: ignore[reportUnnecessaryIsInstance] - said at once
        raise TypeError(f"a metric's name is a text, not {name!r}")
    try:
        if isinstance(value, str | bytes | bytearray):  # float() would read a text
            raise TypeError  # noqa: TRY301 - told as the others
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"metric {name!r} must be a number, not {value!r}") from None
    values = _values.setdefault(name, [])
    if len(values) >= _MOST:  # the last value is what counts
        del values[: _MOST // 2]
    values.append(number)


def logged() -> dict[str, list[float]]:
    """Return all values that were logged in this process, by name."""
    return {name: list(values) for name, values in _values.items()}
