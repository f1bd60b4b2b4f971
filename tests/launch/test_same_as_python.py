"""Every program here runs under plain Python and under ``halfwave check``; nothing may differ."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PYTHON = [sys.executable]
CHECK = [str(Path(sys.executable).with_name("halfwave")), "check", "--quiet"]
AS_MODULE = [sys.executable, "-m", "halfwave", "check", "--quiet"]

#: name -> source; the file is train.py, run with the arguments ``a "b c"``.
SCRIPTS = {
    "arguments": "import sys; print(sys.argv, sys.orig_argv[1:])",
    "surroundings": "print({k: repr(v) for k, v in globals().items()})",
    "annotations": '"""Doc."""\nx: int = 1\nprint(__doc__, __annotations__)',
    "main guard": 'if __name__ == "__main__":\n    print("main")',
    "path": "import sys; print(sys.path)",
    "modules": (
        "import sys\n"
        "print([name for name in ('numpy', 'torch', 'logging', 'multiprocessing', 'rich')"
        " if name in sys.modules])"
    ),
    "future": "def f(x: nosuch): pass\n",  # no "from __future__" of ours may leak in
    "exit 3": "import sys; sys.exit(3)",
    "exit text": "import sys; print('out'); sys.exit('a message')",
    "exit nothing": "import sys; sys.exit()",
    "exit true": "import sys; sys.exit(True)",
    "exit 300": "import sys; sys.exit(300)",
    "exit object": "import sys; sys.exit(['a', 'list'])",
    "exit inside": "def f():\n    raise SystemExit(7)\nf()",
    "exit at once": "import os; print('lost'); os._exit(4)",
    "abort": "import os; os.abort()",
    "exception": "def f(x):\n    return 1 / x\n\nf(\n    0)",
    "caused": "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise KeyError('k') from e",
    "context": "try:\n    1 / 0\nexcept ZeroDivisionError:\n    {}['k']",
    "group": (
        "def f():\n    raise ValueError('v')\n"
        "try:\n    f()\nexcept ValueError as e:\n"
        "    raise ExceptionGroup('several', [e, KeyError('k')]) from OSError(2, 'no')"
    ),
    "bad str": "class E(Exception):\n    def __str__(self):\n        1 / 0\nraise E",
    "syntax error": "x = 1\nif x\n    pass\n",
    "indentation error": "def f():\npass\n",
    "syntax error at run time": "print('first')\ncompile('x +', 'other.py', 'exec')",
    "import error": "import nosuchmodule",
    "excepthook": (
        "import sys, traceback\n"
        "def hook(kind, error, trace):\n"
        "    print('hook', kind, error, [f.name for f in traceback.extract_tb(trace)])\n"
        "    print(sys.last_traceback is trace, error.__traceback__ is trace, __file__)\n"
        "    print(sys.excepthook is hook)\n"
        "sys.excepthook = hook\n"
        "def f():\n    1 / 0\nf()"
    ),
    "bad excepthook": (
        "import sys\ndef hook(*_):\n    raise KeyError('in the hook')\nsys.excepthook = hook\n1 / 0"
    ),
    "exiting excepthook": (
        "import sys\ndef hook(*_):\n    sys.exit(5)\nsys.excepthook = hook\n1 / 0"
    ),
    "no excepthook": "import sys\ndel sys.excepthook\n1 / 0",
    "untouched excepthook": "import sys; print(sys.excepthook is sys.__excepthook__)",
    "thread exception": (
        "import threading\n"
        "t = threading.Thread(target=lambda: 1 / 0, name='worker')\nt.start(); t.join()"
    ),
    "thread excepthook": (
        "import threading\n"
        "threading.excepthook = lambda args: print(args.exc_type, args.thread.name)\n"
        "t = threading.Thread(target=lambda: 1 / 0, name='worker')\nt.start(); t.join()"
    ),
    "thread outlives main": (
        "import atexit, threading, time\n"
        "def work():\n    time.sleep(0.2); print('thread', '__file__' in globals())\n"
        "atexit.register(lambda: print('atexit', '__file__' in globals()))\n"
        "threading.Thread(target=work).start()\nprint('main')"
    ),
    "pool outlives main": (
        "import time\nfrom concurrent.futures import ThreadPoolExecutor\n"
        "pool = ThreadPoolExecutor(2)\n"
        "pool.submit(lambda: (time.sleep(0.2), print('thread')))\nprint('main')"
    ),
    "atexit": (
        "import atexit\n"
        "atexit.register(print, 'first in, last out')\n"
        "atexit.register(lambda: 1 / 0)\n"
        "atexit.register(print, 'last in, first out')\n1 / 0"
    ),
    "globals at exit": (
        "class Loud:\n    def __del__(self):\n        print('gone')\n"
        "loud = Loud()\nf = open('left_open.txt', 'w'); f.write('kept')"
    ),
    "pickle": (
        "import pickle\nclass A:\n    pass\n"
        "a = pickle.loads(pickle.dumps(A()))\nprint(type(a) is A, A.__module__)"
    ),
    "type hints": (
        "from __future__ import annotations\nimport dataclasses, typing\n"
        "class A: pass\n@dataclasses.dataclass\nclass B:\n    a: A\n"
        "print(typing.get_type_hints(B))"
    ),
    "source": (
        "import inspect, linecache\ndef f():\n    return 1\n"
        "print(inspect.getsource(f), linecache.getline(__file__, 2), inspect.getfile(f))"
    ),
    "warning": (
        "import warnings\nwarnings.warn('here')\n"
        "def f():\n    warnings.warn('caller', DeprecationWarning, stacklevel=2)\nf()"
    ),
    "log": "import logging\nlogging.warning('w')\ntry:\n    1/0\nexcept OSError: pass",
    "printed traceback": (
        "import traceback\ndef f():\n    1 / 0\n"
        "try:\n    f()\nexcept ZeroDivisionError:\n    traceback.print_exc()"
    ),
    "argparse": "import argparse\nargparse.ArgumentParser().parse_args()",
    "unittest": (
        "import unittest, sys\nclass T(unittest.TestCase):\n"
        "    def test_a(self):\n        self.assertTrue(True)\n"
        "    def test_b(self):\n        self.assertTrue(False)\n"
        "sys.argv[1:] = ['T.test_b']\nunittest.main(verbosity=0)"
    ),
    "doctest": '"""\n>>> 1 + 1\n3\n"""\nimport doctest\ndoctest.testmod()',
    "input": "print(input('? '))",
    "interrupt": "import os, signal\nprint('out')\nos.kill(os.getpid(), signal.SIGINT)",
    "interrupt caught": (
        "import os, signal\ntry:\n    os.kill(os.getpid(), signal.SIGINT)\n"
        "except KeyboardInterrupt:\n    print('caught')"
    ),
    "asyncio interrupt": (
        "import asyncio, os, signal\nasync def f():\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n    await asyncio.sleep(5)\nasyncio.run(f())"
    ),
    "terminated": (
        "import atexit, os, signal\natexit.register(print, 'never')\nprint('lost in the buffer')\n"
        "os.kill(os.getpid(), signal.SIGTERM)\nprint('never')"
    ),
    "own SIGTERM handler": (
        "import os, signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(9))\n"
        "os.kill(os.getpid(), signal.SIGTERM)"
    ),
    "killed": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "fork": (
        "import os, sys\nprint('before', flush=True)\npid = os.fork()\n"
        "if pid == 0:\n    print('child'); sys.exit(3)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))"
    ),
    "fork fails": (
        "import os\npid = os.fork()\nif pid == 0:\n    1 / 0\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))"
    ),
    "fork terminated": (
        "import os, signal, time\npid = os.fork()\nif pid == 0:\n"
        "    print(signal.getsignal(signal.SIGTERM), flush=True); time.sleep(60)\n"
        "time.sleep(0.3)\nos.kill(pid, signal.SIGTERM)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))"
    ),
    "relaunch": (
        "import os, sys\nif 'again' not in sys.argv:\n"
        "    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:], 'again'])\n"
        "print(sys.argv)"
    ),
    "stdout closed by the script": "import sys\nprint('x')\nsys.stdout.close()",
    "stdout replaced": "import io, sys\nsys.stdout = io.StringIO()\nprint('swallowed')",
    "stdout fd closed": "import os\nprint('x')\nos.close(1)",
    "stderr replaced": "import io, sys\nsys.stderr = io.StringIO()\n1 / 0",
    "path changed": "import sys\nsys.path.clear(); sys.modules.pop('json', None)\nprint('x')",
    "own rich": "import mod; print(mod.__file__)",
    "chdir": "import os, sys\nos.chdir('/')\nimport mod\nprint(mod.__file__, sys.argv[0])",
}

_WORKERS = """
import multiprocessing as mp, os, sys
from concurrent.futures import ProcessPoolExecutor

class Item:
    def __init__(self, n): self.n = n

def work(item):
    return Item(item.n * item.n)

def loud(n):
    print("child", __name__, n, flush=True)

if __name__ == "__main__":
    context = mp.get_context({method!r})
    with context.Pool(2) as pool:
        print([i.n for i in pool.map(work, [Item(n) for n in range(5)])])
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        print([i.n for i in pool.map(work, [Item(n) for n in range(5)])])
    p = context.Process(target=loud, args=(1,)); p.start(); p.join(); print(p.exitcode)
    p = context.Process(target=work, args=(1,)); p.start(); p.join(); print(p.exitcode)
    p = context.Process(target=__import__("time").sleep, args=(60,)); p.start(); p.terminate()
    p.join(); print(p.exitcode)
"""


def _run(
    command: Sequence[str],
    folder: Path,
    *,
    text: str = "typed\n",
    environment: Mapping[str, str] | None = None,
) -> tuple[int, bytes, str]:
    done = subprocess.run(
        command,
        cwd=folder,
        input=text.encode(),
        capture_output=True,
        timeout=300,
        check=False,
        env={**os.environ, **(environment or {})},
    )
    # addresses, process numbers and times differ from run to run
    stable = re.sub(rb"0x[0-9a-f]+", b"0x", done.stdout)
    errors = re.sub(r"0x[0-9a-f]+|Process-\d+|in \d\.\d+s", "", done.stderr.decode())
    return done.returncode, stable, errors


def _compare(
    folder: Path, *words: str, environment: Mapping[str, str] | None = None
) -> tuple[int, bytes, str]:
    plain = _run([*PYTHON, *words], folder, environment=environment)
    assert _run([*CHECK, *words], folder, environment=environment) == plain
    assert [p.name for p in folder.glob("*.halfwave")] == []
    return plain


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mod.py").write_text("x = 1\n")
    return tmp_path


@pytest.mark.parametrize("name", SCRIPTS)
def test_script(folder: Path, name: str) -> None:
    (folder / "train.py").write_text(SCRIPTS[name])
    _compare(folder, "train.py", "a", "b c")


@pytest.mark.parametrize("name", ["surroundings", "exception", "interrupt", "terminated", "path"])
def test_script_under_python_m_halfwave(folder: Path, name: str) -> None:
    (folder / "train.py").write_text(SCRIPTS[name])
    plain = _run([*PYTHON, "train.py"], folder)
    assert _run([*AS_MODULE, "train.py"], folder) == plain


@pytest.mark.parametrize(
    "name", ["arguments", "surroundings", "path", "exception", "exit text", "interrupt", "pickle"]
)
def test_module(folder: Path, name: str) -> None:
    (folder / "train.py").write_text(SCRIPTS[name])
    _compare(folder, "-m", "train", "-o", "foo", "--help", "--", "-x")


@pytest.mark.parametrize("what", ["package", "package.part", "package.nosuch", "package.broken"])
def test_module_of_a_package(folder: Path, what: str) -> None:
    package = folder / "package"
    package.mkdir()
    (package / "__init__.py").write_text("import sys; print('init', sys.argv)\n")
    (package / "__main__.py").write_text(SCRIPTS["surroundings"])
    (package / "part.py").write_text("from . import __main__\n1 / 0")
    (package / "broken.py").write_text("x = = 1")
    plain = _run([*PYTHON, "-m", what, "-m", "x"], folder)
    code, out, errors = _run([*CHECK, "-m", what, "-m", "x"], folder)
    assert (out, errors) == plain[1:]
    assert code == (2 if what == "package.nosuch" else plain[0])  # nothing was run


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize("as_module", [False, True])
def test_workers(folder: Path, method: str, as_module: bool) -> None:
    (folder / "train.py").write_text(_WORKERS.replace("{method!r}", repr(method)))
    words = ["-m", "train"] if as_module else ["train.py"]
    code, out, _ = _compare(folder, *words)
    assert code == 0
    assert out.count(b"[0, 1, 4, 9, 16]") == 2


@pytest.mark.parametrize("argument", ["-o", "--help", "--", "-x", "--json", "-", "", "ü", "-m"])
def test_arguments_pass_untouched(folder: Path, argument: str) -> None:
    (folder / "train.py").write_text("import sys; print([a.encode() for a in sys.argv])")
    _compare(folder, "train.py", argument, "foo", argument, "--help")
    _compare(folder, "-m", "train", argument, "foo", argument, "--help")


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
    _compare(folder, path.format(here=folder))


@pytest.mark.parametrize("name", ["surroundings", "path", "arguments", "exception", "chdir"])
def test_folder_and_zip(folder: Path, name: str) -> None:
    (folder / "app").mkdir()
    (folder / "app/__main__.py").write_text(SCRIPTS[name])
    (folder / "app/mod.py").write_text("")
    with zipfile.ZipFile(folder / "app.zip", "w") as archive:
        archive.writestr("__main__.py", SCRIPTS[name])
        archive.writestr("mod.py", "")
    _compare(folder, "app", "-x")
    _compare(folder, "./app.zip", "-x")


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
    _compare(folder, "train.py", environment={"PYTHONIOENCODING": "utf-8"})


def test_compiled_script(folder: Path) -> None:
    (folder / "train.py").write_text("print('compiled', __file__, __loader__)")
    subprocess.run([*PYTHON, "-m", "compileall", "-q", "-b", "."], cwd=folder, check=True)
    _compare(folder, "train.pyc")


@pytest.mark.parametrize("name", ["path", "chdir", "exception"])
def test_safe_path(folder: Path, name: str) -> None:
    (folder / "train.py").write_text(SCRIPTS[name])
    environment = {"PYTHONSAFEPATH": "1"}
    _compare(folder, "train.py", environment=environment)
    (folder / "__main__.py").write_text(SCRIPTS[name])
    _compare(folder, ".", environment=environment)


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, -2), (signal.SIGTERM, -15), (signal.SIGKILL, -9)]
)
def test_signals_from_outside(folder: Path, number: int, status: int) -> None:
    (folder / "train.py").write_text(
        "import time\nprint('ready', flush=True)\nwhile True:\n    time.sleep(60)"
    )
    seen: list[tuple[int, str]] = []
    for command in (PYTHON, CHECK):
        process = subprocess.Popen(
            [*command, "train.py"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.5)  # until it sleeps, and not on its way there
        process.send_signal(number)
        _, errors = process.communicate(timeout=120)
        seen.append((process.returncode, errors))
    assert seen[0] == seen[1]
    assert seen[0][0] == status


@pytest.mark.parametrize("count", [10, 100_000])
def test_reader_goes_away(folder: Path, count: int) -> None:
    (folder / "train.py").write_text(f"for n in range({count}):\n    print(n)")
    seen: list[tuple[int, bytes]] = []
    for command in (PYTHON, CHECK):
        process = subprocess.Popen(
            [*command, "train.py"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stderr is not None
        if count > 10:
            process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
        seen.append((process.wait(timeout=120), errors))
        process.stderr.close()
    assert seen[0] == seen[1]


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_closed_streams(folder: Path, closed: str) -> None:
    (folder / "train.py").write_text("import sys\nprint(sys.stdin is None)\n1 / 0")
    seen = [
        _run(["sh", "-c", f'exec "$@" {closed}', "sh", *command, "train.py"], folder)
        for command in (PYTHON, CHECK)
    ]
    assert seen[0] == seen[1]


def test_interpreter_options_stay(folder: Path) -> None:
    (folder / "train.py").write_text(
        "import sys; print(sys.orig_argv[1:], sys.flags.utf8_mode, sys.warnoptions)"
    )
    options = ["-X", "utf8", "-W", "error"]
    plain = _run([*PYTHON, *options, "train.py", "-x"], folder)
    watched = [*PYTHON, *options, "-m", "halfwave", "check", "--quiet", "train.py", "-x"]
    assert _run(watched, folder) == plain
