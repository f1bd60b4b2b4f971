"""Every program here runs under plain Python and under ``halfwave check``; nothing may differ."""

from __future__ import annotations

import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest
from same import AS_MODULE, CHECK, PYTHON, compare, run
from scripts import SCRIPTS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mod.py").write_text("x = 1\n")
    return tmp_path


@pytest.mark.parametrize("name", SCRIPTS)
def test_script(folder: Path, name: str) -> None:
    (folder / "train.py").write_text(SCRIPTS[name])
    compare(folder, "train.py", "a", "b c")


@pytest.mark.parametrize("name", ["surroundings", "exception", "interrupt", "terminated", "path"])
def test_script_under_python_m_halfwave(folder: Path, name: str) -> None:
    (folder / "train.py").write_text(SCRIPTS[name])
    plain = run([*PYTHON, "train.py"], folder)
    assert run([*AS_MODULE, "train.py"], folder) == plain


@pytest.mark.parametrize(
    "name", ["arguments", "surroundings", "path", "exception", "exit text", "interrupt", "pickle"]
)
def test_module(folder: Path, name: str) -> None:
    (folder / "train.py").write_text(SCRIPTS[name])
    compare(folder, "-m", "train", "-o", "foo", "--help", "--", "-x")


@pytest.mark.parametrize("what", ["package", "package.part", "package.nosuch", "package.broken"])
def test_module_of_a_package(folder: Path, what: str) -> None:
    package = folder / "package"
    package.mkdir()
    (package / "__init__.py").write_text("import sys; print('init', sys.argv)\n")
    (package / "__main__.py").write_text(SCRIPTS["surroundings"])
    (package / "part.py").write_text("from . import __main__\n1 / 0")
    (package / "broken.py").write_text("x = = 1")
    plain = run([*PYTHON, "-m", what, "-m", "x"], folder)
    code, out, errors = run([*CHECK, "-m", what, "-m", "x"], folder)
    assert (out, errors) == plain[1:]
    assert code == (2 if what == "package.nosuch" else plain[0])  # nothing was run


@pytest.mark.parametrize("argument", ["-o", "--help", "--", "-x", "--json", "-", "", "ü", "-m"])
def test_arguments_pass_untouched(folder: Path, argument: str) -> None:
    (folder / "train.py").write_text("import sys; print([a.encode() for a in sys.argv])")
    compare(folder, "train.py", argument, "foo", argument, "--help")
    compare(folder, "-m", "train", argument, "foo", argument, "--help")


@pytest.mark.parametrize(
    "path", ["./train.py", "sub/../train.py", "link.py", "sub/link.py", "{here}/train.py"]
)
def test_paths(folder: Path, path: str) -> None:
    (folder / "sub").mkdir()
    (folder / "train.py").write_text(
        "import sys, mod; print(__file__, sys.path[0], sys.argv, mod.__file__)\n1 / 0"
    )
    (folder / "link.py").symlink_to("train.py")
    (folder / "sub/link.py").symlink_to(folder / "link.py")
    compare(folder, path.format(here=folder))


@pytest.mark.parametrize("name", ["surroundings", "path", "arguments", "exception", "chdir"])
def test_folder_and_zip(folder: Path, name: str) -> None:
    (folder / "app").mkdir()
    (folder / "app/__main__.py").write_text(SCRIPTS[name])
    (folder / "app/mod.py").write_text("")
    with zipfile.ZipFile(folder / "app.zip", "w") as archive:
        archive.writestr("__main__.py", SCRIPTS[name])
        archive.writestr("mod.py", "")
    compare(folder, "app", "-x")
    compare(folder, "./app.zip", "-x")


@pytest.mark.parametrize(
    "source",
    [
        b"\xef\xbb\xbfprint('bom \xc3\xa4')",
        b"# -*- coding: latin-1 -*-\nprint('cookie \xe4')",
        b"print('no cookie \xe4')",
        b"x = 1\n\n# comment \xe4\n",
        b"# -*- coding: nosuch -*-\n",
        b"print('crlf')\r\nif 1:\r\n    print(2)\r\n",
        b"",
        b"print(1)\nx = 2\0\n",
        b"x = 2\0; print(1)\nprint(3)\n",
        b"#!/usr/bin/env python\n'just a string'",
        b"print(1)\n1/0 # no newline at the end",
    ],
)
def test_encodings(folder: Path, source: bytes) -> None:
    (folder / "train.py").write_bytes(source)
    compare(folder, "train.py", environment={"PYTHONIOENCODING": "utf-8"})


def test_compiled_script(folder: Path) -> None:
    (folder / "train.py").write_text("print('compiled', __file__, __loader__)")
    subprocess.run([*PYTHON, "-m", "compileall", "-q", "-b", "."], cwd=folder, check=True)
    compare(folder, "train.pyc")


@pytest.mark.parametrize("name", ["path", "chdir", "exception"])
def test_safe_path(folder: Path, name: str) -> None:
    (folder / "train.py").write_text(SCRIPTS[name])
    environment = {"PYTHONSAFEPATH": "1"}
    compare(folder, "train.py", environment=environment)
    (folder / "__main__.py").write_text(SCRIPTS[name])
    compare(folder, ".", environment=environment)
