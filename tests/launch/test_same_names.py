"""Modules beside the script that are called as some of ours are: each finds its own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("torch")

TRAIN = """\
import {name}
import torch
print({name}.VALUE, {name}.__file__)
torch.manual_seed(0)  # or all units may be shut on the one input that there is
net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
optimizer = torch.optim.SGD(net.parameters(), 0.1)
for _ in range(3):
    optimizer.zero_grad()
    net(torch.ones(5, 4)).square().mean().backward()
    optimizer.step()
import {name} as again
print(again is {name}, {name}.VALUE)
"""


# loaded by us before the program; as torch is imported; for the report
@pytest.mark.parametrize(
    "file",
    ["click.py", "click/__init__.py", "difflib.py", "shlex.py", "sqlite3.py", "rich.py", "html.py"],
)
def test_each_finds_its_own(tmp_path: Path, file: str) -> None:
    own, name = tmp_path / file, file.removesuffix("/__init__.py").removesuffix(".py")
    own.parent.mkdir(exist_ok=True)
    own.write_text("VALUE = 17\n")
    (tmp_path / "train.py").write_text(TRAIN.format(name=name))
    plain, watched = (
        subprocess.run(
            [sys.executable, *how, "train.py"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        for how in ([], ["-m", "halfwave", "check", "-o", "run.halfwave"])
    )
    assert plain.stdout == f"17 {own}\nTrue 17\n"
    assert (watched.stdout, watched.returncode) == (plain.stdout, plain.returncode)
    assert "halfwave · train.py" in watched.stderr  # the report is there
    assert "rror" not in watched.stderr


# PYTHONPATH comes before what is installed, for us, too
@pytest.mark.parametrize(
    ("file", "flags"),
    [("click.py", []), ("click.py", ["-P"]), ("rich/__init__.py", []), ("html.py", [])],
)
def test_each_finds_its_own_where_pythonpath_names_the_folder(
    tmp_path: Path, file: str, flags: list[str]
) -> None:
    own, name = tmp_path / "root" / file, file.removesuffix("/__init__.py").removesuffix(".py")
    own.parent.mkdir(parents=True)
    own.write_text("VALUE = 17\n")
    (tmp_path / "scripts").mkdir()
    path = "print([place for place in sys.path if place])\n"
    script = tmp_path / "scripts" / "train.py"
    script.write_text("import sys\n" + path + TRAIN.format(name=name) + path)
    plain, watched = (
        subprocess.run(
            [*how, "../scripts/train.py"],
            cwd=tmp_path / "root",
            env={**os.environ, "PYTHONPATH": f".{os.pathsep}/nowhere"},
            capture_output=True,
            text=True,
            check=False,
        )
        for how in (
            [sys.executable, *flags],
            [sys.executable, *flags, "-m", "halfwave", "check", "-o", "run.halfwave"],
        )
    )
    assert f"17 {own}\nTrue 17\n" in plain.stdout
    assert (watched.stdout, watched.returncode) == (plain.stdout, plain.returncode), watched.stderr
    assert "halfwave · ../scripts/train.py" in watched.stderr  # the report is there
    assert "rror" not in watched.stderr


def test_a_folder_that_is_no_package_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "click").mkdir()
    (tmp_path / "click" / "note.txt").write_text("")
    (tmp_path / "train.py").write_text("import click\nprint(click.Command.__name__)\n")
    done = subprocess.run(
        [sys.executable, "-m", "halfwave", "check", "--quiet", "train.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "Command\n"
