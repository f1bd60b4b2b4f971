"""The results of an experiment: an SQLite file, one row a run, written as runs end."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Final

from halfwave.experiments.job import Result, dumps
from halfwave.experiments.variants import ExperimentError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from halfwave.experiments.job import Job

__all__ = ["APPLICATION", "Store", "is_results"]

#: "hwex" in the file's header tells it from a recording.
APPLICATION: Final = 0x68776578
_VERSION: Final = 1
_TABLES: Final = """
CREATE TABLE experiment (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE runs (
    variant TEXT NOT NULL, seed INTEGER NOT NULL, factor REAL NOT NULL,
    state TEXT NOT NULL, error TEXT, exit_code INTEGER, attempts INTEGER NOT NULL,
    host TEXT NOT NULL, started REAL NOT NULL, ended REAL NOT NULL,
    training_loss REAL, evaluation_loss REAL, evaluation_accuracy REAL, metric REAL,
    recording TEXT, printed TEXT NOT NULL, complained TEXT NOT NULL, result TEXT NOT NULL,
    PRIMARY KEY (variant, seed, factor)
);
"""


class Store:
    """One results file.

    Parameters
    ----------
    path : Path
        It is made if it is not there.
    overwrite : bool
        Begin anew where there is a file already; it stays until the new one is whole.

    Raises
    ------
    ExperimentError
        If it cannot be written, or is something else; later, too, from whatever reads or writes.
    """

    def __init__(self, path: Path, *, overwrite: bool = False) -> None:
        self.path = path
        if overwrite or not path.exists():
            self._make()
        elif not is_results(path):
            raise ExperimentError(f"{str(path)!r} is no results file of halfwave compare")
        with self._opened() as base:
            version = base.execute("PRAGMA user_version").fetchone()[0]
            tables = {row[0] for row in base.execute("SELECT name FROM sqlite_master")}
        if version != _VERSION:
            raise ExperimentError(
                f"{str(path)!r} was written by another halfwave (version {version} of the file, "
                f"this one reads {_VERSION})"
            )
        if not {"experiment", "runs"} <= tables:
            raise ExperimentError(f"{str(path)!r} is no results file: its tables are missing")

    def _make(self) -> None:
        """Write an empty file beside its place, and put it there when it is whole."""
        new = self.path.with_name(f".{self.path.name}.new")
        try:
            new.unlink(missing_ok=True)
            with closing(sqlite3.connect(new)) as base, base:
                base.executescript(_TABLES)
                base.execute(f"PRAGMA application_id = {APPLICATION}")
                base.execute(f"PRAGMA user_version = {_VERSION}")
            # what a killed writer of the old file has left would be taken for this one's
            self.path.with_name(f"{self.path.name}-journal").unlink(missing_ok=True)
            new.replace(self.path)
        except (OSError, sqlite3.Error) as error:
            raise ExperimentError(f"{str(self.path)!r} cannot be written: {error}") from None

    @contextmanager
    def _opened(self) -> Generator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, timeout=30)) as base, base:
                yield base
        except sqlite3.Error as error:
            raise ExperimentError(f"{str(self.path)!r}: {error}") from None

    def set(self, name: str, value: Any) -> None:
        """Keep a fact of the whole experiment."""
        with self._opened() as base:
            base.execute("INSERT OR REPLACE INTO experiment VALUES (?, ?)", (name, dumps(value)))

    def get(self, name: str, default: Any = None) -> Any:
        """Return such a fact."""
        with self._opened() as base:
            found = base.execute("SELECT value FROM experiment WHERE name = ?", (name,)).fetchone()
        return default if found is None else json.loads(found[0])

    def add(
        self, job: Job, result: Result, *, recording: str | None, printed: str, complained: str
    ) -> None:
        """Append a run."""
        measured = result.measured
        row = (
            *job.key, result.state, result.error, result.exit_code, result.attempts, result.host,
            result.started, result.ended,
            _number(measured.get("training", {}).get("loss")),
            _number(measured.get("evaluation", {}).get("loss")),
            _number(measured.get("evaluation", {}).get("accuracy")),
            _number(measured.get("metric")),
            recording, printed, complained, result.to_json(),
        )  # fmt: skip
        with self._opened() as base:
            marks = ", ".join("?" * len(row))
            base.execute(f"INSERT OR REPLACE INTO runs VALUES ({marks})", row)  # noqa: S608 - marks

    def results(self) -> dict[tuple[str, int, float], Result]:
        """Return all runs so far, by variant, seed and factor."""
        with self._opened() as base:
            rows = base.execute("SELECT variant, seed, factor, result FROM runs").fetchall()
        return {(v, s, f): Result.from_json(text) for v, s, f, text in rows}


def is_results(path: Path) -> bool:
    """Whether a file holds the results of an experiment."""
    try:
        with path.open("rb") as file:
            head = file.read(72)
    except OSError:
        return False
    return head.startswith(b"SQLite format 3\0") and head[68:72] == APPLICATION.to_bytes(4, "big")


def _number(value: Any) -> float | None:
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        return None
