"""`Writer`: a run's data into one SQLite file, flush by flush."""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from halfwave._interrupting import pass_on

from . import creation
from .descriptors import Descriptors
from .disk import LIVE, error_code, identity
from .errors import RecordingError
from .loading import load
from .reader import read
from .storing import recording_rows

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from .codec import Stored
    from .facts import Breakdown, Layer, Objective, Optimizer, Switch
    from .model import (
        Cost,
        LearningRate,
        Loss,
        Parameter,
        Recording,
        RunInfo,
        Site,
        Unobserved,
    )
    from .storing import Row

__all__ = ["Writer"]

#: Seconds that a write may wait for somebody else; the training waits with it.
_PATIENCE: Final = 0.05


class Writer:
    """Write the recording of one run.

    Every `write` is one transaction: after ``kill -9`` the file holds all up
    to the last one. It may be called from any thread. In a forked child the
    writer does nothing at all: the file belongs to the parent.

    Parameters
    ----------
    path : Path or None
        The file to make; None keeps the recording in memory.
    overwrite : bool, default False
        Replace a file that is there already.

    Raises
    ------
    RecordingError
        The file is there already, or cannot be made.

    Examples
    --------
    >>> from halfwave.recording import RunInfo, Writer
    >>> writer = Writer(None)
    >>> writer.write(info=RunInfo(script="train.py", steps=3))
    >>> writer.snapshot().info.steps
    3
    >>> writer.close()
    """

    def __init__(self, path: Path | None, *, overwrite: bool = False) -> None:
        self._name = "the recording in memory" if path is None else str(path)
        #: Where the file is, as an absolute path; None in memory.
        self.path: Path | None = None
        self._final: Recording | None = None  # of a closed writer in memory
        self._identity: tuple[int, int] | None = None
        if path is None:
            self._connection: sqlite3.Connection | None = creation.in_memory()
        else:
            self.path = Path(os.path.abspath(path))  # noqa: PTH100 - the script may change folder
            self._connection = creation.on_disk(path, overwrite=overwrite, patience=_PATIENCE)
            self._identity = identity(self.path)
            if self._identity is not None:
                LIVE.add(self._identity)
            self._descriptors = Descriptors(Path(os.path.realpath(self.path)))
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._writing = False
        # rows as they stand in the file, so that what did not change is not written again
        self._stored: dict[tuple[Stored, ...], tuple[object, ...]] = {}
        _WRITERS.add(self)

    def write(
        self,
        *,
        info: RunInfo | None = None,
        sites: Iterable[Site] = (),
        parameters: Iterable[Parameter] = (),
        losses: Iterable[Loss] = (),
        rates: Iterable[LearningRate] = (),
        unobserved: Iterable[Unobserved] = (),
        layers: Iterable[Layer] = (),
        objectives: Iterable[Objective] = (),
        optimizers: Iterable[Optimizer] = (),
        switches: Iterable[Switch] = (),
        breakdown: Breakdown | None = None,
        cost: Cost | None = None,
    ) -> None:
        """Write all that is given in one transaction.

        A record replaces the one with the same ``id`` (for `Unobserved`: the
        same ``what`` and ``where``).

        Raises
        ------
        RecordingError
            Nothing was written. Where ``temporary`` is set somebody else held
            the file: keep the data and try again at the next flush.
        ValueError
            A record contradicts itself: statistics whose length is not the
            number of units, None where it must not be.
        """
        rows = recording_rows(
            info=info,
            sites=sites,
            parameters=parameters,
            losses=losses,
            rates=rates,
            unobserved=unobserved,
            layers=layers,
            objectives=objectives,
            optimizers=optimizers,
            switches=switches,
            breakdown=breakdown,
            cost=cost,
        )
        self._store(rows)

    def snapshot(self) -> Recording:
        """Read back what has been written, also after `close`.

        Raises
        ------
        RecordingError
            The file cannot be read, or this is a forked child.
        """
        if self._pid != os.getpid():
            raise RecordingError(f"{self._name}: belongs to process {self._pid}, not to this one")
        with self._held("read"):
            self._let_go_of_foreign_files()
            if self._connection is not None:
                try:
                    return load(self._connection, None if self.path is None else str(self.path))
                except (sqlite3.Error, ValueError) as error:
                    pass_on(error)
                    raise RecordingError(f"{self._name}: cannot be read back ({error})") from error
            if self._final is not None:
                return self._final
        if self.path is None:
            raise RecordingError(f"{self._name}: is closed, and could not be kept")
        return read(self.path)

    def close(self) -> None:
        """End the recording and leave one file where nobody else reads it just now."""
        if self._pid != os.getpid():
            return
        with self._lock:
            self._let_go_of_foreign_files()
            connection, self._connection = self._connection, None
            if connection is None:
                return
            self._stored.clear()
            if self.path is None:
                with suppress(sqlite3.Error, ValueError):
                    self._final = load(connection, None)
                connection.close()
                return
            with suppress(sqlite3.Error):  # into the file itself, even where it was moved
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            if identity(self.path) in {None, self._identity}:
                with suppress(sqlite3.Error):
                    connection.execute("PRAGMA journal_mode = DELETE")
                with suppress(sqlite3.Error):
                    connection.close()
            else:
                # SQLite would remove the journal by name, and the name is another run's now
                creation.leak(connection)
            if self._identity is not None:
                LIVE.discard(self._identity)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _held(self, what: str) -> Generator[None]:
        if not self._lock.acquire(timeout=1.0):
            message = f"{self._name}: another thread is using it; cannot {what} it now"
            raise RecordingError(message, temporary=True)
        try:
            yield
        finally:
            self._lock.release()

    def _store(self, rows: list[Row]) -> None:
        if self._pid != os.getpid():
            return
        with self._held("write"):
            if self._let_go_of_foreign_files():
                raise RecordingError(
                    f"{self._name}: the program has closed it (os.closerange closes what it did "
                    "not open, too); it ends with the last flush"
                )
            if self._connection is None:
                raise RecordingError(f"{self._name}: is closed; nothing more can be written")
            if self._writing:  # a signal handler in the middle of a write
                message = f"{self._name}: a write is under way in this very thread"
                raise RecordingError(message, temporary=True)
            if self.path is not None and identity(self.path) != self._identity:
                raise RecordingError(
                    f"{self._name}: was deleted, moved or replaced while the run went on; "
                    "nothing more is recorded"
                )
            try:
                self._writing = True
                self._transact(self._connection, rows)
            except sqlite3.Error as error:
                raise _refusal(self._name, error) from error
            finally:
                self._writing = False

    def _transact(self, connection: sqlite3.Connection, rows: list[Row]) -> None:
        changed: dict[tuple[Stored, ...], tuple[object, ...]] = {}
        try:  # an interrupt may come at any line
            connection.execute("BEGIN IMMEDIATE")
            for table, row in rows:
                key = (table.name, *row[: len(table.key)])
                brief = tuple((len(v), hash(v)) if isinstance(v, bytes) else v for v in row)
                if changed.get(key, self._stored.get(key)) != brief:
                    connection.execute(table.upsert, row)
                    changed[key] = brief
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # SQLite may have rolled back by itself
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
            raise
        self._stored.update(changed)

    def _let_go_of_foreign_files(self) -> bool:
        """Whether descriptors of ours were closed: their numbers may be the program's files now."""
        if self._connection is None or self.path is None or self._descriptors.are_unchanged():
            return False
        self._forget()
        if self._identity is not None:
            LIVE.discard(self._identity)
        return True

    def _forget(self) -> None:
        """Let go without touching the file: in a forked child, say."""
        connection, self._connection = self._connection, None
        if connection is not None:
            creation.leak(connection)


_WRITERS: Final[weakref.WeakSet[Writer]] = weakref.WeakSet()


def _after_fork() -> None:
    # closing an inherited connection would drop the parent's journal under its feet
    for writer in list(_WRITERS):
        writer._forget()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - of this file
    LIVE.clear()


os.register_at_fork(after_in_child=_after_fork)


def _refusal(name: str, error: sqlite3.Error) -> RecordingError:
    match error_code(error):
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return RecordingError(f"{name}: is locked by another program", temporary=True)
        case sqlite3.SQLITE_FULL:
            why = "the disk is full"
        case sqlite3.SQLITE_READONLY:
            why = "it or its folder has become read-only"
        case sqlite3.SQLITE_TOOBIG:
            why = "one site has too many units for one row"
        case sqlite3.SQLITE_IOERR:
            why = f"the disk refused it ({error}): full, over quota or gone"
        case _:
            why = str(error)
    return RecordingError(f"{name}: cannot be written: {why}; it ends with the last flush")
