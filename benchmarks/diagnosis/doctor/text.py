"""The tables as Markdown, which a terminal shows as well as a page does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doctor.tables import HEALTHY, Figures, confusion, figures, share

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from doctor.outcome import Outcome

__all__ = [
    "confusion_table",
    "label_table",
    "misses_and_alarms",
    "rule_table",
    "totals",
    "troubles",
]


def totals(outcomes: Sequence[Outcome]) -> str:
    """One row a figure, one column a half and one for all where there are several."""
    halves = sorted({each.program.half for each in outcomes})
    columns: dict[str, Figures] = {
        half: figures([each for each in outcomes if each.program.half == half]) for half in halves
    }
    if len(halves) > 1:
        columns["all"] = figures(outcomes)
    each = list(columns.values())
    rows = [
        ["faulty programs", *(str(f.faulty) for f in each)],
        ["fault named (recall)", *(_of(f.named, f.faulty) for f in each)],
        ["fault named as a root", *(_of(f.named_as_root, f.faulty) for f in each)],
        ["healthy programs", *(str(f.healthy) for f in each)],
        ["with an error", *(_of(f.healthy_with_error, f.healthy) for f in each)],
        ["with an error or a warning", *(_of(f.healthy_with_warning, f.healthy) for f in each)],
        ["findings that are true (precision)", *(_of(f.right, f.spoken) for f in each)],
        ["programs skipped", *(str(f.skipped) for f in each)],
        ["programs that ended badly", *(str(f.failed) for f in each)],
    ]
    return _table(["", *columns], rows)


def label_table(outcomes: Sequence[Outcome]) -> str:
    """Recall by fault."""
    rows = [
        [row.label, str(row.programs), str(row.by_name), str(row.named), str(row.named_as_root)]
        for row in figures(outcomes).labels
    ]
    return _table(["fault", "programs", "this rule spoke", "fault named", "as a root"], rows)


def rule_table(outcomes: Sequence[Outcome]) -> str:
    """Precision by rule."""
    rows = [
        [row.rule, str(row.spoke), str(row.right), _percent(row.precision), str(row.on_healthy)]
        for row in figures(outcomes).rules
    ]
    return _table(["rule", "spoke of", "true of", "precision", "healthy ones"], rows)


def confusion_table(outcomes: Sequence[Outcome]) -> str:
    """Which rules spoke of the programs with each fault; the fault's own rule first, in bold."""
    labels = {row.label: row.programs for row in figures(outcomes).labels}
    rows: list[list[str]] = []
    for label, rules in confusion(outcomes).items():
        others = sorted(rules.items(), key=lambda item: (item[0] != label, -item[1], item[0]))
        cells = (f"**{rule}** {n}" if rule == label else f"{rule} {n}" for rule, n in others)
        count = figures(outcomes).healthy if label == HEALTHY else labels[label]
        rows.append([label, str(count), ", ".join(cells) or "–"])
    return _table(["fault", "programs", "rules that spoke, and of how many"], rows)


def misses_and_alarms(outcomes: Sequence[Outcome]) -> list[str]:
    """One line a fault not named, and one a false alarm, with what was found."""
    lines: list[str] = []
    for each in outcomes:
        program = each.program
        if program.faults and not each.named and each.status != "skipped":
            said = "; ".join(f"{f.rule}: {f.title}" for f in each.found if f.severe) or "nothing"
            lines.append(f"missed: {program.name} ({_list(program.faults)}); found {said}")
    for each in outcomes:
        truth = _list(each.program.faults) or "healthy"
        for alarm in each.false_alarms:
            tail = f", said to follow from {alarm.cause}" if alarm.cause else ""
            lines.append(
                f"false alarm: {each.program.name} ({truth}): "
                f"{alarm.severity} {alarm.rule}: {alarm.title}{tail}"
            )
    return lines


def troubles(outcomes: Sequence[Outcome]) -> list[str]:
    """One line a program that was skipped or did not end well."""
    return [
        f"{each.status}: {each.program.name}: {each.note}"
        for each in outcomes
        if each.status != "ran"
    ]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(len(line[k]) for line in lines) for k in range(len(head))]
    rule = ["-" * width for width in widths]
    padded = (
        [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        for line in [lines[0], rule, *lines[1:]]
    )
    return "\n".join("| " + " | ".join(line) + " |" for line in padded)


def _of(part: int, whole: int) -> str:
    return f"{part} of {whole} ({_percent(share(part, whole))})"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
