"""Columns that hold JSON."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from sandbox.storage import json_text

COLUMNS = json_text.columns()
RIGHT = {"object": '{"a": 1}', "array": '["a", 1]'}


@pytest.fixture
def empty() -> Iterator[sqlite3.Connection]:
    """A database with every table that has such a column, and these columns alone."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for table in {table for table, _ in COLUMNS}:
            connection.execute(
                f"CREATE TABLE {table} ({', '.join(column for name, column in COLUMNS if name == table)})"
            )
        yield connection


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_what_belongs_in_a_column_is_found_right_and_everything_else_is_not(
    empty: sqlite3.Connection, table: str, column: str
) -> None:
    shape = COLUMNS[table, column].shape
    wrong = ["", "x", "{", "1", "null", '"a"', RIGHT["array" if shape == "object" else "object"]]
    for value in (RIGHT[shape], None):
        empty.execute(f"INSERT INTO {table} ({column}) VALUES (?)", (value,))
    assert json_text.misshapen(empty) is None
    for value in wrong:
        empty.execute(f"INSERT INTO {table} ({column}) VALUES (?)", (value,))
        assert json_text.misshapen(empty) == f"{table}.{column}", value
        empty.execute(f"DELETE FROM {table} WHERE {column} = ?", (value,))
