"""The catalogue: every activation once, with its derivative and its properties.

    >>> import halfwave as hw
    >>> hw.relu(-2.0), hw.relu(3)
    (0.0, 3.0)

Every record is an attribute of this module, and of ``halfwave`` itself.
"""

from __future__ import annotations

from typing import Any

from .catalogue import UnknownActivationError, all_activations, get, names
from .gains import gain
from .parameters import Domain, Parameter
from .properties import Kink, Names, Paper, Properties, Range
from .record import Activation

__all__ = [
    "Activation",
    "Domain",
    "Kink",
    "Names",
    "Paper",
    "Parameter",
    "Properties",
    "Range",
    "UnknownActivationError",
    "all_activations",
    "gain",
    "get",
    "names",
]


def __getattr__(name: str) -> Any:
    """Find an activation by its name or alias."""
    if name.startswith("_"):
        raise AttributeError(f"module 'halfwave.activations' has no attribute {name!r}")
    return get(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *names()})
