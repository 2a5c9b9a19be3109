"""What a failing disk looks like: errors of SQLite and of the system, as problems a client can switch on."""

import errno
import os
import sqlite3
from pathlib import Path

from sandbox.problem import Problem
from sandbox.storage.errors import Conflict, ServerError, ServerGone
from sandbox.storage.problems import (
    StorageBusy,
    StorageFull,
    StorageMissing,
    StorageReadOnly,
    StorageUnreachable,
)

ENGINE_ERRORS = (sqlite3.Error, ServerError)
"""What an engine raises."""
FAILURES = (OSError, sqlite3.Error, ServerError)
"""What the system or an engine raises when a database or its disk fails."""
_BY_ERRNO: dict[int, type[Problem]] = {
    errno.ENOSPC: StorageFull,
    errno.EDQUOT: StorageFull,
    errno.EROFS: StorageReadOnly,
    errno.EACCES: StorageReadOnly,
    errno.EPERM: StorageReadOnly,
    errno.ENOENT: StorageMissing,
    errno.ESTALE: StorageMissing,
}
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
# What SQLite says when the disk refuses, without saying why.
_UNCLEAR = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
_ROOM = 1 << 16
# What SQLite says of a sum beyond 64 bits; of another it makes a REAL, which no column of amounts takes.
_TOO_LARGE = ("integer overflow", "cannot store REAL value in INTEGER column")
# SQLSTATEs: a number is too large; the server's disk is full; it is a standby, or its transactions are read-only.
_OUT_OF_RANGE, _DISK_FULL, _READ_ONLY = "22003", "53100", "25006"


def is_damage(error: BaseException) -> bool:
    """Whether the error says that a database file is damaged."""
    return isinstance(error, sqlite3.DatabaseError) and _kind(error) in _DAMAGED


def exceeds_64_bits(error: BaseException) -> bool:
    """Whether the error says that a sum exceeds the 64 bits that databases count in. No request adds that much: there
    are amounts in the database that no bank has."""
    if isinstance(error, ServerError):
        return error.state == _OUT_OF_RANGE
    return isinstance(error, sqlite3.Error) and str(error).startswith(_TOO_LARGE)


def storage_problem(error: BaseException, directory: Path) -> Problem | None:
    """The problem behind an error of SQLite or the system, or None for any other error.

    SQLite reports a full or read-only disk as an I/O error where it creates its shared-memory file: then `directory` is
    tried, to find out which it is.
    """
    if isinstance(error, sqlite3.Error):
        kind = _kind(error)
        if kind == sqlite3.SQLITE_FULL:
            return StorageFull()
        if kind not in _UNCLEAR:
            return None
        found = refusal_of(directory)
        return StorageReadOnly() if found is None and kind == sqlite3.SQLITE_READONLY else found
    if isinstance(error, ServerError):
        return _of_server(error)
    if isinstance(error, OSError) and error.errno in _BY_ERRNO:
        return _BY_ERRNO[error.errno]()
    return None


def _of_server(error: ServerError) -> Problem | None:
    if isinstance(error, ServerGone):
        return StorageUnreachable(headers=StorageUnreachable.sample.headers)
    if isinstance(error, Conflict):
        return StorageBusy(headers=StorageBusy.sample.headers)
    if error.state == _DISK_FULL:
        return StorageFull()
    return StorageReadOnly() if error.state == _READ_ONLY else None


def refusal_of(directory: Path) -> Problem | None:
    """Why nothing can be written below `directory`, found by writing 64 KiB and removing them; None if it can be."""
    probe = directory / f"probe-{os.getpid()}"
    try:
        try:
            probe.write_bytes(bytes(_ROOM))
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        return _BY_ERRNO.get(error.errno or 0, StorageReadOnly)()
    return None


def _kind(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 for errors that Python's module raises itself."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
