"""torch modules for the catalogue: one class for every activation.

    >>> import halfwave as hw
    >>> hw.nn.LeakyReLU(0.2), hw.nn.SquaredReLU()
    (LeakyReLU(negative_slope=0.2), SquaredReLU())

Where torch has a module of that name ours is a subclass of it: the same
arguments, state and kernel, and ``accurate=True`` for the catalogue's values.
"""

from __future__ import annotations

from typing import Any

from halfwave.nn._catalogue import modules, names
from halfwave.nn._module import ActivationModule
from halfwave.nn.initialise import Initialised, init_

__all__ = ["ActivationModule", "Initialised", "accurate", "init_", "module_for"]
__all__ += sorted(modules)  # noqa: PLE0605 # pyright: ignore[reportUnsupportedDunderAll] - one class a record

globals().update(modules)

from halfwave.nn import accurate  # noqa: E402 - its classes are made from those above


def module_for(name: Any) -> Any:
    """Return the class of an activation, by its name, alias or record.

    Examples
    --------
    >>> module_for("swish")()
    SiLU()
    """
    from halfwave.activations import get  # noqa: PLC0415

    return names[get(name).name]


def __getattr__(name: str) -> Any:
    """Refuse an unknown class with the names that are nearest."""
    if name.startswith("_"):
        raise AttributeError(f"module 'halfwave.nn' has no attribute {name!r}")
    from difflib import get_close_matches  # noqa: PLC0415 - only when something is wrong

    lower = {known.lower(): known for known in __all__}
    near = [lower[n] for n in get_close_matches(name.lower(), lower, 3, 0.3)]
    raise AttributeError(f"halfwave.nn has no {name!r}; the nearest are {', '.join(near)}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
