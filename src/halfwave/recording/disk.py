"""SQLite on real disks: how to open a file, and which disks cannot take a WAL.

POSIX drops all locks that a process holds on a file as soon as the process
closes *any* descriptor of it. So nothing in this room may ``open()`` a
recording that this process is writing: `LIVE` says which these are.
"""

from __future__ import annotations

import os
import re
import sqlite3
from pathlib import Path
from typing import Final

__all__ = ["LIVE", "SIDE_FILES", "connect", "error_code", "identity", "on_network", "side_files"]

#: (device, inode) of every file that this process is writing.
LIVE: Final[set[tuple[int, int]]] = set()

#: What SQLite may leave beside a database.
SIDE_FILES: Final = ("-wal", "-shm", "-journal")

_NETWORK: Final = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "fhgfs", "glusterfs", "gpfs"}
    | {"lustre", "ncpfs", "nfs", "nfs4", "orangefs", "panfs", "smb3", "smbfs", "virtiofs"}
    | {"vboxsf", "wekafs", "fuse.sshfs", "fuse.rclone", "fuse.gcsfuse", "fuse.s3fs"}
)


def identity(path: Path) -> tuple[int, int] | None:
    """Device and inode of a file; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def side_files(path: Path) -> tuple[Path, ...]:
    """Give the names of the journals that may lie beside ``path``."""
    return tuple(path.with_name(path.name + suffix) for suffix in SIDE_FILES)


def connect(path: Path, options: str, timeout: float) -> sqlite3.Connection:
    """Open an existing database; ``options`` as in SQLite's URI ("mode=ro")."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{options}",
        uri=True,
        timeout=timeout,
        isolation_level=None,  # transactions are begun by hand
        check_same_thread=False,  # the callers hold a lock of their own
    )


def error_code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 1 (just an error) where it has none."""
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else sqlite3.SQLITE_ERROR


def on_network(path: Path) -> bool:
    """Whether a file lies on a disk that other machines see too, as far as can be told.

    A WAL needs memory shared by all who read the file, so there it could
    damage the recording when somebody reads it from another machine.
    """
    try:
        mounts = Path("/proc/self/mountinfo").read_text(errors="surrogateescape")
        target = os.path.realpath(path)
    except OSError:
        return False  # not Linux: SQLite finds out by itself
    longest, kind = -1, ""
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        fields, words = left.split(), right.split()
        if len(fields) < 5 or not words:
            continue
        point = re.sub(r"\\(\d{3})", lambda octal: chr(int(octal[1], 8)), fields[4])
        inside = target == point or target.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= longest:  # a later mount hides an earlier one
            longest, kind = len(point), words[0]
    return kind in _NETWORK
