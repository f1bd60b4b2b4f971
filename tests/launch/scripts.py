"""Short programs that show what a script can see of the Python that runs it."""

from __future__ import annotations

import sys

__all__ = ["SCRIPTS"]

_FORGOTTEN = "import atexit\natexit.register(lambda: exec(''))\nraise KeyboardInterrupt"

#: name -> source; the file is train.py, run with the arguments ``a "b c"``.
SCRIPTS: dict[str, str] = {
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
    # text that is run as code makes the interpreter forget the interrupt: torch._dynamo does so
    **({"interrupt forgotten": _FORGOTTEN} if sys.version_info < (3, 12) else {}),
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
