"""Whether anything was written to a sandbox's database, and what it holds."""

import sqlite3
from contextlib import closing
from typing import Any

from sandbox.testing import Sandbox
from tests.transport import registry_of

Rows = dict[str, list[tuple[Any, ...]]]


class Content:
    """A sandbox's database as it is when this is made, read over a connection of its own."""

    def __init__(self, bank: Sandbox) -> None:
        path = registry_of(bank.connection.client).places.home(bank.name) / "bank.sqlite"
        self._connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self._before = self._connection.serialize()
        self._version = self._data_version()

    def assert_unchanged(self, what: object = None) -> None:
        """SQLite tells by a number whether another connection wrote since; what it holds is compared when one did."""
        if self._data_version() != self._version:
            assert rows_of(self._connection) == self._rows_before(), what
            self._version = self._data_version()

    def close(self) -> None:
        """Let go of it."""
        self._connection.close()

    def _rows_before(self) -> Rows:
        image = bytearray(self._before)
        image[18:20] = b"\x01\x01"  # no log: SQLite opens no image in memory that has one
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.deserialize(bytes(image))
            return rows_of(connection)

    def _data_version(self) -> int:
        version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return version


def contents(bank: Sandbox) -> Rows:
    """Every row of every table of a bank."""
    return rows_of(registry_of(bank.connection.client).get(bank.name).store.connection)


def rows_of(connection: sqlite3.Connection) -> Rows:
    """Every row of every table of a database."""
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {table: connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in tables}
    assert found["account"]
    assert found["session"]
    return found
