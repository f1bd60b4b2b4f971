"""`read`: a recording from its file, whatever state that file is in."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import tempfile
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from . import schema
from .disk import LIVE, connect, error_code, identity, side_files
from .errors import RecordingError
from .loading import load

if TYPE_CHECKING:
    from .model import Recording

__all__ = ["read"]

_PATIENCE: Final = 5.0  # seconds to wait for a writer
_LONGEST: Final = 60.0  # seconds that one statement over a hostile file may take
_LARGEST: Final = 1 << 28  # bytes of one value

#: SQLite's codes for "cannot be opened here", where a copy may still be read.
_COPY_HELPS: Final = frozenset(
    {
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_PROTOCOL,
    }
)


def read(path: str | os.PathLike[str]) -> Recording:
    """Read a recording, also of a run that goes on or that was killed.

    The file is opened read-only, as data: nothing in it is executed.

    Parameters
    ----------
    path : path-like
        The file. A ``-wal`` or ``-journal`` beside it is part of it.

    Returns
    -------
    Recording
        As of the last flush.

    Raises
    ------
    RecordingError
        There is no such file, it is no recording, it is damaged, or it comes
        from a newer halfwave; one line that says which.
    """
    file = Path(path)
    _must_be_a_file(file)
    try:
        try:
            return _read(file, _options(file))
        except sqlite3.Error as error:
            if error_code(error) not in _COPY_HELPS or identity(file) in LIVE:
                raise
        return _read_copy(file)
    except sqlite3.Error as error:
        raise _refusal(file, error) from error
    except (ValueError, TypeError, OverflowError, RecursionError, MemoryError) as error:
        raise _damaged(file, error) from error
    except OSError as error:
        raise RecordingError(f"{file}: cannot be read ({error.strerror or error})") from error


def _must_be_a_file(path: Path) -> None:
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise RecordingError(f"{path}: there is no such file") from None
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read ({error.strerror or error})") from error
    except ValueError as error:  # a NUL in the name
        raise RecordingError(f"{str(path)!r}: is no file name ({error})") from error
    if stat.S_ISDIR(status.st_mode):
        raise RecordingError(f"{path}: is a directory, not a recording")
    if not stat.S_ISREG(status.st_mode):
        raise RecordingError(f"{path}: is not a regular file, so not a recording")
    if not os.access(path, os.R_OK):
        raise RecordingError(f"{path}: cannot be read (permission denied)")
    if status.st_size == 0:
        raise RecordingError(f"{path}: is empty, not a recording")


def _options(path: Path) -> str:
    wal, *_ = side_files(path)
    if not wal.exists() and identity(path) not in LIVE and _says_wal(path):
        # a killed run's file moved away from its WAL: nobody can be writing it,
        # and so opened it needs no side files in a folder that may be read-only
        return "mode=ro&immutable=1"
    return "mode=ro"


def _says_wal(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(20)[18:] == b"\x02\x02"


def _read(path: Path, options: str, name: Path | None = None) -> Recording:
    with closing(connect(path, options, _PATIENCE)) as connection:
        size = sum(file.stat().st_size for file in (path, *side_files(path)) if file.exists())
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, max(min(size, _LARGEST), 1 << 16))
        deadline = time.monotonic() + _LONGEST
        connection.set_progress_handler(lambda: time.monotonic() > deadline, 100_000)
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("BEGIN")  # one state of the file for all that follows
        version = _must_be_a_recording(connection, name or path)
        _must_be_whole(connection, path)
        return load(connection, str(name or path), version)


def _must_be_a_recording(connection: sqlite3.Connection, path: Path) -> int:
    """Refuse what is none; return the version of its schema."""
    (mark,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if mark != schema.APPLICATION_ID:
        raise RecordingError(f"{path}: is an SQLite database, but not a recording of halfwave")
    if version > schema.SCHEMA:
        raise RecordingError(
            f"{path}: was written in version {version} of the schema, and this halfwave reads up "
            f"to version {schema.SCHEMA}; upgrade halfwave to read it"
        )
    if version < 1:
        raise _damaged(path, f"schema version {version}")
    found = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
    for table in (table for table in schema.TABLES if table.since <= version):
        # to the letter: a view or a generated column in its place would be somebody's program
        if found.get(table.name) != table.at(version).create:
            raise _damaged(path, f"table {table.name} is not as it should be")
    (state,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if state != "ok":
        raise _damaged(path, state)
    return version


def _must_be_whole(connection: sqlite3.Connection, path: Path) -> None:
    wal, *_ = side_files(path)
    if wal.exists() and wal.stat().st_size:
        return  # the file's last pages may stand there
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (page,) = connection.execute("PRAGMA page_size").fetchone()
    size = path.stat().st_size
    if size < pages * page:  # SQLite reads zeros where the file has ended
        raise ValueError(f"it was cut off: {size} of {pages * page} bytes are there")


def _read_copy(path: Path) -> Recording:
    """Read where SQLite cannot work in the folder itself: in a copy elsewhere."""
    with tempfile.TemporaryDirectory(prefix="halfwave-") as folder:
        copy = Path(folder) / "copy"
        wal, _, journal = side_files(path)
        for _ in range(5):
            before = _state(path, wal)
            shutil.copyfile(path, copy)
            for source, target in zip((wal, journal), side_files(copy)[::2], strict=True):
                target.unlink(missing_ok=True)
                with suppress(FileNotFoundError):
                    shutil.copyfile(source, target)
            if _state(path, wal) == before:
                break  # else a checkpoint came in between: file and WAL would not match
            time.sleep(0.05)
        return _read(copy, "mode=rw", name=path)


def _state(path: Path, wal: Path) -> tuple[int, int, bytes]:
    status = path.stat()
    head = b""
    with suppress(FileNotFoundError), wal.open("rb") as file:
        head = file.read(32)  # holds a new salt after each restart of the WAL
    return status.st_size, status.st_mtime_ns, head


def _damaged(path: Path, why: object) -> RecordingError:
    # parts of a damaged file may stand in SQLite's message: one printable line of it will do
    line = "".join(c if c.isprintable() else " " for c in str(why))
    return RecordingError(f"{path}: the recording is damaged ({' '.join(line.split())[:160]})")


def _refusal(path: Path, error: sqlite3.Error) -> RecordingError:
    match error_code(error):
        case sqlite3.SQLITE_NOTADB:
            return RecordingError(f"{path}: is not a recording of halfwave")
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            message = f"{path}: is locked by another program; try again in a moment"
            return RecordingError(message, temporary=True)
        case sqlite3.SQLITE_INTERRUPT:
            return _damaged(path, "it takes for ever to read")
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_IOERR:
            return RecordingError(f"{path}: cannot be read ({error})")
        case _:
            return _damaged(path, error)
