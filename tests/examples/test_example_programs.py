"""The examples as a reader runs them: by themselves, knowing nothing of halfwave."""

from __future__ import annotations

import ast
import contextlib
import io
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("skimage")
pytest.importorskip("sklearn")

EXAMPLES = Path(__file__).parents[2] / "examples"
# claims.py is not one of them: it shows what halfwave is for
PROGRAMS = sorted(set(EXAMPLES.glob("*.py")) - {EXAMPLES / "claims.py"})


def run(program: str, *arguments: str) -> str:
    """Run in this process: torch need not be imported again for every test."""
    output = io.StringIO()
    path = str(EXAMPLES / program)
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(output):
        patch.setattr(sys, "argv", [path, *arguments])
        runpy.run_path(path, run_name="__main__")
    return output.getvalue()


def figures(pattern: str, output: str) -> list[float]:
    return [float(found) for found in re.findall(pattern, output)]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_imports_nothing_of_ours(program: Path) -> None:
    tree = ast.parse(program.read_text(encoding="utf-8"))
    names = [
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    ]
    names += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert names
    assert not [name for name in names if name.partition(".")[0] == "halfwave"]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_every_command_of_the_docstring_is_understood(program: Path) -> None:
    docstring = ast.get_docstring(ast.parse(program.read_text(encoding="utf-8"))) or ""
    options = set(re.findall(r"(--[a-z-]+)", docstring))
    assert options
    source = program.read_text(encoding="utf-8")
    assert not [option for option in options if f'"{option}"' not in source]


SHORT = [
    ("faces.py", ("--epochs", "3", "--show-units")),
    ("digits.py", ("--epochs", "2")),
    ("letters.py", ("--steps", "50")),
]


@pytest.mark.parametrize(("program", "arguments"), SHORT)
def test_the_same_seed_gives_the_same_run(program: str, arguments: tuple[str, ...]) -> None:
    first = run(program, *arguments)
    assert run(program, *arguments) == first
    assert run(program, *arguments, "--seed", "1") != first


@pytest.mark.parametrize(("program", "arguments"), SHORT)
def test_runs_as_a_program_and_leaves_nothing_behind(
    program: str, arguments: tuple[str, ...], tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / program), *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout
    assert list(tmp_path.iterdir()) == []


def test_faces_are_told_and_a_unit_answers_to_them_only() -> None:
    output = run("faces.py", "--show-units")
    assert figures(r"([\d.]+)% of 60 unseen", output)[0] >= 90
    units = re.findall(r"^ +\d+ .*?(\d+)% .*?(\d+)%$", output, flags=re.MULTILINE)
    assert len(units) == 16
    assert any(int(faces) >= 90 and int(others) <= 15 for faces, others in units)
    assert any(int(faces) <= 15 and int(others) >= 80 for faces, others in units)


def test_digits_are_read() -> None:
    output = run("digits.py", "--epochs", "10")
    assert figures(r"accuracy: ([\d.]+)%", output)[0] >= 94


def test_letters_are_learnt() -> None:
    output = run("letters.py", "--steps", "600")
    # the letters' frequencies alone give 3.1
    assert figures(r"unseen text: loss ([\d.]+)", output)[0] < 2.6


@pytest.mark.parametrize(
    ("program", "arguments"),
    [
        ("faces.py", ("--bias", "-3", "--epochs", "10")),
        ("faces.py", ("--lr", "2", "--epochs", "10")),
        ("digits.py", ("--bias", "-3", "--epochs", "3")),
        ("digits.py", ("--lr", "2", "--epochs", "3")),
        ("digits.py", ("--activation", "sigmoid", "--depth", "20", "--epochs", "3")),
    ],
)
def test_what_is_said_to_make_it_ill_does(program: str, arguments: tuple[str, ...]) -> None:
    output = run(program, *arguments)
    chance = 55 if program == "faces.py" else 20
    assert figures(r"([\d.]+)% of \d+ unseen", output)[0] <= chance


@pytest.mark.parametrize("option", ["--lr=2", "--scale=20"])
def test_what_is_said_to_make_letters_ill_does(option: str) -> None:
    healthy = run("letters.py", "--steps", "300")
    ill = run("letters.py", "--steps", "300", option)
    loss = r"unseen text: loss ([\d.]+)"
    assert figures(loss, ill)[0] > figures(loss, healthy)[0] + 0.3
