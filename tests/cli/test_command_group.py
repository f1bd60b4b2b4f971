"""The ``halfwave`` command itself: what it finds, what it imports, and ``halfwave report``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from command_line import run

import halfwave
import halfwave.cli
from halfwave.cli._native_core import statistics_by

_NO_IMPORTS = """
import sys
from halfwave.cli._group import parse
parse(sys.argv[1:])
print([name for name in ("numpy", "rich", "torch", "sqlite3") if name in sys.modules])
"""


def test_version(tmp_path: Path) -> None:
    done = run(tmp_path, "--version")
    assert (done.code, done.out[0], done.errors) == (0, f"halfwave {halfwave.__version__}", [])
    assert done.out[1:] == [statistics_by()]


@pytest.mark.parametrize(
    ("core", "told"),
    [
        (SimpleNamespace(instruction_set=lambda: "avx2"), "statistics: native (AVX2)"),
        (ModuleNotFoundError("No module named …"), "(no native core: it is not built; install"),
        (ImportError("made for\nanother Python"), "(no native core: made for another Python)"),
    ],
)
def test_version_tells_how_statistics_are_taken(
    core: Any, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bring(name: str) -> Any:
        assert name == "halfwave._native"
        if isinstance(core, Exception):
            raise core
        return core

    monkeypatch.setattr("halfwave.cli._native_core.import_module", bring)
    assert told in statistics_by()
    assert "\n" not in statistics_by()


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["check", "--help"], []])
def test_help_imports_nothing_slow(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _NO_IMPORTS, *words], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_lists_every_subcommand(tmp_path: Path) -> None:
    done = run(tmp_path, "--help")
    assert done.code == 0
    listed = {line.split()[0] for line in done.out if line.startswith("  ") and line.split()}
    files = (path.stem for path in Path(halfwave.cli.__file__).parent.glob("*.py"))
    assert {name for name in files if not name.startswith("_")} <= listed
    assert run(tmp_path).out == done.out


def test_one_file_makes_a_subcommand(tmp_path: Path) -> None:
    (tmp_path / "twice.py").write_text(
        "import click\n@click.command()\n@click.argument('n', type=int)\n"
        "def command(n):\n    '''Double it.'''\n    click.echo(2 * n)\n"
    )
    source = (
        "import sys, halfwave.cli\nhalfwave.cli.__path__.append(sys.argv.pop(1))\n"
        "sys.exit(halfwave.cli.main())"
    )
    program = (sys.executable, "-c", source, str(tmp_path))
    assert run(tmp_path, "twice", "21", program=program) == (0, ["42"], [])
    assert any("Double it." in line for line in run(tmp_path, "--help", program=program).out)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["chek"], "halfwave: no such command: 'chek'; did you mean check?"),
        (["train.py"], "to watch a script: halfwave check train.py"),
        (["--nosuch"], "halfwave: No such option"),
        (["report"], "halfwave report: Missing argument 'FILE...'"),
        (["report", "nosuch.halfwave"], "nosuch.halfwave"),
        (["report", "text.halfwave"], "text.halfwave"),
        (["report", "."], "."),
        (["report", "--select", "nosuch", "text.halfwave"], "halfwave report: "),
    ],
)
def test_bad_command_line(tmp_path: Path, words: list[str], complaint: str) -> None:
    (tmp_path / "text.halfwave").write_text("no recording at all\n" * 100)
    done = run(tmp_path, *words)
    assert (done.code, done.out) == (2, [])
    assert len(done.errors) == 1
    assert complaint in done.errors[0]


def test_python_m_halfwave_names_itself_in_the_command(tmp_path: Path) -> None:
    done = run(tmp_path, "--version", program=(sys.executable, "-m", "halfwave"))
    assert (done.code, done.out[0]) == (0, f"halfwave {halfwave.__version__}")
