"""What a child process has to know to be watched as its parent is."""

from __future__ import annotations

import json
import os
import re
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from glob import escape
from pathlib import Path
from typing import Any, Final

__all__ = ["HOME", "SHIM", "VARIABLE", "Settings"]

#: The environment variable that carries the settings to a new interpreter, until it has begun.
VARIABLE: Final = "HALFWAVE_FOLLOW"
#: The folder with a ``sitecustomize`` of ours.
SHIM: Final = str(Path(__file__).parent / "shim")
#: The folder from which halfwave was imported.
HOME: Final = str(Path(__file__).parents[3])
#: In the name of a child's recording.
_MARK: Final = re.compile(r"\.(child|rank)\d+(-\d+)?(\.|$)")


@dataclass(frozen=True, slots=True)
class Settings:
    """How children are watched, and where their recordings go."""

    folder: str  # where the parent began
    output: str | None  # the parent's recording, as its user named it; None: a name of our own
    stem: str  # of the script, for that name
    run: str  # what the names of one run's recordings share
    script: str  # the parent's, as `RunInfo` has it
    argv: tuple[str, ...] = ()
    budget: float | None = 0.01
    every: int | None = None
    max_steps: int | None = None
    eager_samples: bool = False

    def environment(self, given: dict[str, str]) -> dict[str, str]:
        """Return the environment for an interpreter that is to find our ``sitecustomize``."""
        before = given.get("PYTHONPATH")
        told = {
            "home": HOME,
            "path": before,
            "prefix": sys.prefix,
            "settings": asdict(self),
        }
        path = SHIM + os.pathsep + before if before else SHIM
        return {**given, "PYTHONPATH": path, VARIABLE: json.dumps(told)}

    def left(self, since: float) -> list[str]:
        """Return the recordings of children, as the parent's user would name them.

        `since` is when the parent began: what is older is another run's.
        """
        if self.output is None:
            from halfwave.recording.names import run_in_name  # noqa: PLC0415 – NumPy with it

            base = Path(self.folder)
            run = escape(run_in_name(self.run))
            names = [path.name for path in base.glob(f"halfwave-*.{run}.*.halfwave")]
        else:
            place = Path(self.folder) / self.output
            base = place.parent
            found = base.glob(f"{escape(place.stem)}.*{escape(place.suffix)}")
            names = [str(Path(self.output).with_name(path.name)) for path in found]
        return [name for name in names if _MARK.search(name) and self._is_new(name, since)]

    def _is_new(self, name: str, since: float) -> bool:
        with suppress(OSError):  # it has just been deleted
            return (Path(self.folder) / name).stat().st_mtime >= since - 1
        return False

    @classmethod
    def of(cls, values: dict[str, Any]) -> Settings:
        """Read what `environment` wrote."""
        given: dict[str, Any] = {**values, "argv": tuple(values.get("argv", ()))}
        return cls(**given)
