"""A column with a closed vocabulary takes its words and no others, whatever wrote them."""

import sqlite3
from collections.abc import Iterator
from typing import Any, cast

import pytest
from sqlalchemy import Integer, Table
from sqlmodel import SQLModel

from sandbox.bank.chapter import Chapters
from sandbox.bank.chapters import CHAPTERS
from sandbox.storage import schema

CLOSED = [
    pytest.param(table, column, words, id=f"{table.__name__}.{column}")
    for table in Chapters(CHAPTERS).tables
    for column, words in schema.vocabularies(table).items()
]


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.executescript(";".join(schema.definitions()))
    yield connection
    connection.close()


def described(table: type[SQLModel]) -> Table:
    return cast(Table, table.__table__)  # type: ignore[attr-defined]  # SQLModel hides it


def row(table: type[SQLModel], **changes: Any) -> dict[str, Any]:
    """A row that fits: ones, the first word of a vocabulary, and some columns changed."""
    words = schema.vocabularies(table)
    plain = {
        column.name: 1 if isinstance(column.type, Integer) else words.get(column.name, ("x",))[0]
        for column in described(table).columns
    }
    adding_up = {"total": 3} if "total" in plain else {}
    return plain | adding_up | changes


def insert(database: sqlite3.Connection, table: type[SQLModel], values: dict[str, Any]) -> None:
    places = ", ".join(f":{name}" for name in values)
    database.execute(f"INSERT INTO {described(table).name} ({', '.join(values)}) VALUES ({places})", values)


def test_statuses_and_kinds_have_closed_vocabularies() -> None:
    """`kind` of an entry, a message and a notice is open: a chapter adds its own."""
    open_ones = {
        f"{table.__name__}.{column.name}"
        for table in Chapters(CHAPTERS).tables
        for column in described(table).columns
        if column.name in ("status", "kind") and not isinstance(column.type, Integer)
        if column.name not in schema.vocabularies(table)
    }
    assert open_ones == {"Entry.kind", "Event.kind", "Message.kind", "Notification.kind", "Delivery.status"}


@pytest.mark.parametrize(("table", "column", "words"), CLOSED)
def test_every_word_of_a_vocabulary_is_taken(
    database: sqlite3.Connection, table: type[SQLModel], column: str, words: tuple[str, ...]
) -> None:
    for word in words:
        insert(database, table, row(table, **{column: word}))
        database.execute(f"DELETE FROM {described(table).name}")


@pytest.mark.parametrize(("table", "column", "words"), CLOSED)
def test_a_word_outside_the_vocabulary_is_refused(
    database: sqlite3.Connection, table: type[SQLModel], column: str, words: tuple[str, ...]
) -> None:
    for wrong in ("", words[0].upper(), f"{words[0]} ", "nonsense"):
        with pytest.raises(sqlite3.IntegrityError, match=f"{column}_is_known"):
            insert(database, table, row(table, **{column: wrong}))
