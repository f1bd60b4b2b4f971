"""Which file of ``families`` holds a name: read from the files' text, without running them.

The whole catalogue takes several times as long to import as NumPy's smallest
part; whoever wants one record should wait for its family alone. What is found
here is only where to look first: the record itself says what it is called.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Any

from . import families

__all__ = ["family_modules", "homes"]

# the lines of an ``Activation(...)`` at the left margin, as ruff format lays them out
_NAMES = re.compile(r'^    (?:name=(".+?"),$|aliases=\((.*?)\),$)', re.MULTILINE | re.DOTALL)
_STRING = re.compile(r'"(.*?)"')


def family_modules() -> list[str]:
    """The names of the families' modules, in alphabetical order."""
    found = sorted(module.name for module in iter_modules(families.__path__))
    return [f"{families.__name__}.{name}" for name in found]


@cache
def homes() -> MappingProxyType[str, str]:
    """Every name and alias that stands in a family's source, and that family's module."""
    found: dict[str, str] = {}
    for module in family_modules():
        for name, aliases in _NAMES.findall(_source(module)):
            for spelling in _STRING.findall(name or aliases):
                found.setdefault(spelling, module)
    return MappingProxyType(found)


def _source(module: str) -> str:
    """The text of a module; nothing where only its compiled form is installed."""
    spec = find_spec(module)
    loader: Any = spec.loader if spec is not None else None
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return ""
    try:
        return loader.get_data(spec.origin).decode()
    except (AttributeError, OSError, UnicodeDecodeError):  # an odd importer: then all is imported
        return ""
