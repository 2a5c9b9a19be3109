"""Both engines have every table and every statement, and answer alike."""

import importlib
import json
import pkgutil
import sqlite3
from random import Random
from typing import Any

import pytest

import sandbox
from sandbox.bank.chapters import CHAPTERS
from sandbox.storage.queries import Command, Query
from tests.storage.conftest import Server
from tests.storage.test_plans import statements

pytestmark = pytest.mark.slow
assert CHAPTERS  # imported for what it makes known: the whole schema
_BIGINT, _TEXT, _BOOLEAN = 20, 25, 16
_PREPARED = 1  # PGRES_COMMAND_OK


def declared() -> dict[str, Query[Any] | Command]:
    """Every statement that a module declares, by its SQL for PostgreSQL; those with a key to answer twice."""
    found: dict[str, Query[Any] | Command] = {}
    for module in pkgutil.walk_packages(sandbox.__path__, "sandbox."):
        if not module.name.endswith("__main__"):
            for value in vars(importlib.import_module(module.name)).values():
                for statement in statements(value):
                    found[statement.postgresql()] = statement
    return found


def test_postgresql_prepares_every_statement_with_numbers_and_texts_alone(server: Server) -> None:
    """So that a driver sends each parameter in one way, and there is one plan of each statement."""
    every = declared()
    wrong: dict[str, object] = {}
    with server.connect("reading") as connection:
        for number, sql in enumerate([*every, *(each.returning() for each in every.values() if _gives_a_key(each))]):
            name = f"s{number}".encode()
            result = connection.pgconn.prepare(name, sql.encode())
            if result.status != _PREPARED:
                wrong[sql] = result.error_message
                continue
            plan = connection.pgconn.describe_prepared(name)
            places = {plan.param_type(place) for place in range(plan.nparams)}
            columns = {plan.ftype(column) for column in range(plan.nfields)}
            if not places <= {_BIGINT, _TEXT} or not columns <= {_BIGINT, _TEXT, _BOOLEAN}:
                wrong[sql] = places, columns
    assert len(every) > 250
    assert wrong == {}


def _gives_a_key(statement: Query[Any] | Command) -> bool:
    return (
        isinstance(statement, Command) and statement.sql.startswith("INSERT") and " ON CONFLICT " not in statement.sql
    )


def test_every_query_gives_the_same_rows_in_the_same_order(file: sqlite3.Connection, server: Server) -> None:
    connection = server.connect("reading")
    texts = _texts(file)
    answering, differing = 0, {}
    for sql, query in declared().items():
        if not isinstance(query, Query) or query.writes or not query.sql:
            continue
        rng, types, found = Random(query.sql), _types(connection, sql), 0
        for _ in range(30):
            values = [_value(rng, kind, query.sql, texts) for kind in types]
            expected = file.execute(query.sql, values).fetchall()
            given = _rows(connection.pgconn.exec_prepared(b"", [_sent(value) for value in values]))
            found += bool(expected)
            if given != expected and (" ORDER BY " in sql or sorted(given, key=repr) != sorted(expected, key=repr)):
                differing[sql] = values
        answering += found > 0
    connection.close()
    assert differing == {}
    assert answering > 50, "or these values prove nothing"


def _texts(file: sqlite3.Connection) -> list[str]:
    """Texts that stand in the bank: words of vocabularies, numbers, names."""
    columns = (
        "member.document_number, member.username_key, member.searched, account.number, account.type, account.status"
    )
    rows = file.execute(f"SELECT {columns} FROM member JOIN account ON account.member_id = member.id LIMIT 40")
    return sorted(
        {text for row in rows for text in row if text is not None} | {"faq", "biller", "loan", "pending", "a"}
    )


def _types(connection: Any, sql: str) -> list[int]:
    """The types of the parameters, with the statement prepared."""
    connection.pgconn.prepare(b"", sql.encode())
    plan = connection.pgconn.describe_prepared(b"")
    return [plan.param_type(place) for place in range(plan.nparams)]


def _value(rng: Random, kind: int, sql: str, texts: list[str]) -> object:
    if kind == _BIGINT:
        return rng.choice((0, 1, rng.randrange(60), rng.randrange(60), rng.randrange(100_000, 100_060), 2**62))
    if "json_each" in sql:
        return json.dumps(sorted(rng.sample(range(60), 5)))
    return rng.choice((None, *rng.choices(texts, k=5)))


def _sent(value: object) -> bytes | None:
    return None if value is None else str(value).encode()


def _rows(result: Any) -> list[tuple[object, ...]]:
    columns = range(result.nfields)
    return [
        tuple(_read(result.ftype(column), result.get_value(row, column)) for column in columns)
        for row in range(result.ntuples)
    ]


def _read(kind: int, value: bytes | None) -> object:
    if value is None:
        return None
    return int(value == b"t") if kind == _BOOLEAN else int(value) if kind == _BIGINT else value.decode()
