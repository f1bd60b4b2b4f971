"""A script that starts itself anew in its own process, as is done to set a variable in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from command_line import recordings, run

from halfwave.cli._replacing import checked
from halfwave.recording import read

if TYPE_CHECKING:
    from pathlib import Path

_TRAIN = """
net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(12):
    optimizer.zero_grad()
    net(torch.randn(16, 4)).square().mean().backward()
    optimizer.step()
"""
_AGAIN = """
if "AGAIN" not in os.environ:
    os.environ["AGAIN"] = "1"
    {call}
"""
_EXECV = "os.execv(sys.executable, [sys.executable, '-X', 'utf8', *sys.argv])"
_EXECVP = "os.execvp('python', ['python', '-u', *sys.argv])"


@pytest.mark.parametrize("call", [_EXECV, _EXECVP])
@pytest.mark.parametrize("first", ["import os, sys", "import os, sys, torch"])
def test_it_is_watched_as_what_it_has_become(tmp_path: Path, call: str, first: str) -> None:
    script = (
        first + _AGAIN.format(call=call) + "import torch" + _TRAIN + "print(sys.argv, flush=True)"
    )
    (tmp_path / "train.py").write_text(script)
    plain = run(tmp_path, "train.py", "--lr", "1", program=("python",))
    done = run(tmp_path, "check", "--every", "1", "-fo", "run.halfwave", "train.py", "--lr", "1")
    assert (done.code, done.out) == (0, ["['train.py', '--lr', '1']"]) == (plain.code, plain.out)
    assert recordings(tmp_path) == ["run.halfwave"]
    info = read(tmp_path / "run.halfwave").info
    assert (info.steps, info.sampled, info.argv) == (12, 12, ("--lr", "1"))
    assert any(line.startswith("Healthy") for line in done.errors), done.errors


def test_what_was_seen_before_stays(tmp_path: Path) -> None:
    script = "import os, sys, torch" + _TRAIN + _AGAIN.format(call=_EXECV)
    (tmp_path / "train.py").write_text(script)
    done = run(tmp_path, "check", "train.py")
    assert done.code == 0
    assert [read(tmp_path / name).info.steps for name in recordings(tmp_path)] == [12, 12]
    assert any("the script replaces this process" in line for line in done.errors)
    done = run(tmp_path, "check", "-o", "run.halfwave", "train.py")
    assert read(tmp_path / "run.halfwave").info.steps == 12
    assert any("is not watched" in line for line in done.errors)


def test_another_program_is_left_alone_and_named(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("import os\nos.execlp('echo', 'echo', 'what', 'it says')\n")
    done = run(tmp_path, "check", "train.py")
    assert (done.code, done.out) == (0, ["what it says"])
    (line,) = done.errors
    assert "echo): what that does is not watched" in line


def test_what_does_not_exist_is_the_scripts_own_error(tmp_path: Path) -> None:
    script = (
        "import os, sys, torch\n"
        "try:\n    os.execv('/no/such', ['such'])\n"
        "except FileNotFoundError as error:\n    print(error)\n"
    )
    (tmp_path / "train.py").write_text(script + _TRAIN)
    done = run(tmp_path, "check", "-o", "run.halfwave", "train.py")
    assert (done.code, done.out) == (0, ["[Errno 2] No such file or directory"])
    assert read(tmp_path / "run.halfwave").info.steps == 12


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (
            ["python", "train.py", "-S"],
            ["python", "-m", "halfwave", "check", "-f", "train.py", "-S"],
        ),
        (
            ["p", "-W", "error", "-OO", "t.py"],
            ["p", "-W", "error", "-OO", "-m", "halfwave", "check", "-f", "t.py"],
        ),
        (
            ["p", "-Xdev", "-m", "a.b", "c"],
            ["p", "-Xdev", "-m", "halfwave", "check", "-f", "-m", "a.b", "c"],
        ),
        (["p", "-c", "pass"], None),
        (["p", "-I", "train.py"], None),
        (["p", "-m"], None),
        (["p"], None),
        (["p", "-W"], None),
    ],
)
def test_words_of_an_interpreter(words: list[str], wanted: list[str] | None) -> None:
    assert checked(words, ["-f"]) == wanted
