"""Making the file of a recording, whole or not at all."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from . import schema
from .disk import connect, on_network, side_files
from .errors import RecordingError

__all__ = ["in_memory", "leak", "on_disk"]

#: Pages of WAL before SQLite copies them into the file (2 MiB): it counts as the recording's size.
_CHECKPOINT_PAGES: Final = 512

_leaked: Final[list[sqlite3.Connection]] = []


def in_memory() -> sqlite3.Connection:
    """Open an empty recording that no file holds."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    _lay(connection)
    return connection


def on_disk(path: Path, *, overwrite: bool, patience: float) -> sqlite3.Connection:
    """Make the file and open it for writing.

    Raises
    ------
    RecordingError
        It exists and ``overwrite`` is not set, or it cannot be made; then
        no half-made file is left behind.
    """
    target = _claim(path, overwrite=overwrite)
    connection: sqlite3.Connection | None = None
    try:
        connection = connect(target, "mode=rw", patience)
        try:
            _lay(connection)
        except sqlite3.OperationalError:
            connection.close()
            if not on_network(target):
                raise
            # a network disk without locks; nobody else can be writing a file made just now
            connection = connect(target, "mode=rw&nolock=1", patience)
            _lay(connection)
        else:
            _journal(connection, target)
    except BaseException as error:
        if connection is not None:
            connection.close()
        for leftover in (target, *side_files(target)):
            with suppress(OSError):
                leftover.unlink()
        if isinstance(error, sqlite3.Error):
            raise RecordingError(
                f"{path}: cannot be made ({error}); name another with -o"
            ) from error
        raise
    return connection


def leak(connection: sqlite3.Connection) -> None:
    """Keep a connection from ever being closed, the interpreter's end included."""
    _leaked.append(connection)
    with suppress(Exception):
        import ctypes  # noqa: PLC0415 - NumPy has it loaded; most programs never come here

        ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))


def _claim(path: Path, *, overwrite: bool) -> Path:
    """Create an empty file that is ours alone, and give its real path."""
    try:
        target = Path(os.path.realpath(path))
        with suppress(FileNotFoundError):
            mode = target.stat().st_mode
            if stat.S_ISDIR(mode):
                raise RecordingError(f"{path}: is a directory; name a file in it")
            if not overwrite:
                raise RecordingError(
                    f"{path}: exists already; name another, or have it overwritten with -f"
                )
            if not stat.S_ISREG(mode):
                raise RecordingError(f"{path}: is not a regular file; name another")
            target.unlink()
        if not target.parent.is_dir():
            raise RecordingError(f"{path}: there is no folder {target.parent}")
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666))
        for leftover in side_files(target):
            # of a recording that is gone; SQLite would take it for this one's
            leftover.unlink(missing_ok=True)
    except FileExistsError:
        raise RecordingError(
            f"{path}: exists already; name another, or have it overwritten with -f"
        ) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise RecordingError(f"{path}: cannot be made ({reason}); name another with -o") from error
    except ValueError as error:  # a NUL in the name
        raise RecordingError(f"{str(path)!r}: is no file name ({error})") from error
    return target


def _lay(connection: sqlite3.Connection) -> None:
    """Lay down the tables while the file is still an ordinary database.

    So even a copy without its WAL is a valid (if empty) recording.
    """
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {schema.SCHEMA}")
    for table in schema.TABLES:
        connection.execute(table.create)
    connection.execute("COMMIT")


def _journal(connection: sqlite3.Connection, path: Path) -> None:
    # NORMAL: no fsync per flush with a WAL, none that a crash of the process could need
    connection.execute("PRAGMA synchronous = NORMAL")
    if on_network(path):
        return
    with suppress(sqlite3.OperationalError):  # then the rollback journal stays
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        connection.execute("PRAGMA journal_size_limit = 67108864")
