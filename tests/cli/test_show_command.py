"""halfwave show, from its command line to what it prints."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from command_line import run

from halfwave.activations import all_activations

if TYPE_CHECKING:
    from pathlib import Path


def test_card(tmp_path: Path) -> None:
    done = run(tmp_path, "show", "swish")
    assert (done.code, done.errors) == (0, [])
    assert done.out[0].startswith("silu")
    assert not any("\x1b" in line for line in done.out)


def test_card_where_the_encoding_knows_only_ascii(tmp_path: Path) -> None:
    done = run(tmp_path, "show", "gelu", PYTHONIOENCODING="ascii", COLUMNS="70")
    assert done.code == 0
    assert all(line.isascii() and len(line) <= 70 for line in done.out)
    assert any("Phi(x)" in line for line in done.out)


def test_catalogue_as_json(tmp_path: Path) -> None:
    done = run(tmp_path, "show", "--all", "--json")
    (line,) = done.out

    def refuse(constant: str) -> float:
        raise AssertionError(f"{constant} is not JSON")

    data = json.loads(line, parse_constant=refuse)
    assert [record["name"] for record in data] == list(all_activations())


def test_one_as_json(tmp_path: Path) -> None:
    (line,) = run(tmp_path, "show", "ReLU", "--json").out
    assert json.loads(line)["kinks"][0]["derivative"] == 0.0


def test_listing(tmp_path: Path) -> None:
    done = run(tmp_path, "show", "--all")
    assert done.code == 0
    assert done.out[-1].startswith(f"{len(all_activations())} activations")


def test_code_runs_as_it_stands(tmp_path: Path) -> None:
    done = run(tmp_path, "show", "relu", "--code")
    program = tmp_path / "relu.py"
    program.write_text("\n".join(done.out), "utf-8")
    again = subprocess.run(
        [sys.executable, "-I", "-S", str(program)], capture_output=True, text=True, check=True
    )
    assert "outputs: [0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 1.0, 3.0, 6.0]" in again.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "gleu"), "'glu', 'gelu'"),
        (("show",), "give the name of one activation, or --all"),
        (("show", "relu", "--all"), "give the name of one activation, or --all"),
        (("show", "--all", "--code"), "--code goes with one name"),
        (("show", "relu", "--latex", "--json"), "--latex goes with the card"),
    ],
)
def test_bad_input_is_one_line(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = run(tmp_path, *words)
    assert (done.code, done.out, len(done.errors)) == (2, [], 1)
    assert said in done.errors[0]


def test_card_imports_no_framework(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv[1:] = ['show', 'relu']; from halfwave.cli import main; main();"
        "print(sorted({'torch', 'jax', 'matplotlib', 'scipy'} & set(sys.modules)))"
    )
    done = run(tmp_path, "-c", code, program=(sys.executable,))
    assert done.out[-1] == "[]"
