"""What was measured, kept in one JSON file a claim, so that a page can be made without measuring.

A file holds the result with a fingerprint of the claim's source: a result of other code than
the one that is there now counts as none.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ._claim import Claim, Table, Verdict

__all__ = ["Result", "Store", "fingerprint"]


@dataclass(frozen=True)
class Result:
    """The verdict on one claim, and what it was made with."""

    verdict: Verdict
    fingerprint: str
    quick: bool
    made_with: str  # versions and kind of machine, in words
    alternatives: dict[str, str] = field(default_factory=dict[str, str])


class Store:
    """The folder with the results, and with the list of what an unfinished call has done.

    Parameters
    ----------
    folder : Path
        Need not be there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._unfinished = folder / "unfinished.json"

    def read(self, claim: Claim, *, quick: bool) -> Result | None:
        """Return the result for a claim, if there is one of its present source."""
        file = self._file(claim)
        try:
            held = json.loads(file.read_text(encoding="utf-8"))
            result = _result(held)
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError, OSError) as error:
            print(f"claims.py: {file} can't be used, and is left out: {error}", file=sys.stderr)
            return None
        same = result.fingerprint == fingerprint(claim, quick=quick)
        return result if same else None

    def is_outdated(self, claim: Claim, *, quick: bool) -> bool:
        """Whether there is a result, but not of the present source."""
        return self._file(claim).is_file() and self.read(claim, quick=quick) is None

    def write(self, claim: Claim, result: Result) -> None:
        """Keep a result, whole or not at all."""
        self._put(self._file(claim), asdict(result))

    def done_before(self, *, quick: bool) -> list[str]:
        """Return the names that a call which did not come to its end has done."""
        try:
            held = json.loads(self._unfinished.read_text(encoding="utf-8"))
            return [str(name) for name in held["done"]] if held["quick"] == quick else []
        except (OSError, ValueError, TypeError, KeyError):
            return []

    def note(self, done: list[str], *, quick: bool) -> None:
        """Note what this call has done so far."""
        self._put(self._unfinished, {"quick": quick, "done": done})

    def finished(self) -> None:
        """Forget it: the call has come to its end."""
        self._unfinished.unlink(missing_ok=True)

    def _file(self, claim: Claim) -> Path:
        return self.folder / f"{claim.name}.json"

    def _put(self, file: Path, content: dict[str, Any]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        whole = file.with_suffix(".part")
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        whole.write_text(text, encoding="utf-8")
        whole.replace(file)


def fingerprint(claim: Claim, *, quick: bool) -> str:
    """Return what changes when the claim's file does, or the amount of work."""
    # found by its module, so that a claim may have helpers in a file of their own
    source = Path(str(sys.modules[claim.measure.__module__].__file__)).read_bytes()
    return hashlib.sha256(source + (b"quick" if quick else b"full")).hexdigest()[:16]


def _result(held: dict[str, Any]) -> Result:
    verdict = dict(held["verdict"])
    verdict["tables"] = tuple(
        Table(tuple(table["headers"]), tuple(map(tuple, table["rows"])), table["caption"])
        for table in verdict["tables"]
    )
    verdict["figures"] = tuple(verdict["figures"])
    fields: dict[str, Any] = {**held, "verdict": Verdict(**verdict)}
    return Result(**fields)
