"""Whether anything was written to a sandbox's database, and what it holds."""

import sqlite3
from contextlib import closing

from sandbox import testing
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.storage.driver import SqliteStore
from tests import databases
from tests.databases import content, content_of
from tests.transport import registry_of

Rows = databases.Content


class Content:
    """A sandbox's database as it is when this is made."""

    def __init__(self, bank: testing.Sandbox) -> None:
        self._sandbox = registry_of(bank.connection.client).get(bank.name)
        self._watch = _File(self._sandbox) if isinstance(self._sandbox.store, SqliteStore) else _Server(self._sandbox)
        self._version = self._watch.version()

    def assert_unchanged(self, what: object = None) -> None:
        """The engine tells by a number whether something was written since; what is there is compared when it was."""
        version = self._watch.version()
        if version != self._version:
            assert content(self._sandbox) == self._watch.before(), what
            self._version = version

    def close(self) -> None:
        """Let go of it."""
        self._watch.close()


class _File:
    """Over a connection of its own, which SQLite tells whether another one wrote."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._connection = sqlite3.connect(f"file:{sandbox.path}?mode=ro", uri=True)
        self._image = bytearray(self._connection.serialize())

    def version(self) -> int:
        version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return version

    def before(self) -> Rows:
        self._image[18:20] = b"\x01\x01"  # no log: SQLite opens no image in memory that has one
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.deserialize(bytes(self._image))
            return content_of(connection)

    def close(self) -> None:
        self._connection.close()


class _Server:
    """By the number of commits of this process, which alone uses the database."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._store = sandbox.store
        self._content = content(sandbox)

    def version(self) -> int:
        return self._store.changes

    def before(self) -> Rows:
        return self._content

    def close(self) -> None:
        """Nothing is open."""


def contents(bank: testing.Sandbox) -> Rows:
    """Every row of every table of a bank."""
    found = content(registry_of(bank.connection.client).get(bank.name))
    assert found["account"]
    assert found["session"]
    return found
