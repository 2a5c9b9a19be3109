"""The live database of a sandbox of the application in this process, whichever engine it is of."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlmodel import SQLModel

from sandbox.sandboxes.registry import Registry
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.storage.connection import Connection, Rows
from sandbox.storage.driver import SqliteStore

if TYPE_CHECKING:
    from sandbox.sandboxes.server import ServerEngine

Content = dict[str, list[tuple[Any, ...]]]


def database(sandbox: Sandbox) -> Connection:
    """What has been committed, to look at and to change behind the bank's back."""
    return sandbox.store.connection if isinstance(sandbox.store, SqliteStore) else _OnServer(sandbox)


def file_of(sandbox: Sandbox) -> SqliteStore:
    """Its database in use, which is a file."""
    assert isinstance(sandbox.store, SqliteStore)
    return sandbox.store


def server_of(registry: Registry) -> "ServerEngine":
    """What keeps its sandboxes, on a server."""
    from sandbox.sandboxes.server import ServerEngine

    assert isinstance(registry.engine, ServerEngine)
    return registry.engine


class _OnServer:
    """Each statement over a connection of its own, so that none is left that would keep others from the database."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Rows:
        with self._sandbox._engine.connected(self._sandbox.path) as connection:
            return connection.execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any, /) -> None:
        with self._sandbox._engine.connected(self._sandbox.path) as connection:
            connection.executemany(sql, parameters)


def content(sandbox: Sandbox) -> Content:
    """Every row of every table."""
    if isinstance(sandbox.store, SqliteStore):
        return content_of(sandbox.store.connection)
    with sandbox._engine.connected(sandbox.path) as connection:
        return content_of(connection)


def content_of(connection: Connection) -> Content:
    """Every row of every table of a database."""
    return {
        table.name: connection.execute(
            f'SELECT {", ".join(_quoted(table.columns))} FROM "{table.name}" ORDER BY {", ".join(_quoted(table.primary_key.columns))}'
        ).fetchall()
        for table in SQLModel.metadata.sorted_tables
    }


def columns_of(table: str) -> list[str]:
    """The names of a table's columns, in order."""
    return [column.name for column in SQLModel.metadata.tables[table].columns]


def _quoted(columns: Any) -> list[str]:
    return [f'"{column.name}"' for column in columns]
