"""The figures of the measured diagnosis, from made-up outcomes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from doctor import text
from doctor.outcome import Found, Outcome, findings_of
from doctor.page import page
from doctor.programs import Half, Program
from doctor.tables import HEALTHY, confusion, figures, share

MEASURE = Path(__file__).parents[2] / "benchmarks" / "diagnosis" / "measure.py"


def _program(name: str, faults: str = "", also_fine: str = "", half: Half = "tuning") -> Program:
    return Program(
        name, Path(f"{name}.py"), half, frozenset(faults.split()), frozenset(also_fine.split()),
        "mlp", "made up",
    )  # fmt: skip


def _found(words: str) -> tuple[Found, ...]:
    """``error:rule<cause`` …, separated by blanks."""
    found: list[Found] = []
    for word in words.split():
        severity, _, rest = word.partition(":")
        rule, _, cause = rest.partition("<")
        found.append(Found(rule, severity, f"title of {rule}", cause))
    return tuple(found)


OUTCOMES = [
    # named as a root, with a consequence that is true of it
    Outcome(
        _program("rate", "learning-rate-too-high", "dead-units", half="held-out"),
        found=_found("error:learning-rate-too-high error:dead-units<learning-rate-too-high"),
    ),
    # named, but as the consequence of a wrong cause
    Outcome(
        _program("softmax", "softmax-twice"),
        found=_found("warning:non-finite error:softmax-twice<non-finite"),
    ),
    # missed: an info does not count
    Outcome(_program("dead", "dead-units"), found=_found("info:dead-units")),
    # one of two labels is enough; the same rule twice counts once
    Outcome(
        _program("stack", "deep-saturating-stack vanishing-gradients"),
        found=_found("warning:vanishing-gradients warning:vanishing-gradients"),
    ),
    Outcome(_program("fine")),
    Outcome(_program("odd", half="held-out"), found=_found("warning:dead-units info:non-finite")),
    Outcome(_program("bad"), "failed", _found("error:dead-units"), "exit code 3"),
    Outcome(_program("absent", "non-finite"), "skipped", note="not installed: keras"),
]


def test_totals() -> None:
    counted = figures(OUTCOMES)
    assert (counted.faulty, counted.named, counted.named_as_root) == (4, 3, 2)
    assert (counted.healthy, counted.healthy_with_warning, counted.healthy_with_error) == (3, 2, 1)
    assert (counted.skipped, counted.failed) == (1, 1)
    # rate 2 of 2, softmax 1 of 2, stack 1 of 1, odd 0 of 1, bad 0 of 1
    assert (counted.spoken, counted.right) == (7, 4)


def test_recall_by_label() -> None:
    rows = {row.label: row for row in figures(OUTCOMES).labels}
    assert "non-finite" not in rows
    deep = rows["deep-saturating-stack"]
    assert (deep.programs, deep.by_name, deep.named, deep.named_as_root) == (1, 0, 1, 1)
    twice = rows["softmax-twice"]
    assert (twice.programs, twice.by_name, twice.named, twice.named_as_root) == (1, 1, 1, 0)
    assert rows["dead-units"].named == 0


def test_precision_by_rule() -> None:
    rows = {row.rule: row for row in figures(OUTCOMES).rules}
    dead = rows["dead-units"]
    assert (dead.spoke, dead.right, dead.on_healthy) == (3, 1, 2)
    assert dead.precision == pytest.approx(1 / 3)
    assert rows["non-finite"].precision == 0
    assert rows["vanishing-gradients"].spoke == 1


def test_confusion_counts_programs() -> None:
    table = confusion(OUTCOMES)
    assert table[HEALTHY] == {"dead-units": 2}
    assert table["softmax-twice"] == {"softmax-twice": 1, "non-finite": 1}
    assert table["deep-saturating-stack"] == {"vanishing-gradients": 1}
    assert table["dead-units"] == {}


def test_share_of_nothing_is_unknown() -> None:
    assert share(1, 4) == 0.25
    assert share(0, 0) is None
    assert "–" in text.totals([OUTCOMES[-1]])


def test_misses_and_alarms_are_listed_with_what_was_found() -> None:
    lines = text.misses_and_alarms(OUTCOMES)
    assert lines[0] == "missed: dead (dead-units); found nothing"
    assert [line.split(" (")[0] for line in lines[1:]] == [
        "false alarm: softmax",
        "false alarm: odd",
        "false alarm: bad",
    ]
    assert "title of dead-units" in lines[2]
    assert text.troubles(OUTCOMES) == [
        "failed: bad: exit code 3",
        "skipped: absent: not installed: keras",
    ]


def test_totals_have_a_column_a_half() -> None:
    first, _, *rows = text.totals(OUTCOMES).splitlines()
    assert [cell.strip() for cell in first.strip("|").split("|")] == [
        "", "held-out", "tuning", "all",
    ]  # fmt: skip
    recall = next(row for row in rows if "recall" in row)
    assert "1 of 1 (100.0 %)" in recall
    assert "2 of 3 (66.7 %)" in recall
    assert "3 of 4 (75.0 %)" in recall


def test_page_states_what_it_is_made_of() -> None:
    made = page(OUTCOMES, "python measure.py")
    assert "    python measure.py\n" in made
    assert "a zoo of 8 short training programs" in made
    assert "## The held-out half, by rule" in made
    assert "## The tuning half, confusion table" in made
    assert "- skipped: absent: not installed: keras" in made
    assert "torch 2." in made


def test_findings_are_taken_from_the_report() -> None:
    report = {
        "findings": [
            {
                "rule": "dead-units",
                "severity": "error",
                "title": "t",
                "cause": "",
                "consequences": [],
            },
            {"rule": "non-finite", "severity": "info", "title": "u", "cause": "dead-units"},
        ]
    }
    first, second = findings_of(report)
    assert first == Found("dead-units", "error", "t", "")
    assert (second.cause, second.severe) == ("dead-units", False)


def test_unknown_program_is_told_in_one_line() -> None:
    done = subprocess.run(
        [sys.executable, MEASURE, "--only", "no_such_program"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == "measure.py: no program is called no_such_program (half: all)\n"
