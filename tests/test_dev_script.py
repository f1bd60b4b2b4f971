"""dev.py and the lock files: what a fresh machine is given."""

from __future__ import annotations

import ast
import importlib.util
import itertools
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[1]
LOCKS = [ROOT / f"requirements{which}.lock" for which in ("", "-dev", "-extras")]


@pytest.fixture
def dev() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def locked(file: Path) -> dict[str, str]:
    lines = [re.split("[#;]", line)[0].strip() for line in file.read_text().splitlines()]
    return dict(line.split("==") for line in lines if line)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_locks_hold_versions_only(lock: Path) -> None:
    for line in lock.read_text().splitlines():
        system = r'(; sys_platform == "[a-z]+")?'  # where alone there are wheels
        assert re.fullmatch(rf"([a-z0-9-]+==[0-9][0-9a-z.]*{system})?(#.*)?", line), line
    assert len(locked(lock)) > 10


def test_locks_do_not_contradict_each_other() -> None:
    for one, other in itertools.combinations(LOCKS, 2):
        assert not locked(one).keys() & locked(other).keys()


#: Locked for `dev.py extras`: they bring much, and other tests do without.
_EXTRAS = {"lightning", "transformers", "accelerate", "keras"}
_EXTRAS |= {"tensorboard", "wandb", "mlflow", "slurm"}
#: Not locked: Ray for its size, trackio as it asks for older versions of what is.
_UNLOCKED = {"ray", "trackio"}
#: Locked with what the tests need.
_FOR_DEVELOPERS = {"docs", "jupyter"}


def test_what_the_package_asks_for_is_locked_and_in_range() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = pyproject["project"]
    wanted = [*project["dependencies"], *pyproject["build-system"]["requires"]]
    for name, extra in project["optional-dependencies"].items():
        if name not in _EXTRAS | _UNLOCKED | _FOR_DEVELOPERS:
            wanted += extra
    run = locked(LOCKS[0])
    assert Requirement(project["optional-dependencies"]["jupyter"][0]).specifier.contains(
        locked(LOCKS[1])["ipython"]
    )
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(run[canonicalize_name(requirement.name)]), requirement


def test_the_extras_that_tests_need_are_locked_and_in_range() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lock = locked(LOCKS[2])
    wanted = [line for name in _EXTRAS for line in project["optional-dependencies"][name]]
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(lock[canonicalize_name(requirement.name)])


def test_the_tests_of_the_extras_are_there(dev: ModuleType) -> None:
    assert all((ROOT / tests).exists() for tests in dev.EXTRAS_TESTS)


def test_what_the_site_is_made_with_is_locked_and_in_range() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lock = locked(LOCKS[1])
    for requirement in map(Requirement, project["optional-dependencies"]["docs"]):
        assert requirement.specifier.contains(lock[canonicalize_name(requirement.name)])


def test_the_package_pins_nothing() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    for wanted in (project["dependencies"], *extras):
        assert not [requirement for requirement in wanted if "==" in requirement]


def test_an_old_python_can_read_the_script() -> None:
    ast.parse((ROOT / "dev.py").read_text(), feature_version=(3, 8))


@pytest.mark.parametrize("version", [(3, 6), (3, 8), (3, 10)])
def test_an_old_python_is_told_so_in_one_line(
    version: tuple[int, int],
    dev: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "version_info", (*version, 0))
    monkeypatch.setattr(dev.shutil, "which", lambda name: name if name == "python3.12" else None)
    assert dev.main(["test"]) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert f"this is {version[0]}.{version[1]}" in message
    assert '"python3.12 dev.py"' in message


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_python_without_venv_is_told_what_to_install(
    missing: str,
    dev: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        dev.importlib.util, "find_spec", lambda name: None if name == missing else find(name)
    )
    assert dev.main(["demo"]) == 2
    assert "sudo apt install python3-venv" in capsys.readouterr().err


def test_an_unknown_command_shows_how_it_is_used() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "dev.py", "tset"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "python3 dev.py test" in done.stderr


def test_a_changed_lock_asks_for_a_new_set_up(dev: ModuleType, tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("numpy==2.4.6\n")
    before = dev.fingerprint(lock)
    assert dev.fingerprint(lock) == before
    lock.write_text("numpy==2.4.7\n")
    assert dev.fingerprint(lock) != before


def test_nothing_leads_pip_away_from_the_environment(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("HTTPS_PROXY", "kept")
    environment = dev.environment()
    assert "/elsewhere" not in environment.values()
    assert environment["HTTPS_PROXY"] == "kept"


def test_set_up_is_done_once_for_a_lock(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed: list[list[str]] = []
    made: list[object] = []
    monkeypatch.setattr(dev, "VENV", tmp_path)
    monkeypatch.setattr(dev, "pip", installed.append)
    monkeypatch.setattr(dev, "works", lambda: bool(made))
    monkeypatch.setattr(dev.subprocess, "run", lambda command, check: made.append(command))
    dev.set_up(LOCKS)
    assert (len(made), len(installed)) == (1, 2)
    dev.set_up(LOCKS)
    dev.set_up(LOCKS[:1])
    assert (len(made), len(installed)) == (1, 2)
    made.clear()  # as where the interpreter behind .venv has gone
    dev.set_up(LOCKS[:1])
    assert (len(made), len(installed)) == (1, 4)


def test_a_further_lock_does_not_build_halfwave_again(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed: list[list[str]] = []
    monkeypatch.setattr(dev, "VENV", tmp_path)
    monkeypatch.setattr(dev, "pip", installed.append)
    monkeypatch.setattr(dev, "works", lambda: True)
    dev.set_up(LOCKS[:2])
    assert "--editable" in installed[-1]
    dev.set_up(LOCKS)
    assert len(installed) == 3
    assert "--editable" not in installed[-1]
