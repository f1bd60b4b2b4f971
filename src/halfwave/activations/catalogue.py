"""All activations by name."""

from __future__ import annotations

import unicodedata
from difflib import SequenceMatcher
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Any

from . import families
from .record import Activation

__all__ = ["UnknownActivationError", "all_activations", "get", "names"]


_spellings: dict[str, Activation] = {}


class UnknownActivationError(KeyError, AttributeError):
    """No activation has this name; the message has the three nearest ones."""

    def __str__(self) -> str:
        return str(self.args[0])


@cache
def all_activations() -> MappingProxyType[str, Activation]:
    """Every record by its name, in the order of the families' files."""
    found: dict[str, Activation] = {}
    for module in sorted(iter_modules(families.__path__), key=lambda m: m.name):
        for value in vars(import_module(f"{families.__name__}.{module.name}")).values():
            if isinstance(value, Activation):
                found[value.name] = value
    return MappingProxyType(found)


def names() -> tuple[str, ...]:
    """The name of every activation, without aliases, in alphabetical order."""
    return tuple(sorted(all_activations()))


def get(name: Any) -> Activation:
    """Return the activation of this name or alias; a record is returned as it is.

    Case, ``_``, ``-`` and spaces do not matter: ``"LeakyReLU"`` and
    ``"leaky relu"`` are both ``leaky_relu``.

    Raises
    ------
    UnknownActivationError
        (a KeyError and an AttributeError) with the three nearest names.
    TypeError
        If ``name`` is neither a string nor an activation.

    Examples
    --------
    >>> import halfwave as hw
    >>> hw.get("swish") is hw.silu
    True
    """
    if isinstance(name, Activation):
        return name
    if not isinstance(name, str):
        raise TypeError(f"an activation's name is a string, not {type(name).__name__} {name!r}")
    found = _index().get(_key(name))
    if found is None:
        near = ", ".join(repr(n) for n in nearest(name))
        raise UnknownActivationError(f"no activation is called {name!r}; the nearest are {near}")
    return found


def nearest(name: str, count: int = 3) -> list[str]:
    """The activations whose name or alias is most like this one."""
    key = _key(name)
    scores: dict[str, float] = {}
    for spelling, record in _index().items():
        score = SequenceMatcher(None, key, spelling).ratio()
        scores[record.name] = max(score, scores.get(record.name, 0.0))
    return sorted(scores, key=lambda n: (-scores[n], n))[:count]


def _index() -> dict[str, Activation]:
    """Every spelling without case and separators (a plain dict: torch.compile traces it)."""
    if not _spellings:
        index: dict[str, Activation] = {}
        for record in all_activations().values():
            for spelling in (record.name, *record.aliases):
                other = index.setdefault(_key(spelling), record)
                if other is not record:
                    raise ValueError(f"{spelling!r} names both {other.name} and {record.name}")
        _spellings.update(index)
    return _spellings


def _key(name: str) -> str:
    """A name without case, separators and typographic forms (² becomes 2)."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(c for c in plain if c.isalnum())
