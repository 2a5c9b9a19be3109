"""SQLite: a database is a file."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sandbox.sandboxes import census, files
from sandbox.sandboxes.census import Listed
from sandbox.sandboxes.database import FileDatabase
from sandbox.sandboxes.inspection import Trust
from sandbox.sandboxes.places import DATABASE, Places, remove, size_of
from sandbox.storage.connection import Connection
from sandbox.storage.driver import SqliteStore, connect
from sandbox.storage.sqlite_unit import SqliteUnit


class SqliteEngine:
    """Databases as files in the folders of their sandboxes."""

    file = DATABASE
    unit = SqliteUnit

    def __init__(self, trust: Trust) -> None:
        self._trust = trust

    def prepare(self, places: Places) -> None:
        """Files need nothing but their folders."""

    def store(self) -> SqliteStore:
        return SqliteStore()

    def database(self, name: str, home: Path) -> FileDatabase:
        return FileDatabase(name, home / self.file, self._trust)

    def copy_golden(self, golden: Path, target: Path, facts: dict[str, str]) -> None:
        files.copy(golden, target, **facts)

    def take_in(self, path: Path) -> None:
        """The file is the database."""

    @contextmanager
    def connected(self, path: Path) -> Iterator[Connection]:
        with closing(connect(path)) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            yield connection

    def number_on(self, connection: Connection) -> None:
        """SQLite takes the key behind the last row by itself."""

    def remove(self, path: Path) -> None:
        files.remove(path)

    def remove_home(self, home: Path) -> None:
        remove(home)

    def size_of(self, home: Path) -> int:
        return size_of(home)

    def believe(self, path: Path) -> None:
        self._trust.believe(path)

    def inspect(self, path: Path) -> None:
        if not files.log_size(path):
            self._trust.check(path)

    def in_use(self, name: str, path: Path) -> Listed:
        return census.in_use(name, path)

    def look_at(self, name: str, path: Path) -> Listed:
        return census.look_at(name, path, self._trust)

    def close(self) -> None:
        """Nothing is kept for the next sandbox."""
