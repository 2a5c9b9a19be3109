"""No statement reads a whole table that grows with the bank or with its use."""

import importlib
import pkgutil
import re
import sqlite3
from collections.abc import Iterator

import pytest

import sandbox
from sandbox.storage import schema
from sandbox.storage.queries import Command, Query

_FEW = {"institution", "webhook", "fault", "rule_override", "faq", "sqlite_sequence"}
"""Tables whose rows are as many as a catalogue or an administrator makes them."""

_WHOLE = {"sandbox.bank.access.queries.LIVE_SESSIONS.0", "sandbox.bank.access.queries.LIVE_REFRESH_TOKENS.0"}
"""Statements that read a table once, in a thread: what a reset carries over in developer mode."""


def declared() -> dict[str, str]:
    """Every statement that a module declares, by name: its SQL."""
    found: dict[str, str] = {}
    for module in pkgutil.walk_packages(sandbox.__path__, "sandbox."):
        if not module.name.endswith("__main__"):
            for name, value in vars(importlib.import_module(module.name)).items():
                for place, statement in enumerate(statements(value)):
                    if statement.sql:  # else one that PostgreSQL alone has
                        found[f"{module.name}.{name}.{place}"] = statement.sql
    return found


def statements(value: object) -> Iterator[Query[object] | Command]:
    if isinstance(value, Query | Command):
        yield value
    elif isinstance(value, dict):
        yield from statements(tuple(value.values()))
    elif isinstance(value, tuple | list):
        for each in value:
            yield from statements(each)


@pytest.fixture(scope="module")
def empty() -> Iterator[sqlite3.Connection]:
    """A database without rows: SQLite then expects every table to be large."""
    connection = sqlite3.connect(":memory:")
    for definition in schema.definitions():
        connection.execute(definition)
    yield connection
    connection.close()


def scans(connection: sqlite3.Connection, sql: str) -> list[str]:
    """The tables a statement reads from end to end."""
    places = len(set(re.findall(r"\?\d+", sql)))
    plan = connection.execute(f"EXPLAIN QUERY PLAN {sql}", (None,) * places)
    found = [re.match(r"SCAN (\w+)(.*)", step[3]) for step in plan]
    # An index in the wanted order, with a LIMIT: it is read from its beginning, for as many rows.
    return [
        scan[1]
        for scan in found
        if scan and scan[1] not in _FEW and not ("INDEX" in scan[2] and " LIMIT " in sql) and "anon_" not in scan[1]
    ]


def test_no_declared_statement_reads_a_whole_table(empty: sqlite3.Connection) -> None:
    every = declared()
    assert len(every) > 200
    found = {name: tables for name, sql in every.items() if (tables := scans(empty, sql))}
    assert found.keys() == _WHOLE


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM member WHERE phone = ?1",
        "SELECT id FROM member WHERE phone = ?1 LIMIT 1",
        "UPDATE device SET fingerprint = 0 WHERE member_id = ?1",
        "SELECT count(*) FROM member JOIN account ON account.number = member.document_number",
    ],
)
def test_a_statement_that_does_is_found(empty: sqlite3.Connection, sql: str) -> None:
    assert scans(empty, sql) != []
