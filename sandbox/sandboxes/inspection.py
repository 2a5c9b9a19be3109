"""Checking database files before they are trusted. All of it for threads."""

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from sandbox.domain.rules import RulesInvalid, RuleSource
from sandbox.sandboxes import contents
from sandbox.sandboxes.contents import ContentsRefused, OtherVersion
from sandbox.storage import json_text, schema
from sandbox.storage.driver import unchanging

_MAGIC = b"SQLite format 3\x00"
# SQLite's own table of the keys it has given. It takes whatever stands there: text as 0, the largest integer as «full».
_SENSELESS_SEQUENCE = f"SELECT 1 FROM sqlite_sequence WHERE typeof(seq) <> 'integer' OR seq NOT BETWEEN 0 AND {1 << 60}"  # noqa: S608  # no input


class FileRefused(Exception):
    """A file that cannot be a sandbox; `reason` says why, in English."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Stamp(NamedTuple):
    """What changes when a file does."""

    inode: int
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, path: Path) -> "Stamp":
        """The stamp of a file. Raises FileNotFoundError."""
        told = path.stat()
        return cls(told.st_ino, told.st_size, told.st_mtime_ns)


class Trust:
    """Remembers which files were found whole, so that each is read through once a process and again when it changes.

    `quick_check` reads every page: 30 ms for 13 MB. `integrity_check` compares the indexes, too, and takes 145 ms:
    it is for imports.
    """

    def __init__(self) -> None:
        self._whole: dict[Path, Stamp] = {}
        self._damaged: dict[Path, tuple[Stamp, str]] = {}

    def check(self, path: Path) -> None:
        """Read a file that nothing has open, unless it is known. Raises FileRefused, OSError."""
        stamp = Stamp.of(path)
        if self._whole.get(path) == stamp:
            return
        self.require_undamaged(path)
        try:
            with closing(unchanging(path)) as connection:
                read_through(connection)
                schema.facts(connection)
        except (FileRefused, sqlite3.DatabaseError) as error:
            _require_there(path)
            if not _could_not_open(error):  # or it may have been away for a moment
                self.condemn(path, str(error))
            raise FileRefused(str(error)) from None
        self._whole[path] = stamp

    def condemn(self, path: Path, reason: str) -> None:
        """Remember that the file, as it is, is damaged."""
        self._whole.pop(path, None)
        with suppress(FileNotFoundError):
            self._damaged[path] = Stamp.of(path), reason

    def require_undamaged(self, path: Path) -> None:
        """Raises FileRefused for a file that is known to be damaged and has not changed since."""
        known = self._damaged.get(path)
        if known is None:
            return
        with suppress(FileNotFoundError):
            if Stamp.of(path) == known[0]:
                raise FileRefused(known[1])
        del self._damaged[path]

    def knows(self, path: Path) -> bool:
        """Whether the file is as it was when it was last found whole."""
        try:
            return self._whole.get(path) == Stamp.of(path)
        except FileNotFoundError:
            return False

    def believe(self, path: Path) -> None:
        """Take the file as it is for whole: it was just closed by SQLite, or copied from one that is. Behind the turn
        of its sandbox it may have been deleted since."""
        try:
            self._whole[path] = Stamp.of(path)
        except FileNotFoundError:
            self.forget(path)

    def forget(self, path: Path) -> None:
        """Check the file again before it is used."""
        self._whole.pop(path, None)

    def forget_below(self, folder: Path) -> None:
        """The same for what lies in a folder, or lay there."""
        for path in [path for path in self._whole.copy() if path.is_relative_to(folder)]:
            self.forget(path)


def read_through(connection: sqlite3.Connection) -> None:
    """Read every page. Raises FileRefused, sqlite3.DatabaseError."""
    (told,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if told != "ok":
        raise FileRefused(str(told).replace("\n", " "))


def whole(path: Path, audit: Callable[[Path], list[str]], source: RuleSource) -> None:
    """See whether a file from outside is a sandbox of this version, sound in every part. Raises FileRefused.

    Nothing in the file is trusted: its schema must be ours to the letter, so that no trigger or view of its own runs.
    """
    with path.open("rb") as file:
        if file.read(16) != _MAGIC:
            raise FileRefused("it is no SQLite database")
    try:
        with closing(unchanging(path)) as connection:
            _inspect(connection, source)
    except sqlite3.DatabaseError as error:
        raise FileRefused(f"it cannot be read: {error}") from None
    violations = audit(path)
    if violations:
        raise FileRefused(f"its books do not balance: {'; '.join(violations[:5])}")


def _inspect(connection: sqlite3.Connection, source: RuleSource) -> None:
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    found = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall())
    if found != _expected():
        raise FileRefused(_schema_reason(connection, found))
    for (problem,) in connection.execute("PRAGMA integrity_check(5)"):
        if problem != "ok":
            raise FileRefused(f"it is damaged: {problem}")
    if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise FileRefused("some of its rows mean rows that are not there")
    _require_contents(connection, source)


def _require_contents(connection: sqlite3.Connection, source: RuleSource) -> None:
    if connection.execute(_SENSELESS_SEQUENCE).fetchone() is not None:
        raise FileRefused("the keys it would give next make no sense")
    if (column := json_text.misshapen(connection)) is not None:
        raise FileRefused(f"{column} holds something else than the JSON that belongs there")
    try:
        source.overridden(contents.read(connection).overrides)
    except OtherVersion as other:
        raise FileRefused(_version_reason(str(other))) from None
    except ContentsRefused as refused:
        raise FileRefused(str(refused)) from None
    except RulesInvalid as invalid:
        raise FileRefused(f"its rules do not hold: {invalid}") from None
    except KeyError as unknown:
        raise FileRefused(f"it overrides a rule document there is not: {unknown}") from None


def version_of(path: Path) -> str:
    """The schema version of a database that nothing has open. Raises FileRefused where it tells none,
    FileNotFoundError where there is no file."""
    try:
        with closing(unchanging(path)) as connection:
            return schema.facts(connection).get("schema_version", "")
    except sqlite3.DatabaseError as error:
        _require_there(path)
        raise FileRefused(str(error)) from None


def _could_not_open(error: Exception) -> bool:
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_CANTOPEN


def _require_there(path: Path) -> None:
    """Raises FileNotFoundError for a file that was removed while it was read, which SQLite cannot open."""
    path.stat()


def _expected() -> dict[str, str]:
    with closing(sqlite3.connect(":memory:")) as connection:
        for definition in schema.definitions():
            connection.execute(definition)
        return dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall())


def _schema_reason(connection: sqlite3.Connection, found: dict[str, str]) -> str:
    if "sandbox_fact" not in found:
        return "it is another program's database"
    theirs = schema.facts(connection).get("schema_version", "")
    if theirs != schema.version():
        return _version_reason(theirs)
    odd = sorted(set(found.items()) ^ set(_expected().items()))
    return f"its schema is not ours: {odd[0][0]}"


def _version_reason(theirs: str) -> str:
    return f"its schema is version {theirs or 'unknown'}, this is version {schema.version()}"
