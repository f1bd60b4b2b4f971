"""A program: the command line with a pretended watcher, for what a real one seldom does.

The environment's PRETEND names what is to happen; ``torch`` is a file of the
test's own folder.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from typing import Any

from halfwave import observe

_WHAT = os.environ.get("PRETEND", "")


@dataclass(frozen=True)
class Options:
    budget: float | None = 0.01
    every: int | None = None
    max_steps: int | None = None
    eager_samples: bool = False


class Watcher:
    def __init__(self, writer: Any, info: Any, options: Options) -> None:
        if _WHAT == "no start":
            raise OSError(5, "the watcher is broken")
        self.writer, self.info = writer, info
        self.problem = "the disk is full" if _WHAT == "problem" else None
        if self.problem is not None:  # the real one tells it at once, too
            print(f"halfwave: {self.problem}", file=sys.stderr)
        print("options", options)

    def start(self) -> None:
        import recording_builders as build

        if _WHAT == "empty":
            self.writer.write(info=self.info)
            return
        units = build.unit_statistics()
        if _WHAT != "healthy":
            units = build.kill(units, range(12))
        site = build.site("net.act", training=units)
        info = replace(self.info, steps=200, sampled=200, backwards=200)
        self.writer.write(info=info, sites=[site], losses=build.recording().losses)

    def stop(self, state: str, exit_code: int, error: str | None) -> None:
        if _WHAT == "no stop":
            raise ValueError("cannot stop")
        ended = replace(self.info, state=state, exit_code=exit_code, error=error)
        self.writer.write(info=replace(ended, steps=200, sampled=200, backwards=200))

    def recording(self) -> Any:
        if _WHAT == "no recording":
            raise ValueError("cannot read")
        found = self.writer.snapshot()
        self.writer.close()
        return found


class _NoTorch:
    def find_spec(self, name: str, path: Any, target: Any = None) -> None:
        if name == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")


if __name__ == "__main__":
    # what the room would import once it is asked for them
    observe.__dict__.update(Options=Options, Watcher=Watcher)
    if _WHAT == "no torch":
        sys.meta_path.insert(0, _NoTorch())  # type: ignore[arg-type]
    from halfwave.cli import main

    sys.exit(main())
