"""Databases as files: whole copies, and the check of one that comes from outside."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sandbox.kernel.clock import Micros
from sandbox.storage import schema
from sandbox.storage.driver import connect

_SIDES = ("", "-wal", "-shm", "-journal")


class FileRefused(Exception):
    """A file that cannot be a sandbox; `reason` says why, in English."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def remove(path: Path) -> None:
    """Take a database away, with what stands beside it."""
    for suffix in _SIDES:
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def copy(source: Path, target: Path) -> None:
    """A whole copy of a database nobody writes to: `target` is there whole or not at all."""
    unfinished = Path(f"{target}.unfinished")
    shutil.copyfile(source, unfinished)
    put(unfinished, target)


def put(source: Path, target: Path) -> None:
    """Let a database stand where another may have stood."""
    remove(target)
    source.replace(target)


def image(connection: sqlite3.Connection, path: Path, target: Path) -> None:
    """What `connection`'s database at `path` holds now, as one file, while nobody writes to it."""
    busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:  # somebody reads an older state: the log cannot be folded into the file
        unfinished = Path(f"{target}.unfinished")
        remove(unfinished)
        connection.execute("VACUUM INTO ?", (str(unfinished),))
        put(unfinished, target)
    else:
        copy(path, target)


def stand_still(path: Path, now: Micros) -> None:
    """Let the clock of a copy stand at `now` until the copy is opened, and run on from there."""
    with closing(connect(path)) as connection:
        schema.state(connection, clock_anchor=str(now), clock_origin="")


def set_rate(path: Path, rate_millis: int) -> None:
    """Let the clock of a database nobody has opened run at that rate once somebody does."""
    with closing(connect(path)) as connection:
        schema.state(connection, clock_rate_millis=str(rate_millis))


def inspect(path: Path, audit: Callable[[Path], list[str]]) -> None:
    """See whether a file from outside is a sandbox of this version whose books balance. Raises FileRefused.

    Nothing in the file is trusted: its schema must be ours to the letter, so that no trigger or view of its own runs.
    """
    with path.open("rb") as file:
        if file.read(16) != b"SQLite format 3\x00":
            raise FileRefused("it is no SQLite database")
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        try:
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
            _require_facts(schema.facts(connection))
        except sqlite3.DatabaseError as error:
            raise FileRefused(f"it cannot be read: {error}") from None
    violations = audit(path)
    if violations:
        raise FileRefused(f"its books do not balance: {'; '.join(violations[:5])}")


def version_of(path: Path) -> str:
    """The schema version a database of ours tells, one that nobody writes to."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        return schema.facts(connection).get("schema_version", "")


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
        return f"its schema is version {theirs or 'unknown'}, this is version {schema.version()}"
    odd = sorted(set(found.items()) ^ set(_expected().items()))
    return f"its schema is not ours: {odd[0][0]}"


def _require_facts(known: dict[str, str]) -> None:
    try:
        schema.origin(known)
        secret = bytes.fromhex(known["secret"])
        moments = [int(known[name] or 0) for name in ("clock_anchor", "clock_origin", "clock_rate_millis", "starts")]
    except (KeyError, ValueError) as error:
        raise FileRefused(f"what it says of itself makes no sense: {error}") from None
    if len(secret) != 32 or min(moments) < 0:
        raise FileRefused("what it says of itself makes no sense")
