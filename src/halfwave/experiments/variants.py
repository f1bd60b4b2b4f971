"""The activations to compare, and the sites at which they are put."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from halfwave.activations import UnknownActivationError, get

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["ExperimentError", "Variant", "choose_sites", "read_variants", "targets_of"]

_NAMES: Final = 6
#: They share out a whole among elements: no neuron's activation, unless the user says so.
_SHARES: Final = frozenset({"softmax", "log_softmax", "softmin", "gumbel_softmax"})


class ExperimentError(Exception):
    """What is asked for cannot be done; the message is one clear line."""


@dataclass(frozen=True, slots=True)
class Variant:
    """An activation with its parameters."""

    activation: str
    parameters: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def label(self) -> str:
        """As it is written on the command line: ``leaky_relu:negative_slope=0.1``."""
        settings = ",".join(f"{name}={value}" for name, value in self.parameters.items())
        return f"{self.activation}:{settings}" if settings else self.activation

    def is_at(self, site: Mapping[str, Any]) -> bool:
        """Whether a site applies this very activation already."""
        record = get(self.activation)
        if site["activation"] != record.name:
            return False
        known = {p.name for p in record.parameters}
        given = {key: value for key, value in site["parameters"].items() if key in known}
        try:
            return record.resolve(given) == record.resolve(self.parameters)
        except (TypeError, ValueError):
            return False


def read_variants(texts: Sequence[str]) -> list[Variant]:
    """Read ``relu,leaky_relu:negative_slope=0.1,gelu``.

    Raises
    ------
    ExperimentError
        For an unknown activation, or parameters that it does not take.
    """
    found: dict[str, Variant] = {}
    for text in texts:
        for words in _pieces(text):
            variant = _read(words)
            found.setdefault(variant.label, variant)
    if not found:
        raise ExperimentError("--with names no activation: --with leaky_relu,gelu")
    return list(found.values())


def _pieces(text: str) -> list[str]:
    """Split at the commas that do not stand between an activation's parameters."""
    pieces: list[str] = []
    for part in (piece.strip() for piece in text.split(",")):
        name = part.partition("=")[0]
        if "=" in part and ":" not in name and pieces and ":" in pieces[-1]:
            pieces[-1] += f",{part}"
        elif part:
            pieces.append(part)
    return pieces


def _read(words: str) -> Variant:
    name, _, settings = words.partition(":")
    try:
        record = get(name.strip())
        given = dict(_setting(record.name, part) for part in settings.split(",") if part.strip())
        record.resolve(given)
    except (UnknownActivationError, TypeError, ValueError) as error:
        raise ExperimentError(f"--with {words!r}: {error}") from None
    return Variant(record.name, given)


def _setting(owner: str, part: str) -> tuple[str, Any]:
    name, sign, text = (piece.strip() for piece in part.partition("="))
    if not sign or not name or not text:
        raise ExperimentError(f"--with: {part!r} is not a parameter: write {owner}:name=value")
    if text.lower() in {"true", "false"}:
        return name, text.lower() == "true"
    for kind in (int, float):
        try:
            return name, kind(text)
        except ValueError:
            continue
    raise ExperimentError(f"--with: {owner}: {name}={text!r} is not a number")


def choose_sites(
    sites: Sequence[dict[str, Any]], patterns: Sequence[str], script: str
) -> list[dict[str, Any]]:
    """Return the sites to be swapped: the hidden ones, or those that a pattern names.

    Raises
    ------
    ExperimentError
        If there are none, or a pattern matches none.
    """
    known = [site for site in sites if site.get("target")]
    if not known:
        what = "activation that can be swapped" if sites else "activation"
        raise ExperimentError(f"no {what} was seen in the first steps of {script}")
    if not patterns:
        hidden = [s for s in known if s["role"] == "hidden" and s["activation"] not in _SHARES]
        if not hidden:
            raise ExperimentError(
                f"{script} has no hidden activation; name others with --at: {_listed(known)}"
            )
        return hidden
    chosen: dict[int, dict[str, Any]] = {}
    for pattern in patterns:
        matched = [site for site in known if _matches(site, pattern)]
        if not matched:
            raise ExperimentError(f"--at {pattern!r} matches none of the sites: {_listed(known)}")
        chosen.update({site["id"]: site for site in matched})
    return [site for site in known if site["id"] in chosen]


def _matches(site: Mapping[str, Any], pattern: str) -> bool:
    name = PurePath(site["file"]).name
    full = site["target"]["key"]["path"]
    spellings = (site["path"], full, f"{site['file']}:{site['line']}", f"{name}:{site['line']}")
    return any(fnmatchcase(spelling, pattern) for spelling in spellings)


def _listed(sites: Sequence[Mapping[str, Any]]) -> str:
    shown = [
        f"{s['path']} ({s['activation']}, {s['role']}, {PurePath(s['file']).name}:{s['line']})"
        for s in sites[:_NAMES]
    ]
    more = f" and {len(sites) - _NAMES} more" if len(sites) > _NAMES else ""
    return ", ".join(shown) + more


@cache
def _widening(activation: str) -> float:
    """Return how many outputs it makes of each input: glu a half, crelu 2."""
    record = get(activation)
    return np.asarray(record(np.zeros((2, 24)))).shape[-1] / 24


def targets_of(
    variant: Variant, chosen: Sequence[dict[str, Any]]
) -> tuple[list[dict[str, Any]], str]:
    """Return the sites at which a variant changes something; why not, where there are none."""
    fitting = [s for s in chosen if _widening(s["activation"]) == _widening(variant.activation)]
    if not fitting:
        own = " and ".join(sorted({site["activation"] for site in chosen}))
        many = f"{_widening(variant.activation):g}"
        return [], (
            f"{variant.activation} makes {many} outputs of each input: "
            f"it cannot stand in the place of {own}"
        )
    changing = [site for site in fitting if not variant.is_at(site)]
    if not changing:
        return [], f"{variant.label} is what the script uses itself: it is the baseline"
    return changing, ""
