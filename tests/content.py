"""Whether anything was written to a sandbox's database, and what it holds."""

import hashlib
import sqlite3
from typing import Any

from tests.support import Sandbox, registry_of


class Content:
    """A sandbox's database, read over a connection of its own."""

    def __init__(self, bank: Sandbox) -> None:
        path = registry_of(bank.client).places.home(bank.name) / "bank.sqlite"
        self._connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self._connection.execute("SELECT count(*) FROM account").fetchone()  # the number counts from the first read on
        self._version = self._data_version()

    def tables(self) -> dict[str, str]:
        """A digest of every table."""
        rows = self._connection.execute
        tables = [row[0] for row in rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {table: rows(f'SELECT * FROM "{table}"').fetchall() for table in tables}
        assert found["account"]
        return {table: hashlib.sha256(repr(all_rows).encode()).hexdigest() for table, all_rows in found.items()}

    def assert_unchanged(self, what: object = None) -> None:
        """SQLite tells by a number whether another connection committed a change since."""
        assert self._data_version() == self._version, f"the database was changed: {what}"

    def _data_version(self) -> int:
        version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return version

    def close(self) -> None:
        self._connection.close()


def contents(bank: Sandbox) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of a bank."""
    connection = registry_of(bank.client).get(bank.name).store.connection
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {table: connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in tables}
    assert found["account"]
    assert found["session"]
    return found
