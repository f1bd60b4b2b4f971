"""``halfwave check``: its options, what it prints and leaves, and how it fails."""

from __future__ import annotations

import json
import os
import re
import shlex
from typing import TYPE_CHECKING

import pytest
from command_line import HALFWAVE, PRETENDED, pretend, recordings, run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A script that prints, and a ``torch`` that is quickly imported."""
    (tmp_path / "torch.py").write_text("__version__ = '2.0'\nclass Tensor: pass\n")
    (tmp_path / "train.py").write_text(
        "import atexit, sys, torch\natexit.register(print, 'at exit')\nprint('training')\n"
        "sys.exit(int(sys.argv[1]) if len(sys.argv) > 1 else 0)\n"
    )
    (tmp_path / "plain.py").write_text("print('plain')\n")
    return tmp_path


def test_report_on_stderr_and_a_recording_with_the_command_to_open_it(folder: Path) -> None:
    done = pretend(folder, "", "check", "train.py")
    assert done.code == 0
    assert done.out[1:] == ["training", "at exit"]
    (name,) = recordings(folder)
    assert re.fullmatch(r"halfwave-train\.\d+\.halfwave", name)
    assert done.errors[-1] == f"halfwave report {name}"
    assert any("dead-units" in line for line in done.errors)
    again = run(folder, *shlex.split(done.errors[-1])[1:])
    assert again.code == 0
    assert again.errors == []
    assert [line for line in again.out if line] == [line for line in done.errors[:-1] if line]


@pytest.mark.parametrize("name", ["a b's.halfwave", "-x.halfwave", "sub/run.halfwave"])
def test_named_recording_is_opened_by_the_last_line(folder: Path, name: str) -> None:
    (folder / "sub").mkdir()
    done = pretend(folder, "", "check", "-o", name, "train.py")
    assert (folder / name).is_file()
    again = run(folder, *shlex.split(done.errors[-1])[1:])
    assert again.code == 0
    assert any("dead-units" in line for line in again.out)


def test_existing_recording_is_refused_before_the_script_starts(folder: Path) -> None:
    kept = folder / "run.halfwave"
    kept.write_text("mine")
    done = pretend(folder, "", "check", "-o", "run.halfwave", "train.py")
    assert (done.code, done.out) == (2, [])
    assert len(done.errors) == 1
    assert "'run.halfwave' exists already" in done.errors[0]
    assert kept.read_text() == "mine"
    done = pretend(folder, "", "check", "-f", "-o", "run.halfwave", "train.py")
    assert (done.code, done.errors[-1]) == (0, "halfwave report run.halfwave")


def test_recording_stays_where_the_run_began(folder: Path) -> None:
    (folder / "train.py").write_text("import os\nos.chdir('/')\nimport torch\n")
    assert pretend(folder, "", "check", "train.py").code == 0
    assert len(recordings(folder)) == 1


@pytest.mark.parametrize("options", [["--quiet"], ["--no-report"], ["--quiet", "--no-report"]])
def test_silence(folder: Path, options: list[str]) -> None:
    done = pretend(folder, "", "check", *options, "train.py")
    assert (done.code, done.errors) == (0, [])
    assert len(recordings(folder)) == 1
    assert pretend(folder, "", "check", *options, "plain.py") == (0, ["plain"], [])


def test_json_is_the_last_line_of_stdout(folder: Path) -> None:
    done = pretend(folder, "", "check", "--json", "--quiet", "train.py")
    assert done.out[1:3] == ["training", "at exit"]
    assert len(done.out) == 4
    value = json.loads(done.out[-1])
    assert {"verdict", "findings", "sites", "loss", "steps", "cost"} <= set(value)
    finding = value["findings"][0]
    assert (finding["rule"], finding["sites"]) == ("dead-units", ["net.act"])
    assert value["sites"][0]["dead"] == 12
    name = recordings(folder)[0]
    again = run(folder, "report", "--json", name)
    assert (again.code, again.errors, len(again.out)) == (0, [], 1)
    assert json.loads(again.out[0])["findings"] == value["findings"]


def test_json_where_stdout_is_redirected_by_the_script(folder: Path) -> None:
    source = "import io, sys, torch\nprint('seen')\nsys.stdout = io.StringIO()\nprint('kept')\n"
    (folder / "train.py").write_text(source)
    done = pretend(folder, "", "check", "--json", "--quiet", "train.py")
    assert done.out[1] == "seen"
    assert json.loads(done.out[-1])["findings"]


@pytest.mark.parametrize(
    ("what", "fail_on", "script_code", "code"),
    [
        ("", "never", 0, 0),
        ("", "error", 0, 10),
        ("", "warning", 0, 10),
        ("", "error", 3, 3),
        ("healthy", "warning", 0, 0),
        ("healthy", "warning", 1, 1),
    ],
)
def test_fail_on(folder: Path, what: str, fail_on: str, script_code: int, code: int) -> None:
    arguments = ["--fail-on", fail_on, "train.py", str(script_code)]
    done = pretend(folder, what, "check", *arguments)
    assert done.code == code
    assert done.out[1:] == ["training", "at exit"]
    name = recordings(folder)[0]
    expected = 0 if fail_on == "never" or what == "healthy" else 10
    assert run(folder, "report", "--quiet", "--fail-on", fail_on, name) == (expected, [], [])


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ([], True),
        (["--ignore", "dead-units"], False),
        (["--select", "dead-units,non-finite"], True),
        (["--select", "non-finite"], False),
        (["--select", "non-finite", "--select", "dead-units"], True),
    ],
)
def test_select_and_ignore(folder: Path, options: list[str], found: bool) -> None:
    done = pretend(folder, "", "check", "--json", "--quiet", *options, "train.py")
    rules = [finding["rule"] for finding in json.loads(done.out[-1])["findings"]]
    assert ("dead-units" in rules) is found
    again = run(folder, "report", "--json", *options, recordings(folder)[0])
    assert [finding["rule"] for finding in json.loads(again.out[0])["findings"]] == rules


def test_selecting_rules_brings_nothing_into_the_script(folder: Path) -> None:
    (folder / "plain.py").write_text("import sys; print('numpy' in sys.modules)")
    assert run(folder, "check", "--select", "dead-units", "plain.py").out == ["False"]


@pytest.mark.parametrize(
    ("options", "seen"),
    [
        ([], "budget=0.01, every=None, max_steps=None, eager_samples=False"),
        (["--budget", "5"], "budget=0.05, every=None, max_steps=None, eager_samples=False"),
        (["--budget=0.5%"], "budget=0.005, every=None, max_steps=None, eager_samples=False"),
        (["--eager-samples"], "budget=0.01, every=None, max_steps=None, eager_samples=True"),
        (
            ["--every", "7", "--max-steps", "90"],
            "budget=None, every=7, max_steps=90, eager_samples=False",
        ),
    ],
)
def test_watching_options(folder: Path, options: list[str], seen: str) -> None:
    done = pretend(folder, "", "check", "--quiet", *options, "train.py")
    assert done.out[0] == f"options Options({seen})"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "name a script to run, or a module with -m"),
        (["nosuch.py"], "no such file: 'nosuch.py'"),
        (["train"], "did you mean 'train.py'?"),
        ([""], "'' is a folder without a __main__.py"),
        (["."], "'.' is a folder without a __main__.py: name the script in it"),
        (["train.py/x"], "'train.py/x' cannot be read: Not a directory"),
        (["-"], "a script on standard input cannot be watched"),
        (["-m"], "Option '-m' requires an argument"),
        (["-m", ""], "-m needs the name of a module"),
        (["--nosuch", "train.py"], "No such option"),
        (["--every", "0", "train.py"], "0 is not in the range x>=1"),
        (["--every", "x", "train.py"], "'x' is not a valid integer"),
        (["--max-steps", "-1", "train.py"], "-1 is not in the range x>=1"),
        (["--budget", "0", "train.py"], "'0' is not a percentage above 0 and up to 100"),
        (["--budget", "nan", "train.py"], "'nan' is not a percentage"),
        (["--budget", "101", "train.py"], "'101' is not a percentage"),
        (["--budget", "1", "--every", "2", "train.py"], "--every and --budget exclude each other"),
        (["--fail-on", "info", "train.py"], "'info' is not one of"),
        (["--select", "dead-unit", "train.py"], "no rule 'dead-unit'; the nearest are dead-units"),
        (["--ignore", "x,dead-units", "train.py"], "no rule 'x'"),
        (["-o", ".", "train.py"], "'.' is a folder: name a file in it"),
        (["-f", "-o", "train.py", "train.py"], "-o 'train.py' is the script itself"),
        (["-o", "nosuch/x", "train.py"], "'nosuch/x' cannot be written: No such file"),
        (["-f", "-o", "/dev/null/x", "train.py"], "cannot be written: Not a directory"),
    ],
)
def test_bad_command_line(folder: Path, words: list[str], complaint: str) -> None:
    before = sorted(folder.iterdir())
    done = run(folder, "check", *words)
    assert (done.code, done.out) == (2, [])
    assert len(done.errors) == 1
    assert done.errors[0].startswith("halfwave")
    assert complaint in done.errors[0]
    assert sorted(folder.iterdir()) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
def test_no_permission(folder: Path) -> None:
    (folder / "train.py").chmod(0)
    done = run(folder, "check", "train.py")
    assert done == (2, [], ["halfwave check: no permission to read 'train.py'"])
    (folder / "train.py").chmod(0o644)
    folder.chmod(0o555)
    done = pretend(folder, "", "check", "train.py")
    assert done.code == 0
    assert "watching in memory" in done.errors[0]


def test_folder_that_takes_no_recording(folder: Path) -> None:
    script = str(folder / "train.py")
    done = pretend(folder, "", "check", script, cwd="/proc")
    assert done.code == 0
    assert done.out[1:] == ["training", "at exit"]


def test_module_that_is_not_there_is_told_in_pythons_words(folder: Path) -> None:
    done = run(folder, "check", "-m", "nosuch")
    assert (done.code, done.out) == (2, [])
    assert len(done.errors) == 1
    assert done.errors[0].endswith(": No module named nosuch")


def test_script_without_torch(folder: Path) -> None:
    done = run(folder, "check", "plain.py")
    assert (done.code, done.out) == (0, ["plain"])
    assert len(done.errors) == 1
    assert "did not import torch" in done.errors[0]
    assert recordings(folder) == []
    done = run(folder, "check", "--json", "--quiet", "-o", "x.halfwave", "plain.py")
    assert json.loads(done.out[-1])["sites"] == []
    assert recordings(folder) == []


def test_torch_not_installed(folder: Path) -> None:
    done = pretend(folder, "no torch", "check", "train.py")
    assert done.code == 1
    assert done.errors[-2] == "ModuleNotFoundError: No module named 'torch'"
    assert "torch is not installed for" in done.errors[-1]
    (folder / "train.py").write_text("try:\n    import torch\nexcept ImportError:\n    print('ok')")
    done = pretend(folder, "no torch", "check", "train.py")
    assert (done.code, done.out) == (0, ["ok"])


@pytest.mark.parametrize(
    ("what", "complaint"),
    [
        ("no start", "halfwave: not watching: OSError: [Errno 5] the watcher is broken"),
        ("no stop", "halfwave: the watching did not end well: ValueError: cannot stop"),
        ("no recording", "halfwave: the report failed: ValueError: cannot read; the recording"),
        ("problem", "halfwave: the disk is full"),
    ],
)
@pytest.mark.parametrize("code", [0, 3])
def test_our_own_failures_leave_the_script_alone(
    folder: Path, what: str, complaint: str, code: int
) -> None:
    done = pretend(folder, what, "check", "--fail-on", "warning", "train.py", str(code))
    assert [line for line in done.out if not line.startswith("options")] == ["training", "at exit"]
    assert len([line for line in done.errors if line.startswith(complaint)]) == 1
    assert "Traceback (most recent call last):" not in done.errors
    if code:
        assert done.code == code
    if what != "no start":
        assert len(recordings(folder)) == 1


def test_empty_recording_is_no_litter(folder: Path) -> None:
    done = pretend(folder, "empty", "check", "train.py")
    assert recordings(folder) == []
    assert len(done.errors) == 1
    assert "torch was imported, but nothing was done with it" in done.errors[0]
    assert pretend(folder, "empty", "check", "--quiet", "train.py").errors == []
    assert recordings(folder) == []
    pretend(folder, "empty", "check", "-o", "asked.halfwave", "train.py")
    assert recordings(folder) == ["asked.halfwave"]


def test_files_beside_the_script_do_not_get_into_the_report(folder: Path) -> None:
    for name in ("rich", "colorsys", "html"):
        (folder / f"{name}.py").write_text("raise RuntimeError('the wrong one')")
    done = pretend(folder, "", "check", "train.py")
    assert done.code == 0
    assert any("dead-units" in line for line in done.errors)


def test_interrupted_script_gets_its_report(folder: Path) -> None:
    source = "import os, signal, torch\nos.kill(os.getpid(), signal.{})\nprint('never')"
    for name, code in (("SIGINT", -2), ("SIGTERM", -15)):
        (folder / "train.py").write_text(source.format(name))
        done = pretend(folder, "", "check", "train.py")
        assert done.code == code
        assert "never" not in done.out
        assert re.fullmatch(r"halfwave report halfwave-train\.\d+\.halfwave", done.errors[-1])
        assert any("interrupted" in line for line in done.errors)


def test_folder_that_has_been_removed(folder: Path) -> None:
    shell = ("sh", "-c", 'mkdir gone && cd gone && rmdir ../gone && exec "$@"', "sh")
    done = run(folder, "check", str(folder / "plain.py"), program=(*shell, *HALFWAVE))
    assert (done.code, done.out) == (0, ["plain"])
    assert len(done.errors) == 1
    done = run(folder, "check", str(folder / "train.py"), program=(*shell, *PRETENDED), PRETEND="")
    assert (done.code, done.out[1:]) == (0, ["training", "at exit"])
    assert "the current folder has been removed; watching in memory" in done.errors[0]


def test_full_stdout_is_told_in_one_line(folder: Path) -> None:
    pretend(folder, "", "check", "--quiet", "train.py")
    shell = ("sh", "-c", 'exec "$@" >/dev/full', "sh")
    done = run(folder, "report", recordings(folder)[0], program=(*shell, *HALFWAVE))
    assert done.code != 0
    assert done.errors == ["halfwave report: cannot write to stdout: No space left on device"]
