"""What goes along with a script is told the right things, once, and in the right process."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from halfwave.launch import Outcome

if TYPE_CHECKING:
    from pathlib import Path

# a program of its own: the companion's say comes when the interpreter ends
_DRIVER = """
import os, sys
from halfwave.launch import reserve_last_place, run, script
reserve_last_place()

class Companion:
    def torch_imported(self):
        self.say("torch", sys.modules["torch"].x, sys.modules["torch"].__spec__.loader)
        if "breaking" in sys.argv: raise ValueError("torch_imported breaks")
    def ended(self, outcome):
        self.say("ended", outcome.state, outcome.exit_code, outcome.error, outcome.missing)
        if "breaking" in sys.argv: raise KeyboardInterrupt("ended breaks")
        if {"interrupting", "terminating"} & set(sys.argv):
            import signal
            signal.raise_signal(signal.SIGINT if "interrupting" in sys.argv else signal.SIGTERM)
            self.say("written")
    def after_all(self):
        self.say("after all")
        if "breaking" in sys.argv: raise ValueError("after_all breaks")
        return 10 if "replacing" in sys.argv else None
    def may_replace_exit_code(self):
        return "replacing" in sys.argv
    def say(self, *words):
        print("*", *words, flush=True)

program = script("train.py", tuple(sys.argv[1:]))
run(program, Companion())
"""


def _run(folder: Path, source: str, *arguments: str) -> tuple[int, list[str], str]:
    (folder / "driver.py").write_text(_DRIVER)
    (folder / "train.py").write_text(source)
    (folder / "torch.py").write_text("x = 1\n")
    done = subprocess.run(
        [sys.executable, "driver.py", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout.splitlines(), done.stderr


@pytest.mark.parametrize(
    ("source", "ended"),
    [
        ("", "finished 0 None None"),
        ("import sys; sys.exit()", "finished 0 None None"),
        ("import sys; sys.exit(3)", "failed 3 None None"),
        ("import sys; sys.exit(256)", "finished 0 None None"),
        ("import sys; sys.exit('why')", "failed 1 SystemExit: why None"),
        ("raise ValueError('a\\nb')", "failed 1 ValueError: a b None"),
        ("import nosuch.part", "failed 1 ModuleNotFoundError: No module named 'nosuch' nosuch"),
        ("raise KeyboardInterrupt", "interrupted 130 KeyboardInterrupt None"),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
            "interrupted 143 SIGTERM None",
        ),
        ("x = = 1", "failed 1 SyntaxError: invalid syntax (train.py, line 1) None"),
    ],
)
def test_outcome(tmp_path: Path, source: str, ended: str) -> None:
    _, lines, _ = _run(tmp_path, source)
    assert lines == [f"* ended {ended}", "* after all"]


def test_os_exit_leaves_no_word(tmp_path: Path) -> None:
    assert _run(tmp_path, "import os; os._exit(4)") == (4, [], "")


def test_last_word_comes_after_exit_callbacks_and_threads(tmp_path: Path) -> None:
    source = (
        "import atexit, threading, time\n"
        "atexit.register(lambda: print('at exit'))\n"
        "threading.Thread(target=lambda: (time.sleep(0.2), print('thread'))).start()\n"
        "print('main')\n"
    )
    expected = ["main", "thread", "at exit", "* ended finished 0 None None", "* after all"]
    assert _run(tmp_path, source) == (0, expected, "")


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("", 10),
        ("import sys; sys.exit(0)", 10),
        ("import sys; sys.exit(3)", 3),
        ("1 / 0", 1),
        ("import os; os._exit(0)", 0),
        ("raise KeyboardInterrupt", -2),
    ],
)
def test_exit_code_replaces_only_a_zero(tmp_path: Path, source: str, code: int) -> None:
    assert _run(tmp_path, source, "replacing")[0] == code


def test_replacing_the_exit_code_keeps_the_order_of_the_end(tmp_path: Path) -> None:
    source = (
        "import atexit, threading, time\n"
        "class Loud:\n    def __del__(self): print('gone', flush=True)\nloud = Loud()\n"
        "atexit.register(lambda: print('at exit'))\n"
        "threading.Thread(target=lambda: (time.sleep(0.2), print('thread'))).start()\n"
    )
    plain = _run(tmp_path, source)[1]
    assert plain[-1] == "gone"
    assert _run(tmp_path, source, "replacing") == (10, plain, "")


@pytest.mark.parametrize("times", [1, 3])
def test_torch_import_is_told_once(tmp_path: Path, times: int) -> None:
    source = "import torch\nprint('loaded by', type(torch.__loader__).__name__)\n" * times
    lines = _run(tmp_path, source)[1]
    assert len([line for line in lines if line.startswith("* torch 1 <_frozen")]) == 1
    assert lines[1] == "loaded by SourceFileLoader"


def test_a_failing_torch_import_may_succeed_later(tmp_path: Path) -> None:
    source = (
        "import importlib, importlib.util, os, sys\n"
        "assert importlib.util.find_spec('torch').loader.path == os.path.abspath('torch.py')\n"
        "open('torch.py', 'w').write('x = 5 / 0')\n"
        "try:\n    import torch\nexcept ZeroDivisionError as error: problem = error\n"
        "open('torch.py', 'w').write('x = 123456789')\nimportlib.invalidate_caches()\n"
        "import torch\nprint('there')\nraise problem"
    )
    code, lines, errors = _run(tmp_path, source)
    assert code == 1
    assert lines[0].startswith("* torch 123456789")
    assert lines[1] == "there"
    assert "halfwave" not in errors
    assert "importlib" not in errors


def test_a_breaking_companion_changes_nothing_for_the_script(tmp_path: Path) -> None:
    code, lines, errors = _run(tmp_path, "import torch\nprint('on')\nexit(3)", "breaking")
    assert code == 3
    assert "on" in lines
    assert errors.splitlines() == [
        "halfwave: ValueError: torch_imported breaks",
        "halfwave: KeyboardInterrupt: ended breaks",
        "halfwave: ValueError: after_all breaks",
    ]


def test_a_fork_says_nothing(tmp_path: Path) -> None:
    source = (
        "import os, sys\npid = os.fork()\nif pid:\n    os.waitpid(pid, 0)\n"
        "    print('parent')\nelse:\n    import torch; print('child', flush=True); sys.exit(7)\n"
    )
    lines = _run(tmp_path, source, "replacing")[1]
    assert lines == ["child", "parent", "* ended finished 0 None None", "* after all"]


def test_outcome_of_an_error_that_cannot_be_printed() -> None:
    class Silent(Exception):  # noqa: N818
        def __str__(self) -> str:
            raise RuntimeError

    name = "test_outcome_of_an_error_that_cannot_be_printed.<locals>.Silent"
    assert Outcome.of(Silent()).error == name


def test_an_interrupt_after_the_scripts_end_stops_no_writing(tmp_path: Path) -> None:
    code, lines, complaints = _run(tmp_path, "print('trained')", "interrupting")
    assert (code, complaints) == (0, "")
    assert lines[-2:] == ["* written", "* after all"]


@pytest.mark.skipif(sys.platform != "linux", reason="SIGTERM ends a process at once")
def test_sigterm_after_the_scripts_end_waits_for_the_writing(tmp_path: Path) -> None:
    pytest.importorskip("halfwave._native")
    code, lines, complaints = _run(tmp_path, "print('trained')", "terminating")
    assert (code, complaints) == (-15, "")
    assert lines[-2:] == ["* written", "* after all"]
