"""The arithmetic: recall, precision by rule, alarms on healthy programs, confusion.

A program counts once for each rule, however often the rule speaks of it. Only errors and
warnings count. A program that was skipped counts nowhere.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doctor.outcome import Outcome

__all__ = ["HEALTHY", "Figures", "LabelRow", "RuleRow", "confusion", "figures", "share"]

#: Row of the confusion table for programs without a fault.
HEALTHY = "(healthy)"


@dataclass(frozen=True, slots=True)
class LabelRow:
    """How the programs with one fault fared.

    `by_name` counts those of which this very rule spoke, `named` those of which a rule
    of any of their labels did: a program with several labels needs one.
    """

    label: str
    programs: int
    by_name: int
    named: int
    named_as_root: int


@dataclass(frozen=True, slots=True)
class RuleRow:
    """How often one rule was right."""

    rule: str
    spoke: int  # programs
    right: int  # of them with it among the labels, or also fine
    on_healthy: int

    @property
    def precision(self) -> float | None:
        """Share of the programs it spoke of where it was right."""
        return share(self.right, self.spoke)


@dataclass(frozen=True, slots=True)
class Figures:
    """All that is counted over some outcomes."""

    faulty: int
    named: int
    named_as_root: int
    healthy: int
    healthy_with_warning: int  # an error or a warning
    healthy_with_error: int
    spoken: int  # pairs of a program and a rule that spoke of it
    right: int  # of them the true ones
    skipped: int
    failed: int  # that ended badly or were not done in time
    labels: tuple[LabelRow, ...] = field(default=())
    rules: tuple[RuleRow, ...] = field(default=())


def figures(outcomes: Sequence[Outcome]) -> Figures:
    """Count over these outcomes."""
    seen = [each for each in outcomes if each.status != "skipped"]
    faulty = [each for each in seen if not each.program.healthy]
    healthy = [each for each in seen if each.program.healthy]
    rules = _rules(seen)
    return Figures(
        faulty=len(faulty),
        named=sum(each.named for each in faulty),
        named_as_root=sum(each.named_as_root for each in faulty),
        healthy=len(healthy),
        healthy_with_warning=sum(bool(each.rules) for each in healthy),
        healthy_with_error=sum(each.with_error for each in healthy),
        spoken=sum(row.spoke for row in rules),
        right=sum(row.right for row in rules),
        skipped=len(outcomes) - len(seen),
        failed=sum(each.status != "ran" for each in seen),
        labels=_labels(faulty),
        rules=rules,
    )


def confusion(outcomes: Sequence[Outcome]) -> dict[str, Counter[str]]:
    """For each label, and for the healthy ones, in how many programs each rule spoke."""
    table: dict[str, Counter[str]] = {}
    for each in outcomes:
        if each.status == "skipped":
            continue
        for label in each.program.faults or {HEALTHY}:
            table.setdefault(label, Counter()).update(each.rules)
    return dict(sorted(table.items()))


def share(part: int, whole: int) -> float | None:
    """Return `part` of `whole`; None of nothing."""
    return part / whole if whole else None


def _labels(faulty: Sequence[Outcome]) -> tuple[LabelRow, ...]:
    rows: list[LabelRow] = []
    for label in sorted({label for each in faulty for label in each.program.faults}):
        having = [each for each in faulty if label in each.program.faults]
        rows.append(
            LabelRow(
                label=label,
                programs=len(having),
                by_name=sum(label in each.rules for each in having),
                named=sum(each.named for each in having),
                named_as_root=sum(each.named_as_root for each in having),
            )
        )
    return tuple(rows)


def _rules(seen: Sequence[Outcome]) -> tuple[RuleRow, ...]:
    rows: list[RuleRow] = []
    for rule in sorted({rule for each in seen for rule in each.rules}):
        spoke = [each for each in seen if rule in each.rules]
        rows.append(
            RuleRow(
                rule=rule,
                spoke=len(spoke),
                right=sum(rule in each.program.true_rules for each in spoke),
                on_healthy=sum(each.program.healthy for each in spoke),
            )
        )
    return tuple(rows)
