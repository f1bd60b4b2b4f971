"""Changes applied to a run without touching its source.

A remedy takes hold of a program through a `Host` once torch has been
imported: it swaps an activation, scales a learning rate, seeds a generator.
One remedy a file; `make` makes one from plain data, as an experiment sends it
to the process in which the program runs.

Importing this room imports neither torch nor NumPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from halfwave.remedies.protocol import Remedy

__all__ = ["REMEDIES", "make"]

#: name of a remedy -> the class that it is, in the module of that name
REMEDIES: Final = {
    "override_seeds": "OverrideSeeds",
    "swap_activation": "SwapActivation",
    "scale_learning_rate": "ScaleLearningRate",
}


def make(name: str, settings: Mapping[str, Any]) -> Remedy:
    """Make a remedy from its name and its settings, which are plain data (JSON).

    Raises
    ------
    LookupError
        If there is no such remedy.
    """
    if name not in REMEDIES:
        raise LookupError(f"no remedy is called {name!r}; there are {', '.join(REMEDIES)}")
    home = import_module(f"halfwave.remedies.{name}")
    return getattr(home, REMEDIES[name])(**settings)
