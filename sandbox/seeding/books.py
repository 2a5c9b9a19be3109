"""Book-keeping for the seed: rows gathered in memory, balances kept as they go, written in bulk."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from itertools import chain
from typing import Any, NamedTuple, cast

from sqlalchemy import Table
from sqlalchemy.sql.ddl import sort_tables
from sqlmodel import SQLModel

from sandbox.bank.ledger.tables import Account, Entry, Hold, Posting
from sandbox.domain.ledger import Leg, balanced
from sandbox.seeding.keys import CountedKeys, Keys
from sandbox.storage.connection import Connection

_AT_ONCE = 50  # rows of one statement: a third less of SQLite's time than one by one


@cache
def _columns(table: type[SQLModel]) -> tuple[str, ...]:
    return tuple(table.model_fields)


@lru_cache(maxsize=256)
def _insert(table: type[SQLModel], given: tuple[str, ...], offsets: tuple[int, ...], rows: int) -> str:
    """The statement that writes so many rows of which these columns are given, a number added to each; the others have
    their defaults."""
    others = {name: field.get_default() for name, field in table.model_fields.items() if name not in given}
    constants = {name: default for name, default in others.items() if default is not None}
    names = ", ".join(f'"{name}"' for name in (*given, *constants))
    places = ", ".join([*(f"?+{offset}" if offset else "?" for offset in offsets), *map(_constant, constants.values())])
    every = ", ".join([f"({places})"] * rows)
    return f'INSERT INTO "{_described(table).name}" ({names}) VALUES {every}'  # noqa: S608  # a table of ours


def _constant(value: int | str) -> str:
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def _described(table: type[SQLModel]) -> Table:
    return cast(Table, table.__table__)  # type: ignore[attr-defined]  # SQLModel hides what it sets


def _writable(tables: Iterable[type[SQLModel]]) -> list[type[SQLModel]]:
    """The tables in an order in which foreign keys allow them to be written."""
    by_name = {_described(table).name: table for table in tables}
    return [by_name[described.name] for described in sort_tables([_described(table) for table in by_name.values()])]


class _Balances(dict[int, int]):
    """Book balances by account: as they are known here, else as the database has them, else nothing."""

    def __init__(self, connection: Connection | None) -> None:
        super().__init__()
        self._connection = connection

    def __missing__(self, account: int) -> int:
        if self._connection is None:
            return 0
        row = self._connection.execute("SELECT book FROM account WHERE id = ?", (account,)).fetchone()
        return int(row[0]) if row else 0


_Rows = dict[tuple[str, ...], list[Any]]


class Flat(NamedTuple):
    """Rows of a table of which these columns are given: the values of one row after those of another."""

    table: type[SQLModel]
    columns: tuple[str, ...]
    values: list[Any]


class Books:
    """Gathers a batch of rows. Keys go on behind those in the database; balances follow every entry.

    Without a database, and with `keys`, rows are gathered for another one to write.

    An account that was there before ends with the balance that it was read with and what the batch moved: where others
    may move it meanwhile, lock it first, and give `keys` that they do not take.
    """

    def __init__(self, connection: Connection | None, keys: Keys | None = None) -> None:
        self._connection = connection
        # By table, and by the columns that are given: their values, one row after another, as the database takes them.
        # Tuples of rows would be a third of the memory, which the processor's caches do not hold.
        self._rows: dict[type[SQLModel], _Rows] = defaultdict(lambda: defaultdict(list))
        self._keys = CountedKeys(self._database) if keys is None else keys
        self.book: dict[int, int] = _Balances(connection)
        self.held: dict[int, int] = defaultdict(int)

    @property
    def _database(self) -> Connection:
        assert self._connection is not None, "these books gather rows for another one to write"
        return self._connection

    def entry_called(self, kind: str, name: str) -> tuple[int, dict[str, Any]]:
        """The key and data of a catalogue's entry. Raises KeyError."""
        row = self._database.execute(
            "SELECT id, data FROM catalogue_entry WHERE kind = ? AND key = ?", (kind, name)
        ).fetchone()
        if row is None:
            raise KeyError(f"{kind} {name}")
        return row[0], json.loads(row[1])

    def key(self, table: type[SQLModel]) -> int:
        """The next key of a table."""
        return self._keys.take(table, 1)

    def keys(self, table: type[SQLModel], number: int) -> int:
        """The first of the next `number` keys of a table."""
        return self._keys.take(table, number)

    def start_keys(self, table: type[SQLModel], after: int) -> None:
        """Let the keys of a table begin after `after`."""
        self._keys.start(table, after)

    def add(self, table: type[SQLModel], **values: Any) -> None:
        """A row; columns not given have their default, or are null."""
        self._rows[table][tuple(values)] += values.values()

    def extend(self, table: type[SQLModel], rows: Iterable[tuple[Any, ...]]) -> None:
        """Rows with every column, in the table's order."""
        self._rows[table][_columns(table)].extend(chain.from_iterable(rows))

    def extend_flat(self, table: type[SQLModel], values: list[Any]) -> None:
        """The same, the values of one row after those of another."""
        self._rows[table][_columns(table)] += values

    def post(self, moment: int, kind: str, operation: str, operation_id: int, *legs: Leg) -> int:
        """A balanced entry; gives its key."""
        entry = self.key(Entry)
        self.extend(Entry, [(entry, moment, kind, operation, operation_id, None)])
        for account, amount, concept, reference in balanced(legs):
            balance = self.book[account] = self.book[account] + amount
            row = (self.key(Posting), entry, account, moment, amount, balance, concept, reference)
            self.extend(Posting, [row])
        return entry

    def hold(self, account: int, amount: int, reason: str, moment: int) -> None:
        """Cents set aside on an account."""
        self.held[account] += amount
        self.add(Hold, id=self.key(Hold), account_id=account, amount=amount, reason=reason, placed_at=moment)

    def gathered(self) -> list[Flat]:
        """The batch, in an order in which it can be written, with the balances its accounts have by now; forgets it."""
        for names, values in self._rows[Account].items():
            key, book, held = names.index("id"), names.index("book"), names.index("held")
            for begin in range(0, len(values), len(names)):
                account = values[begin + key]
                values[begin + book], values[begin + held] = self.book.pop(account, 0), self.held.pop(account, 0)
        found = [
            Flat(table, names, values) for table in _writable(self._rows) for names, values in self._rows[table].items()
        ]
        self._rows.clear()
        return found

    def write(self) -> None:
        """Write the batch, with the balances its accounts have by now.

        From then on the database knows them: only accounts that move later are remembered, and settled at the end.
        """
        for each in self.gathered():
            self.write_moved(each, {})

    def write_moved(self, each: Flat, behind: Mapping[str, int]) -> None:
        """Write rows that another one gathered, whose keys in the columns of `behind` count from so many on."""
        table, names, values = each
        offsets = tuple(behind.get(name, 0) for name in names)
        execute, width = self._database.execute, len(names)
        whole = len(values) // (width * _AT_ONCE) * width * _AT_ONCE
        many = _insert(table, names, offsets, _AT_ONCE)
        for first in range(0, whole, width * _AT_ONCE):
            execute(many, values[first : first + width * _AT_ONCE])
        left = (len(values) - whole) // width
        if left:
            execute(_insert(table, names, offsets, left), values[whole:])

    def settle(self) -> None:
        """Give the accounts that were written before the balances they ended with."""
        self._database.executemany(
            "UPDATE account SET book = ? WHERE id = ?", [(book, account) for account, book in self.book.items()]
        )
