"""Databases of PostgreSQL with the same small bank as a file of SQLite, for tests of what both engines have."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel

from sandbox.bank.chapters import CHAPTERS
from sandbox.settings import Settings
from sandbox.storage import schema
from sandbox.storage.postgresql import LAST_KEYS, counts_on
from tests import goldens, postgres

assert CHAPTERS  # imported for what it makes known: the whole schema


class Server:
    """A server with two databases of the same content: one to read, one to write to."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def connect(self, database: str, **options: Any) -> Any:
        """A connection whose cursors take `$1`, and whose statements commit by themselves unless told otherwise."""
        import psycopg

        made: dict[str, Any] = {"autocommit": True, "cursor_factory": psycopg.RawCursor} | options
        return psycopg.connect(host=str(self._home), user="postgres", dbname=database, **made)

    def load(self, file: sqlite3.Connection) -> None:
        """Make both databases from a bank's file."""
        with self.connect("postgres") as server:
            server.execute("CREATE DATABASE reading")
            with self.connect("reading") as connection:
                for definition in schema.table_definitions("postgresql"):
                    connection.execute(definition)
                for table in SQLModel.metadata.sorted_tables:
                    _copy(file, connection, table)
                for definition in schema.index_definitions("postgresql"):
                    connection.execute(definition)
            server.execute("CREATE DATABASE writing TEMPLATE reading")


def _copy(file: sqlite3.Connection, connection: Any, table: Any) -> None:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in file.execute(f"SELECT {names} FROM {table.name}"):
            copy.write_row(row)
    if counts_on(table):
        (last,) = file.execute("SELECT max(seq) FROM sqlite_sequence WHERE name = ?", (table.name,)).fetchone()
        connection.execute(f"UPDATE {LAST_KEYS} SET seq = $1 WHERE name = $2", (last or 0, table.name))
    elif "id" in table.columns:
        connection.execute(
            f"SELECT setval(pg_get_serial_sequence($1, 'id'), coalesce(max(id), 0) + 1, false) FROM {table.name}",
            (table.name,),
        )


@pytest.fixture(scope="package")
def file(settings: Settings) -> Iterator[sqlite3.Connection]:
    """The bank in SQLite."""
    with closing(sqlite3.connect(goldens.golden_path(settings))) as connection:
        yield connection


@pytest.fixture(scope="package")
def server(file: sqlite3.Connection) -> Iterator[Server]:
    """The bank in PostgreSQL."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    programs = postgres.programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres.server(programs) as home:
        made = Server(home)
        made.load(file)
        yield made
