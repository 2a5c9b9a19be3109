"""A plain connection, which blocks: for work on a database as a whole, in a thread."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from sandbox.storage.queries import Command, Query, T


class Rows(Protocol):
    """What a statement gave."""

    def fetchone(self) -> Any:
        """The next row, or None."""

    def fetchall(self) -> list[Any]:
        """All rows that are left."""

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """The part of `sqlite3.Connection` that both engines have. Places are `?` or `?1`, and statements are such that
    both engines understand."""

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Rows:
        """Run a statement."""

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> object:
        """Run a statement for each of the parameters."""


def first(connection: Connection, query: Query[T], **params: object) -> T | None:
    """The first row, or None."""
    row = connection.execute(query.sql, query.values(params)).fetchone()
    return None if row is None else query.shape(row)


def every(connection: Connection, query: Query[T], **params: object) -> list[T]:
    """Every row."""
    return [query.shape(row) for row in connection.execute(query.sql, query.values(params))]


def run(connection: Connection, command: Command, **params: object) -> None:
    """Run an insert, update or delete."""
    connection.execute(command.sql, command.values(params))
