"""Book-keeping for the seed: rows gathered in memory, balances kept as they go, written in bulk."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.sql.ddl import sort_tables
from sqlmodel import SQLModel

from sandbox.bank.ledger.tables import Account, Entry, Hold, Posting
from sandbox.domain.ledger import Leg, balanced
from sandbox.storage.queries import adding


def _columns(table: type[SQLModel]) -> tuple[str, ...]:
    return tuple(table.model_fields)


@cache
def _defaults(table: type[SQLModel]) -> dict[str, Any]:
    fields = table.model_fields.items()
    return {name: None if field.is_required() else field.get_default() for name, field in fields}


@cache
def _insert(table: type[SQLModel]) -> str:
    names = _columns(table)
    places = ", ".join("?" for _ in names)
    head = adding(table, *names).sql.partition(" VALUES ")[0]
    return f"{head} VALUES ({places})"


def _described(table: type[SQLModel]) -> Table:
    return cast(Table, table.__table__)  # type: ignore[attr-defined]  # SQLModel hides what it sets


def _writable(tables: Iterable[type[SQLModel]]) -> list[type[SQLModel]]:
    """The tables in an order in which foreign keys allow them to be written."""
    by_name = {_described(table).name: table for table in tables}
    return [by_name[described.name] for described in sort_tables([_described(table) for table in by_name.values()])]


class _Keys(dict[type[SQLModel], int]):
    """The last key of each table: as it is known here, else as the database has it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__()
        self._connection = connection

    def __missing__(self, table: type[SQLModel]) -> int:
        query = f"SELECT coalesce(max(id), 0) FROM {_described(table).name}"  # noqa: S608  # a table of ours
        (last,) = self._connection.execute(query).fetchone()
        return int(last)


class _Balances(dict[int, int]):
    """Book balances by account: as they are known here, else as the database has them, else nothing."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__()
        self._connection = connection

    def __missing__(self, account: int) -> int:
        row = self._connection.execute("SELECT book FROM account WHERE id = ?", (account,)).fetchone()
        return int(row[0]) if row else 0


class Books:
    """Gathers a batch of rows. Keys go on behind those in the database; balances follow every entry."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._rows: dict[type[SQLModel], list[tuple[Any, ...]]] = defaultdict(list)
        self._keys: dict[type[SQLModel], int] = _Keys(connection)
        self.book: dict[int, int] = _Balances(connection)
        self.held: dict[int, int] = defaultdict(int)

    def entry_called(self, kind: str, name: str) -> tuple[int, dict[str, Any]]:
        """The key and data of a catalogue's entry. Raises KeyError."""
        row = self._connection.execute(
            "SELECT id, data FROM catalogue_entry WHERE kind = ? AND key = ?", (kind, name)
        ).fetchone()
        if row is None:
            raise KeyError(f"{kind} {name}")
        return row[0], json.loads(row[1])

    def key(self, table: type[SQLModel]) -> int:
        """The next key of a table."""
        self._keys[table] += 1
        return self._keys[table]

    def start_keys(self, table: type[SQLModel], after: int) -> None:
        """Let the keys of a table begin after `after`."""
        self._keys[table] = after

    def add(self, table: type[SQLModel], **values: Any) -> None:
        """A row; columns not given are null."""
        self._rows[table].append(tuple({**_defaults(table), **values}.values()))

    def post(self, moment: int, kind: str, operation: str, operation_id: int, *legs: Leg) -> int:
        """A balanced entry; gives its key."""
        keys, book, postings = self._keys, self.book, self._rows[Posting]
        entry = keys[Entry] = keys[Entry] + 1
        self._rows[Entry].append((entry, moment, kind, operation, operation_id))
        posting = keys[Posting]
        for account, amount, concept, reference in balanced(legs):
            posting += 1
            balance = book[account] = book[account] + amount
            postings.append((posting, entry, account, moment, amount, balance, concept, reference))
        keys[Posting] = posting
        return entry

    def hold(self, account: int, amount: int, reason: str, moment: int) -> None:
        """Cents set aside on an account."""
        self.held[account] += amount
        self.add(Hold, id=self.key(Hold), account_id=account, amount=amount, reason=reason, placed_at=moment)

    def write(self) -> None:
        """Write the batch, with the balances its accounts have by now."""
        accounts = self._rows[Account]
        book, held = _columns(Account).index("book"), _columns(Account).index("held")
        for place, row in enumerate(accounts):
            changed = list(row)
            changed[book], changed[held] = self.book[row[0]], self.held[row[0]]
            accounts[place] = tuple(changed)
        for table in _writable(self._rows):
            self._connection.executemany(_insert(table), self._rows[table])
        self._rows.clear()

    def settle(self) -> None:
        """Give the accounts that were written before the balances they ended with."""
        self._connection.executemany(
            "UPDATE account SET book = ? WHERE id = ?", [(book, account) for account, book in self.book.items()]
        )
