"""The zoo of the diagnosis: headers as they should be, and as many programs as were meant.

The programs are not run here: that takes a quarter of an hour.
"""

from __future__ import annotations

import difflib
import itertools
from collections import Counter
from pathlib import Path

import pytest
from doctor.names import NAMES
from doctor.programs import HALVES, Program, load, missing_packages, parse

PROGRAMS = load()
BY_NAME = {program.name: program for program in PROGRAMS}
FAULTY = [program for program in PROGRAMS if program.faults]
TWINS = [program for program in PROGRAMS if program.repairs]


@pytest.mark.parametrize("half", HALVES)
def test_each_half_is_large_enough(half: str) -> None:
    here = [program for program in PROGRAMS if program.half == half]
    faulty = sum(bool(program.faults) for program in here)
    own = sum(not program.faults and not program.repairs for program in here)
    assert len(here) >= 80
    assert faulty >= 30
    assert own >= 15


def test_kinds_of_fault_and_of_model() -> None:
    assert len({label for program in FAULTY for label in program.faults}) >= 40
    kinds = Counter(program.kind for program in PROGRAMS)
    assert kinds["keras"] >= 35
    missing = {"gan", "rl", "rnn", "transformer", "autoencoder", "lightning", "trainer"} - set(
        kinds
    )
    assert not missing
    assert kinds["skorch"] >= 4


def test_names_are_unique_over_all_halves() -> None:
    assert len(BY_NAME) == len(PROGRAMS)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_program_compiles(program: Program) -> None:
    source = program.path.read_text(encoding="utf-8")
    compile(source, str(program.path), "exec")
    # a seed is what makes the label hold on every run
    assert "seed" in source or program.name == "evaluation_only"


@pytest.mark.parametrize("program", FAULTY, ids=lambda program: program.name)
def test_fault_has_one_twin(program: Program) -> None:
    twins = [twin for twin in TWINS if twin.repairs == program.name]
    assert [twin.name for twin in twins] == [f"{program.name}_repaired"]
    assert twins[0].half == program.half
    assert twins[0].kind == program.kind


@pytest.mark.parametrize("program", TWINS, ids=lambda program: program.name)
def test_twin_differs_in_the_repair_only(program: Program) -> None:
    broken = BY_NAME[program.repairs]
    assert broken.faults
    old, new = (_code(each) for each in (broken, program))
    changed = [line for line in difflib.ndiff(old, new) if line[0] in "+-" and line[2:].strip()]
    # some repairs need a second change (an initialisation with its activation): never a rewrite
    assert 1 <= len(changed) <= 14


def _code(program: Program) -> list[str]:
    """The lines of a program after its header."""
    lines = program.path.read_text(encoding="utf-8").splitlines()
    return list(itertools.dropwhile(lambda line: line.startswith("#"), lines))


def test_every_name_of_a_rule_is_known() -> None:
    pages = Path(__file__).parents[2] / "docs" / "rules"
    written = {page.stem for page in pages.glob("*.md")} - {"index"}
    assert written <= NAMES


HEADERS = {
    "fault": "# fault: softmax-twice, dead-units\n# also-fine: non-finite\n# kind: mlp\n# It is.\n",
    "healthy": "# healthy\n# repairs: other\n# kind: cnn\n# It is: well.\n\n# healthy\n",
}


def test_header_with_a_fault() -> None:
    program = parse(HEADERS["fault"], Path("x/some.py"), "tuning")
    assert program.name == "some"
    assert program.faults == {"softmax-twice", "dead-units"}
    assert program.true_rules == {"softmax-twice", "dead-units", "non-finite"}
    assert not program.healthy
    assert (program.kind, program.what, program.repairs) == ("mlp", "It is.", "")


def test_header_without_a_fault() -> None:
    program = parse(HEADERS["healthy"], Path("some.py"), "held-out")
    assert program.healthy
    assert program.repairs == "other"
    assert program.what == "It is: well."


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("# kind: mlp\n# What.\n", "one of '# fault: RULE, …' and '# healthy'"),
        ("# fault: non-finite\n# healthy\n# kind: mlp\n# What.\n", "one of"),
        ("# fault: softmax-thrice\n# kind: mlp\n# What.\n", "'softmax-thrice' is not the name"),
        ("# healthy\n# What.\n", "'# kind: …'"),
        ("# healthy\n# kind: mlp\n", "one line on what the program is, and has 0"),
        ("# healthy\n# kind: mlp\n# One.\n# Two.\n", "and has 2"),
        ("# healthy\n# also-fine: non-finite\n# kind: mlp\n# What.\n", "for programs with a fault"),
        ("# fault: non-finite\n# repairs: x\n# kind: mlp\n# What.\n", "must be '# healthy'"),
        ("# fault: non-finite\n# also-fine: non-finite\n# kind: m\n# W.\n", "either fault or also"),
    ],
)
def test_bad_header_is_told_in_one_line(header: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"^some\.py: ") as error:
        parse(header, Path("some.py"), "tuning")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_missing_packages_are_named(tmp_path: Path) -> None:
    path = tmp_path / "some.py"
    path.write_text("import os\nimport numpy.linalg\nfrom no_such_thing.deep import x\n")
    program = parse(HEADERS["healthy"], path, "tuning")
    assert missing_packages(program) == ["no_such_thing"]
