"""The programs of the zoo and their labels, read off the comment that each begins with.

    # fault: softmax-twice
    # also-fine: loss-output-mismatch
    # kind: mlp
    # One line on what it is.

or, for a program with nothing wrong, ``# healthy``, with ``# repairs: NAME`` where it is the
repaired twin of the program NAME.
"""

from __future__ import annotations

import ast
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from doctor.names import check_name

__all__ = ["HALVES", "ZOO", "Half", "Program", "load", "missing_packages", "parse"]

Half: TypeAlias = Literal["held-out", "held-out-2", "tuning"]

ZOO: Final = Path(__file__).resolve().parent.parent / "zoo"
#: Three by now: a second held-out one was written when the rules had been tuned for a while.
HALVES: Final[dict[Half, str]] = {
    "held-out": "held_out",
    "held-out-2": "held_out_2",
    "tuning": "tuning",
}


@dataclass(frozen=True, slots=True)
class Program:
    """One program and the truth about it.

    Parameters
    ----------
    name : str
        The file's name without ``.py``.
    path : Path
        Where it lies.
    half : str
        ``"held-out"``, ``"held-out-2"`` or ``"tuning"``.
    faults : frozenset of str
        The rules that ought to speak: any of them names the fault. Empty: healthy.
    also_fine : frozenset of str
        Rules that say something true of it beside its fault.
    kind : str
        Kind of model or of training: ``"cnn"``, ``"keras"``.
    what : str
        One line on what it is.
    repairs : str
        Name of the faulty program that it is the twin of; ``""`` for none.
    """

    name: str
    path: Path
    half: Half
    faults: frozenset[str]
    also_fine: frozenset[str]
    kind: str
    what: str
    repairs: str = ""

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.faults

    @property
    def true_rules(self) -> frozenset[str]:
        """Rules whose findings are right."""
        return self.faults | self.also_fine


def load(halves: tuple[Half, ...] = tuple(HALVES)) -> list[Program]:
    """Read the headers of all programs of these halves, in the order of their names."""
    return [
        parse(path.read_text(encoding="utf-8"), path, half)
        for half in halves
        for path in sorted((ZOO / HALVES[half]).glob("*.py"))
    ]


def parse(source: str, path: Path, half: Half) -> Program:
    """Read the header of one program.

    Raises
    ------
    ValueError
        In one line with the file's name, where the header is not as it should be.
    """
    fields: dict[str, str] = {}
    plain: list[str] = []
    for line in source.splitlines():
        if not line.startswith("#"):
            break
        key, colon, value = line[1:].strip().partition(": ")
        if key == "healthy" and not colon:
            fields[key] = ""
        elif colon and key in ("fault", "also-fine", "repairs", "kind"):
            fields[key] = value.strip()
        else:
            plain.append(line[1:].strip())
    try:
        return _program(fields, plain, path, half)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from None


def _program(fields: dict[str, str], plain: list[str], path: Path, half: Half) -> Program:
    if ("fault" in fields) == ("healthy" in fields):
        raise ValueError("the header needs one of '# fault: RULE, …' and '# healthy'")
    if not fields.get("kind"):
        raise ValueError("the header needs '# kind: …'")
    if len(plain) != 1:
        raise ValueError(f"the header needs one line on what the program is, and has {len(plain)}")
    faults, also_fine = _names(fields, "fault"), _names(fields, "also-fine")
    if also_fine and not faults:
        raise ValueError("'# also-fine' is for programs with a fault")
    if faults & also_fine:
        raise ValueError(f"{', '.join(sorted(faults & also_fine))}: either fault or also-fine")
    if fields.get("repairs") and faults:
        raise ValueError("a program that repairs another must be '# healthy'")
    return Program(
        name=path.stem,
        path=path,
        half=half,
        faults=faults,
        also_fine=also_fine,
        kind=fields["kind"],
        what=plain[0],
        repairs=fields.get("repairs", ""),
    )


def _names(fields: dict[str, str], key: str) -> frozenset[str]:
    if key not in fields:
        return frozenset()
    return frozenset(check_name(name.strip()) for name in fields[key].split(","))


def missing_packages(program: Program) -> list[str]:
    """Name the packages that the program imports and that are not installed here."""
    tree = ast.parse(program.path.read_text(encoding="utf-8"))
    wanted: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            wanted.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            wanted.add(node.module.partition(".")[0])
    wanted -= sys.stdlib_module_names
    return sorted(name for name in wanted if importlib.util.find_spec(name) is None)
