# ruff: noqa: INP001, PLC0415 - found by its name in a folder, and loaded before anything else
# pyright: reportMissingImports=false
"""Begins to follow a child process before its program does anything.

Python imports a module of this name as it starts. What led it here is taken
back first, and a ``sitecustomize`` of the user's is imported as it would have
been: the program finds its environment, its path and its modules as they are
without us.
"""

from __future__ import annotations

import os
import sys
from typing import Any


def _take_back() -> dict[str, Any] | None:
    import json

    told = json.loads(os.environ.pop("HALFWAVE_FOLLOW", "null"))
    here = os.path.dirname(__file__)  # noqa: PTH120 - pathlib would be one module more
    if here in sys.path:
        sys.path.remove(here)
    sys.path_importer_cache.pop(here, None)
    if told is not None:
        # a shell on the way may have put something before it
        places = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        rest = [place for place in places if place != here]
        if rest or told["path"] is not None:
            os.environ["PYTHONPATH"] = os.pathsep.join(rest)
        else:
            os.environ.pop("PYTHONPATH", None)
    return told


def _begin(told: dict[str, Any]) -> None:
    sys.path.insert(0, told["home"])
    try:
        from halfwave.observe.children.following import begin
    finally:
        sys.path.remove(told["home"])
    begin(told["settings"])


def _run() -> None:
    told = _take_back()
    if (
        told is not None and told["prefix"] == sys.prefix
    ):  # not another Python, on the way of a shell
        try:
            _begin(told)
        except Exception as error:  # noqa: BLE001 - whatever it is, the program starts
            print(f"halfwave: this process is not followed: {error!r}", file=sys.stderr)
    del sys.modules["sitecustomize"]
    # the user's, if there is one; else site hears that there is none
    __import__("sitecustomize")


_run()
