"""All activations by name."""

from __future__ import annotations

import unicodedata
from difflib import SequenceMatcher
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any

from .homes import family_modules, homes
from .record import Activation

__all__ = ["UnknownActivationError", "all_activations", "get", "names"]


#: spellings asked for so far, and all of them once the whole catalogue is indexed
_spellings: dict[str, Activation] = {}


class UnknownActivationError(KeyError, AttributeError):
    """No activation has this name; the message has the three nearest ones."""

    def __str__(self) -> str:
        return str(self.args[0])


@cache
def all_activations() -> MappingProxyType[str, Activation]:
    """Every record by its name, in the order of the families' files."""
    found: dict[str, Activation] = {}
    for module in family_modules():
        found |= _records(module)
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
    found = _spellings.get(name)  # as it stands: torch.compile can trace this
    if found is None:
        key = _key(name)
        found = _one_family(key).get(key) or _index().get(key)
        if found is not None:
            _spellings[name] = found
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


@cache
def _index() -> dict[str, Activation]:
    """Every spelling without case and separators."""
    index: dict[str, Activation] = {}
    for record in all_activations().values():
        for spelling in (record.name, *record.aliases):
            other = index.setdefault(_key(spelling), record)
            if other is not record:
                raise ValueError(f"{spelling!r} names both {other.name} and {record.name}")
    _spellings.update(index)
    return index


def _one_family(key: str) -> dict[str, Activation]:
    """The records of the family that seems to hold this key, by key; the others stay unread."""
    home = next((module for name, module in homes().items() if _key(name) == key), None)
    if home is None:
        return {}
    return {
        _key(spelling): record
        for record in _records(home).values()
        for spelling in (record.name, *record.aliases)
    }


def _records(module: str) -> dict[str, Activation]:
    """Every record of a family's module by its name."""
    values = vars(import_module(module)).values()
    return {value.name: value for value in values if isinstance(value, Activation)}


def _key(name: str) -> str:
    """A name without case, separators and typographic forms (² becomes 2)."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(c for c in plain if c.isalnum())
