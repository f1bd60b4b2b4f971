"""Modules of ``halfwave.nn``: their formula is drawn, and their page is one click away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["setup"]

_FORMULA = re.compile(r"The activation ``(\w+)`` of the catalogue: ``(.*)``\.$")
_LINKED = r"The activation :doc:`\1 </activations/\1>` of the catalogue:\n\n.. math:: \2"


def setup(app: Sphinx) -> dict[str, Any]:
    """Change the sentence that every such docstring has."""
    app.connect("autodoc-process-docstring", _draw, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _draw(_app: Sphinx, what: str, name: str, _obj: Any, _options: Any, lines: list[str]) -> None:
    if what == "class" and name.startswith("halfwave.nn."):
        lines[:] = [part for line in lines for part in _FORMULA.sub(_LINKED, line).split("\n")]
