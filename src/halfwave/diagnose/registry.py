"""The rules, found by listing the ``rules`` package.

A rule is one module of that package, named for the rule (``dead_units.py`` for
``dead-units``), that holds a `Rule` as ``RULE``. There is no list to keep.
"""

from __future__ import annotations

import difflib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import TypeAlias

from halfwave.diagnose.finding import Finding, Severity
from halfwave.recording.model import Recording

__all__ = ["Check", "Link", "Rule", "check_names", "rules"]

Check: TypeAlias = Callable[[Recording], Iterable[Finding]]
#: ``link(recording, cause, effect)``: whether the first finding explains the second.
Link: TypeAlias = Callable[[Recording, Finding, Finding], bool]

# Imported here, before halfwave.diagnose binds the function below to the same
# name: importing it later would put the package in the function's place.
_PACKAGE = import_module("halfwave.diagnose.rules")


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing to look for in a recording.

    Parameters
    ----------
    name : str
        As users write it in ``--select``: ``"dead-units"``.
    summary : str
        One line: what it finds.
    check : callable
        ``check(recording)`` gives the findings, none on a healthy run.
    explains : callable, optional
        ``explains(recording, mine, other)``: a finding of this rule is the
        cause of another rule's. Asked for every pair of findings.
    explained_by : callable, optional
        ``explained_by(recording, other, mine)``: the same knowledge from the
        other end, so that a new rule needs no change to an old one.
    symptom : bool
        What it finds is how other faults look from outside (a loss that does
        not fall): any finding that hinders learning explains it.
    hinders : {"error", "warning", "info"} or None
        From which severity on a finding of this rule keeps a network from
        learning, and so explains symptoms; None: it never does.
    last_resort : bool
        A finding of it that another one explains is left out: it would say less
        than that one does.
    """

    name: str
    summary: str
    check: Check
    explains: Link | None = None
    explained_by: Link | None = None
    symptom: bool = False
    hinders: Severity | None = "warning"
    last_resort: bool = False


@cache
def rules() -> Mapping[str, Rule]:
    """All rules by name, in alphabetical order.

    Raises
    ------
    TypeError
        If a module of the package holds no `Rule`, or one of another name.
    """
    found: dict[str, Rule] = {}
    for module in sorted(pkgutil.iter_modules(_PACKAGE.__path__), key=lambda info: info.name):
        if module.name.startswith("_"):
            continue
        rule = getattr(import_module(f"{_PACKAGE.__name__}.{module.name}"), "RULE", None)
        name = module.name.replace("_", "-")
        if not isinstance(rule, Rule) or rule.name != name:
            raise TypeError(
                f"{_PACKAGE.__name__}.{module.name} must hold a Rule named {name!r} as RULE,"
                f" not {rule!r}"
            )
        found[name] = rule
    return MappingProxyType(found)


def check_names(names: Iterable[str]) -> None:
    """Refuse names that no rule has.

    Raises
    ------
    ValueError
        For the first unknown name; the message names the three nearest.
    """
    known = tuple(rules())
    for name in names:
        if name not in known:
            nearest = difflib.get_close_matches(name, known, n=3, cutoff=0.0)
            raise ValueError(f"there is no rule {name!r}; the nearest are {', '.join(nearest)}")
