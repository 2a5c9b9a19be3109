"""Where the keys of rows come from that are written in bulk."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Protocol

from sqlmodel import SQLModel

from sandbox.storage.connection import Connection


class Keys(Protocol):
    """Gives the keys of tables."""

    def take(self, table: type[SQLModel], number: int) -> int:
        """The first of the next `number` keys."""

    def start(self, table: type[SQLModel], after: int) -> None:
        """Let the keys of a table begin after `after`."""


class CountedKeys:
    """Keys that go on behind the last one in the database, for one who has it alone."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._last: dict[type[SQLModel], int] = {}

    def take(self, table: type[SQLModel], number: int) -> int:
        """The first of the next `number` keys."""
        last = self._last.get(table)
        if last is None:
            query = f"SELECT coalesce(max(id), 0) FROM {table.__tablename__}"  # noqa: S608  # a table of ours
            (last,) = self._connection.execute(query).fetchone()
        self._last[table] = last + number
        return int(last) + 1

    def start(self, table: type[SQLModel], after: int) -> None:
        """Let the keys of a table begin after `after`."""
        self._last[table] = after


class KeysBehind:
    """Keys behind the last ones that are told. In the other tables they count the rows from 1: they are moved behind
    those that are there when the rows are written."""

    def __init__(self, last: Mapping[type[SQLModel], int]) -> None:
        self.last: dict[type[SQLModel], int] = defaultdict(int, last)

    def take(self, table: type[SQLModel], number: int) -> int:
        """The first of the next `number` keys."""
        last = self.last[table]
        self.last[table] = last + number
        return last + 1

    def start(self, table: type[SQLModel], after: int) -> None:
        """Let the keys of a table begin after `after`."""
        self.last[table] = after


class GivenKeys:
    """Keys of PostgreSQL's sequences, which others take from, too."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take(self, table: type[SQLModel], number: int) -> int:
        """The first of `number` keys without a gap. Another takes one between them at times: then they are left."""
        if not number:
            return 0  # no row will have it
        query = "SELECT nextval(pg_get_serial_sequence(?, 'id')) FROM generate_series(1, ?)"
        while True:
            keys = [key for (key,) in self._connection.execute(query, (table.__tablename__, number))]
            if keys[-1] - keys[0] == number - 1:
                return int(keys[0])

    def start(self, table: type[SQLModel], after: int) -> None:
        """Never: a new bank is seeded in a file of SQLite."""
        raise NotImplementedError
