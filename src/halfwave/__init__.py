"""halfwave: see, choose, check and fix the activation functions of neural networks.

Importing this package brings in neither torch, JAX nor matplotlib: what needs
them is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # found by __getattr__ otherwise
    from halfwave import activations, nn
    from halfwave.metrics import log_metric
    from halfwave.run import watch

__all__ = ["__version__", "activations", "log_metric", "nn", "watch"]

__version__ = "0.1.0"

# public name -> the module that holds it; everything else is looked up in the catalogue
_HOMES = {
    "Run": "halfwave.run",
    "load_ipython_extension": "halfwave.integrations.jupyter",
    "log_metric": "halfwave.metrics",
    "unload_ipython_extension": "halfwave.integrations.jupyter",
    "watch": "halfwave.run",
}
_ROOMS = frozenset(
    {"activations", "diagnose", "integrations", "nn", "plotting", "recording", "report", "run"}
)


def __getattr__(name: str) -> Any:
    """Find a public name in the room that holds it, importing that room only now."""
    if name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    elif name in _ROOMS:
        value = import_module(f"halfwave.{name}")
    elif name.startswith("_"):
        raise AttributeError(f"module 'halfwave' has no attribute {name!r}")
    else:
        value = getattr(import_module("halfwave.activations"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    catalogue = import_module("halfwave.activations")
    return sorted({*globals(), *_HOMES, *_ROOMS, *catalogue.__all__})
