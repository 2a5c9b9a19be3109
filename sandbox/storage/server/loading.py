"""Banks on their way between a SQLite file and a database of the server, row by row. All of it for threads."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from psycopg import pq
from sqlalchemy import Integer, Table
from sqlmodel import SQLModel

from sandbox.storage import schema
from sandbox.storage.driver import PAGE_SIZE, unchanging
from sandbox.storage.postgresql import LAST_KEYS, counts_on
from sandbox.storage.server.plain import PlainConnection
from sandbox.storage.server.wire import error_of

_PIECE = 1 << 16
_ROWS = 5000  # read from the server at a time
# What COPY takes for something else (PostgreSQL's manual, COPY, «Text Format»).
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def load(source: Path, target: PlainConnection, *, freeze: bool) -> None:
    """Fill an empty database with the content of a SQLite file that nothing writes to. Raises ServerError,
    sqlite3.DatabaseError."""
    with closing(unchanging(source)) as file, _filling(target):
        for table in _tables():
            rows = file.execute(f'SELECT {_columns(table)} FROM "{table.name}"')
            _copy_in(target, table.name, _columns(table), _pieces(map(_line, rows)), freeze=freeze)
        _give_last_keys(target, file.execute("SELECT name, seq FROM sqlite_sequence"))


def copy(source: PlainConnection, target: PlainConnection, *, freeze: bool) -> None:
    """Fill an empty database with the content of another one. Raises ServerError."""
    source.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    with _filling(target):
        for table in _tables():
            columns = _columns(table)
            source.connection.exec_(f'COPY "{table.name}" ({columns}) TO STDOUT'.encode())
            _copy_in(target, table.name, columns, _rows_out(source), freeze=freeze)
        _give_last_keys(target, source.execute(f"SELECT name, seq FROM {LAST_KEYS}"))
    source.execute("COMMIT")


@contextmanager
def _filling(target: PlainConnection) -> Iterator[None]:
    """The tables of an empty database are there in the block, and behind it what is quickest once they are full."""
    target.execute("BEGIN")
    target.script(schema.table_definitions("postgresql"))
    yield
    target.script(schema.index_definitions("postgresql"))
    number_on(target)
    target.execute("COMMIT")
    target.execute("ANALYZE")


def _give_last_keys(target: PlainConnection, last_keys: Iterable[Any]) -> None:
    for name, last in last_keys:
        target.execute(f"UPDATE {LAST_KEYS} SET seq = ? WHERE name = ?", (last, name))


def number_on(target: PlainConnection) -> None:
    """Have the next keys be those behind the rows that are there, some of which brought theirs."""
    for table in _tables():
        if _has_own_keys(table) and not counts_on(table):
            last = f'(SELECT max(id) FROM "{table.name}")'
            target.execute(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), {last})")


def dump(source: PlainConnection, target: Path) -> None:
    """Write what a database holds at one moment as a SQLite file. Raises ServerError, sqlite3.Error."""
    connection = sqlite3.connect(target, isolation_level=None)
    with closing(connection):
        connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        for definition in schema.table_definitions():
            connection.execute(definition)
        source.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for table in _tables():
            places = ", ".join("?" for _ in table.columns)
            insert = f'INSERT INTO "{table.name}" ({_columns(table)}) VALUES ({places})'
            connection.executemany(insert, _rows(source, table))
        connection.execute("DELETE FROM sqlite_sequence")
        last = source.execute(f"SELECT name, seq FROM {LAST_KEYS} WHERE seq > 0 ORDER BY name")
        connection.executemany("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", last)
        source.execute("COMMIT")
        for definition in schema.index_definitions():
            connection.execute(definition)
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")


def dump_as_it_is(source: PlainConnection, target: Path) -> None:
    """The same for a database of another version: its tables as the server tells them, without keys and indexes."""
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        source.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        found = source.execute(
            "SELECT table_name, string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position), count(*)"
            " FROM information_schema.columns WHERE table_schema = 'public' GROUP BY table_name ORDER BY table_name"
        )
        for name, columns, number in found.fetchall():
            connection.execute(f'CREATE TABLE "{name}" ({columns})')
            places = ", ".join("?" for _ in range(number))
            rows = source.execute(f'SELECT {columns} FROM "{name}"')
            connection.executemany(f'INSERT INTO "{name}" VALUES ({places})', rows)
        source.execute("COMMIT")
        connection.execute("COMMIT")


def _tables() -> list[Table]:
    return SQLModel.metadata.sorted_tables


def _columns(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns)


def _has_own_keys(table: Table) -> bool:
    """Whether the server gives the keys of the table."""
    keys = list(table.primary_key.columns)
    return len(keys) == 1 and keys[0].name == "id" and isinstance(keys[0].type, Integer)


def _rows(source: PlainConnection, table: Table) -> Iterator[Any]:
    keys = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
    source.execute(f'DECLARE rows CURSOR FOR SELECT {_columns(table)} FROM "{table.name}" ORDER BY {keys}')
    while rows := source.execute(f"FETCH {_ROWS} FROM rows").fetchall():
        yield from rows
    source.execute("CLOSE rows")


def _copy_in(target: PlainConnection, table: str, columns: str, pieces: Iterable[bytes], *, freeze: bool) -> None:
    connection = target.connection
    connection.exec_(f'COPY "{table}" ({columns}) FROM STDIN{" WITH (FREEZE)" if freeze else ""}'.encode())
    for piece in pieces:
        connection.put_copy_data(piece)
    connection.put_copy_end()
    _end(connection)


def _rows_out(source: PlainConnection) -> Iterator[bytes]:
    """What COPY … TO STDOUT gives, which was just sent."""
    connection = source.connection
    while True:
        size, piece = connection.get_copy_data(0)
        if size < 0:
            break
        yield bytes(piece)
    _end(connection)


def _end(connection: Any) -> None:
    """Take the outcome of a COPY. Raises ServerError."""
    while (result := connection.get_result()) is not None:
        if result.status != pq.ExecStatus.COMMAND_OK:
            raise error_of(result)


def _line(row: Iterable[int | str | None]) -> str:
    return "\t".join(
        "\\N" if value is None else value.translate(_ESCAPED) if isinstance(value, str) else str(value) for value in row
    )


def _pieces(lines: Iterable[str]) -> Iterator[bytes]:
    gathered: list[str] = []
    size = 0
    for line in lines:
        gathered.append(line)
        size += len(line)
        if size >= _PIECE:
            gathered.append("")
            yield "\n".join(gathered).encode()
            gathered, size = [], 0
    if gathered:
        gathered.append("")
        yield "\n".join(gathered).encode()
