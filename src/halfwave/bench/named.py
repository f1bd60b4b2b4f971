"""The function that a record's name elsewhere stands for, called as the record's defaults say."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfwave.activations import Activation

__all__ = ["named"]

#: functions whose own arguments are not those of the record, or that draw at random
_LEFT_OUT: Final = frozenset({"torch.nn.functional.gumbel_softmax"})


def named(record: Activation, library: str) -> Callable[[Any], Any] | None:
    """Return a library's function for a record, with the record's default parameters.

    Parameters
    ----------
    record
        The activation.
    library
        ``"functional"`` (torch) or ``"jax"``.

    Returns
    -------
    callable or None
        None where the library has none that can be called so.
    """
    path = record.names_elsewhere.get(library, "")
    name, _, written = path.partition("(")
    module, _, last = name.rpartition(".")
    if not module or name in _LEFT_OUT:
        return None
    try:
        function = getattr(import_module(module), last)
    except (ImportError, AttributeError):
        return None
    if name == "torch.nn.functional.prelu":  # takes its slope as a tensor only
        weight = record.defaults["weight"]
        return lambda x: function(x, x.new_full((1,), weight))
    options = _written(written)
    accepted = _arguments(function)
    for key, value in record.defaults.items():
        if key == "axis":
            options["dim" if library == "functional" else "axis"] = value
        elif key in accepted:
            options.setdefault(key, value)
    return lambda x: function(x, **options)


def _written(text: str) -> dict[str, Any]:
    """The arguments of ``gelu(approximate="tanh")``."""
    options: dict[str, Any] = {}
    for part in filter(None, text.rstrip(")").split(",")):
        key, _, value = part.partition("=")
        words = {"True": True, "False": False}
        options[key.strip()] = words.get(value.strip(), value.strip(" '\""))
    return options


def _arguments(function: Callable[..., Any]) -> set[str]:
    try:
        return set(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # a built-in function does not tell
        return _TOLD.get(getattr(function, "__name__", ""), set())


#: torch functions written in C++, with the arguments that our records have too
_TOLD: Final[dict[str, set[str]]] = {
    "softplus": {"beta"},
    "hardshrink": {"lambd"},
    "softshrink": {"lambd"},
}
