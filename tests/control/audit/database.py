"""The file under the audit, and a case: a change to it and the check that finds the change."""

import sqlite3
from collections.abc import Callable
from typing import NamedTuple

MINE, SECOND = 101, 102  # the savings accounts of the persona `al-dia`, who did everything
UNUSED = "(SELECT min(id) FROM account WHERE id NOT IN (SELECT account_id FROM posting))"  # nothing was posted to it
MISSING = 999_999  # no row has this key


BEYOND = {"a cent too much": 1, "a cent too little": -1}


class Database:
    """The file under the audit, altered as no request could alter it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def number(self, query: str) -> int:
        """The one number that a query gives."""
        (number,) = self._connection.execute(query).fetchone()
        assert isinstance(number, int), query
        return number

    def change(self, statement: str) -> None:
        """A statement that changes exactly one row."""
        assert self._connection.execute(statement).rowcount == 1, statement

    def first(self, table: str, where: str) -> int:
        """The key of the first row that fits."""
        return self.number(f"SELECT min(id) FROM {table} WHERE {where}")

    def copy(self, table: str, row: int, **changes: object) -> None:
        """A second row like `row`, with the key MISSING and some columns changed."""
        columns = [name for _, name, *_ in self._connection.execute(f"PRAGMA table_info({table})")]
        values = ", ".join(str(({"id": MISSING} | changes).get(name, name)) for name in columns)
        self.change(f"INSERT INTO {table} SELECT {values} FROM {table} WHERE id = {row}")

    def post(self, kind: str, operation: str, operation_id: int, *legs: tuple[int, int]) -> None:
        """An entry of legs (account, cents), with balances as the bank writes them, whether or not it adds up."""
        entry = self.number("SELECT max(id) + 1 FROM entry")
        self.change(
            "INSERT INTO entry (id, moment, kind, operation, operation_id)"
            f" VALUES ({entry}, 1, '{kind}', '{operation}', {operation_id})"
        )
        for account, amount in legs:
            self.change(f"UPDATE account SET book = book + {amount} WHERE id = {account}")
            self.change(
                "INSERT INTO posting (entry_id, account_id, moment, amount, balance, concept, reference)"
                f" SELECT {entry}, id, 1, {amount}, book, '', '' FROM account WHERE id = {account}"
            )

    def move(self, source: int, target: int, amount: int) -> None:
        """Cents from one account to another, by an entry that belongs to nothing the audit knows."""
        self.post("x", "x", 1, (source, -amount), (target, amount))

    def hold(self, amount: int, operation: str, operation_id: int) -> None:
        """A live hold on the member's account, counted in what it holds."""
        self.change(f"UPDATE account SET held = held + {amount} WHERE id = {MINE}")
        self.change(
            "INSERT INTO hold (account_id, amount, reason, operation, operation_id, placed_at)"
            f" VALUES ({MINE}, {amount}, 'operation', '{operation}', {operation_id}, 1)"
        )


Change = Callable[[Database], None]


class Case(NamedTuple):
    """A change to a sound database, and the check that finds it; None where nothing is to be found."""

    check: str | None
    what: str
    change: Change
    also: str | None = None  # a check that has to find the same thing from its own side


def statement(text: str) -> Change:
    """A statement that changes exactly one row."""
    return lambda db: db.change(text)


def amend(table: str, where: str, also: str) -> Change:
    """The first row that fits, changed."""
    return lambda db: db.change(f"UPDATE {table} SET {also} WHERE id = {db.first(table, where)}")


def drop(table: str, where: str) -> Change:
    """Without the first row that fits."""
    return lambda db: db.change(f"DELETE FROM {table} WHERE id = {db.first(table, where)}")
