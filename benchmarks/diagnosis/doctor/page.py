"""The page ``docs/diagnosis.md``."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import platform
from typing import TYPE_CHECKING

from doctor import text
from doctor.programs import HALVES
from doctor.tables import figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doctor.outcome import Outcome

__all__ = ["page"]

_PACKAGES = (
    "torch",
    "keras",
    "lightning",
    "transformers",
    "accelerate",
    "skorch",
    "scikit-learn",
    "numpy",
)

_HEAD = """\
# How often the diagnosis is right

<!-- written by benchmarks/diagnosis/measure.py: run that again instead of editing this -->

Measured on a zoo of {count} short training programs
([benchmarks/diagnosis/zoo](../benchmarks/diagnosis/zoo)): {faulty} with a fault of {kinds} kinds,
and {healthy} healthy ones, {twins} of them the repaired twin of a faulty one. Each states its
fault in its first line. One half is there to tune the rules on; the held-out half was fixed when
halfwave had seven rules only, and the second held-out one was written later, as the public writes
and with the rules known by name only. Neither is ever edited.

**What to go by are the figures of first contact**, when no rule had been changed with a held-out
program known: {contact} Since then rules have
been changed for the kinds of fault that were missed, so the figures below are higher than those of
programs that nobody has seen; [benchmarks/diagnosis](../benchmarks/diagnosis) lists the changes.

A fault counts as *named* where the rule of one of its labels gave an error or a warning, and as
named *as a root* where that finding was not said to follow from another. A finding is *true*
where it is the fault, or follows from it as the program's header says; on a healthy program every
error and every warning is a false alarm. Precision counts each rule once a program.

Made on {date} with {versions}, by

    {command}
"""

#: What each held-out half gave when it was first judged: it cannot be measured again.
_FIRST_CONTACT = (
    "the fault was named in 30 of 33 programs of the held-out half (90.9 %) and in 42 of 53 of the"
    "\nsecond one (79.2 %); 1 of 50 and 4 of 68 of their healthy ones had an error or a warning."
)


def page(outcomes: Sequence[Outcome], command: str) -> str:
    """Write the whole page."""
    programs = [each.program for each in outcomes]
    faulty = [program for program in programs if not program.healthy]
    head = _HEAD.format(
        count=len(programs),
        faulty=len(faulty),
        kinds=len({label for program in faulty for label in program.faults}),
        healthy=len(programs) - len(faulty),
        twins=sum(bool(program.repairs) for program in programs),
        date=dt.datetime.now(dt.UTC).date().isoformat(),
        versions=_versions(),
        command=command,
        contact=_FIRST_CONTACT,
    )
    parts = [head, text.totals(outcomes)]
    for half in HALVES:
        some = [each for each in outcomes if each.program.half == half]
        if some:
            parts += [f"\n## The {half} half, by fault\n", text.label_table(some)]
            parts += [f"\n## The {half} half, by rule\n", text.rule_table(some)]
            parts += [f"\n## The {half} half, confusion table\n", text.confusion_table(some)]
    if lines := text.misses_and_alarms(outcomes):
        parts += ["\n## What went wrong\n", *(f"- {line}" for line in lines)]
    if lines := text.troubles(outcomes):
        parts += ["\n## Not measured\n", *(f"- {line}" for line in lines)]
    if figures(outcomes).skipped:
        parts += ["\nSkipped programs count nowhere."]
    return "\n".join(parts) + "\n"


def _versions() -> str:
    found = [f"Python {platform.python_version()}"]
    for name in _PACKAGES:
        try:
            found.append(f"{name} {importlib.metadata.version(name).partition('+')[0]}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return ", ".join(found)
