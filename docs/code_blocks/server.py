"""Run programs that come on stdin as JSON, each in a fork of this process.

torch takes longer to import than most of them take to run; here it is imported once. Each has a
folder of its own under the one that is named, and none sees what another did. Prints what went
wrong in each, as JSON: "" where nothing did.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import json
import os
import sys
import traceback
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any


def main(folder: Path) -> None:
    """Read the programs, run them, print what went wrong."""
    jobs: list[dict[str, str]] = json.load(sys.stdin)
    needed = "".join(job["given"] + job["code"] for job in jobs)
    with contextlib.suppress(ImportError):  # programs that need it will say so
        if "torch" in needed or "halfwave" in needed:
            import_module("torch._dynamo")  # the first optimizer would bring it in
        if "halfwave" in needed:
            import_module("halfwave.run")
            import_module("halfwave.observe.watcher")
            import_module("halfwave.diagnose").rules()
    problems: list[str] = []
    for number, job in enumerate(jobs):
        place = folder / str(number)
        place.mkdir()
        report = folder / f"{number}.txt"
        child = os.fork()
        if child == 0:
            _in_the_child(job, place, report)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        text = report.read_text(encoding="utf-8") if report.exists() else ""
        problems.append("" if code == 0 else text or f"ended with {code}")
    json.dump(problems, sys.stdout)


def _in_the_child(job: dict[str, str], place: Path, report: Path) -> None:
    """Run one program and end this process."""
    code = 1
    try:
        os.chdir(place)
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 1)  # what the parent prints is its own
        warnings.simplefilter("error")
        problem = _session(job) if job["kind"] == "pycon" else _program(job)
        report.write_text(problem, encoding="utf-8")
        code = 1 if problem else 0
    finally:
        os._exit(code)


def _program(job: dict[str, str]) -> str:
    names: dict[str, Any] = {"__name__": "__main__"}
    try:
        exec(compile(job["given"], job["name"], "exec"), names)  # noqa: S102 - that is what we are for
        exec(compile(job["code"], job["name"], "exec"), names)  # noqa: S102 - as above
    except SystemExit as stop:
        return f"ended with {stop.code}" if stop.code else ""
    except BaseException:  # noqa: BLE001 - whatever it is, it is reported
        return traceback.format_exc()
    return ""


def _session(job: dict[str, str]) -> str:
    names: dict[str, Any] = {}
    exec(compile(job["given"], job["name"], "exec"), names)  # noqa: S102 - as above
    test = doctest.DocTestParser().get_doctest(job["code"], names, job["name"], job["name"], 0)
    output = io.StringIO()
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    runner.run(test, out=output.write)
    return output.getvalue() if runner.failures else ""


if __name__ == "__main__":
    main(Path(sys.argv[1]))
