"""The house as a whole: what importing it brings in, and which room may know which."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import halfwave

HOUSE = Path(halfwave.__file__).parent
HEAVY = ("torch", "jax", "matplotlib", "scipy")

#: room -> rooms that it may import; whatever is missing here may import nothing.
MAY_IMPORT = {
    "cli": "launch run experiments diagnose report recording observe bench plotting cards nn"
    " activations",
    "experiments": "launch diagnose recording remedies report observe activations metrics",
    "run": "observe recording diagnose report _interrupting",
    "integrations": "run observe recording diagnose report _interrupting",
    "launch": "observe",
    "remedies": "observe nn activations",
    "report": "diagnose recording plotting",
    "diagnose": "recording activations",
    "bench": "activations nn",
    "cards": "activations plotting",
    "observe": "recording activations kernels _interrupting",
    "nn": "activations kernels",
    "kernels": "_interrupting",
    "recording": "_interrupting",
    "plotting": "activations recording",
}
#: They are made of torch and import it as they are imported.
MADE_OF_TORCH = {"halfwave.nn", "halfwave.kernels"}


def rooms() -> list[str]:
    found = {path.stem for path in HOUSE.glob("*.py")} | {
        path.parent.name for path in HOUSE.glob("*/__init__.py")
    }
    return sorted(found - {"__init__", "__main__"})


def brought_in(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_halfwave_brings_in_nothing() -> None:
    ours = {name for name in brought_in("import halfwave") if name.startswith("halfwave.")}
    assert ours == set()
    assert not brought_in("import halfwave") & {*HEAVY, "numpy", "click", "rich"}


@pytest.mark.parametrize("room", rooms())
def test_importing_a_room_brings_in_nothing_heavy(room: str) -> None:
    found = brought_in(f"import halfwave.{room}")
    assert f"halfwave.{room}" in found
    assert found & set(HEAVY) == ({"torch"} if f"halfwave.{room}" in MADE_OF_TORCH else set())


def test_a_recording_is_judged_and_shown_without_torch() -> None:
    statement = (
        "from halfwave.recording import Recording, RunInfo\n"
        "from halfwave.diagnose import diagnose\n"
        "from halfwave.report import as_json\n"
        "record = Recording(RunInfo('train.py'))\n"
        "as_json(record, diagnose(record))"
    )
    assert not brought_in(statement) & set(HEAVY)


@pytest.mark.parametrize("room", rooms())
def test_a_room_imports_only_from_below(room: str) -> None:
    files = [HOUSE / f"{room}.py", *(HOUSE / room).rglob("*.py")]
    known = {other for file in files if file.exists() for other in _rooms_named_in(file)}
    assert known - {room} <= set(MAY_IMPORT.get(room, "").split())


def _rooms_named_in(file: Path) -> set[str]:
    """Rooms that a file imports, anywhere in it, for types too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    parts = [name.split(".") for name in names]
    return {part[1] for part in parts if part[0] == "halfwave" and len(part) > 1} & set(rooms())
