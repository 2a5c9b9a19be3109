"""The audit of a bank that has lived for years takes as long as it has rows: no check looks at all postings of an account
for each of its rows."""

import sqlite3
from collections import Counter
from contextlib import closing

import pytest

from sandbox.bank.chapter import Chapters
from sandbox.bank.chapters import CHAPTERS
from sandbox.domain import owed
from sandbox.domain.ledger import SystemAccount
from sandbox.storage import schema

AT_ONCE = 100  # steps of SQLite that are counted together
SHORT, LONG = 150, 600  # of each thing
ALLOWED = 1.5 * LONG / SHORT
"""How many times as many steps a longer history may take: sorting it takes a little more than its length."""
MINE = 101


def history(length: int) -> sqlite3.Connection:
    """A bank with one member's account, to which as many things of each kind have happened, each with its entry."""
    connection = sqlite3.connect(":memory:")
    for definition in schema.definitions():
        connection.execute(definition)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    rows = range(1, length + 1)
    entries: list[tuple[int, str, str, int]] = []
    for operation, kind in (
        ("interest_credit", "interest_credit"), ("life_order", "life.salary"), ("transfer", "transfer"),
        ("holding_move", "instalment"), ("service_payment", "service_payment"), ("card_payment", "card_payment"),
    ):  # fmt: skip
        entries += [(len(entries) + row, kind, operation, row) for row in rows]
        fill(connection, operation, rows)
    connection.executemany("INSERT INTO entry (id, moment, kind, operation, operation_id) VALUES (?1, ?1, ?, ?, ?)", [
        (entry, kind, operation, row) for entry, kind, operation, row in entries
    ])  # fmt: skip
    connection.executemany(
        "INSERT INTO posting (entry_id, account_id, moment, amount, balance, concept, reference)"
        " VALUES (?1, ?2, ?1, ?3, 0, '', '')",
        [
            (entry, account, cents)
            for entry, *_ in entries
            for account, cents in ((MINE, 1), (SystemAccount.FUNDING, -1))
        ],
    )
    fill(connection, "account", range(MINE, MINE + 1))
    return connection


def fill(connection: sqlite3.Connection, table: str, keys: range) -> None:
    """Rows with these keys, of the account, with the key or a word in every other column."""
    columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
    own = {"account_id": MINE, "origin_id": MINE, "holding_id": 1, "status": "completed", "outcome": "posted"}
    for key in keys:
        values = [own.get(name, key if kind == "INTEGER" else f"{name} {key}") for _, name, kind, *_ in columns]
        connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)


def steps(length: int) -> Counter[str]:
    """How many hundred steps of SQLite each check takes."""
    counted: Counter[str] = Counter()
    with closing(history(length)) as connection:
        connection.create_function("total_payment", 3, owed.total_payment, deterministic=True)
        for check, sql in Chapters(CHAPTERS).checks.items():

            def count(check: str = check) -> None:
                counted[check] += 1

            connection.set_progress_handler(count, AT_ONCE)
            connection.execute(sql).fetchall()
    return counted


@pytest.fixture(scope="module")
def both() -> tuple[Counter[str], Counter[str]]:
    return steps(SHORT), steps(LONG)


def test_no_check_takes_more_than_in_proportion_to_the_history(both: tuple[Counter[str], Counter[str]]) -> None:
    short, long = both
    slow = {check: (short[check], long[check]) for check in long if long[check] > ALLOWED * short[check] + 10}
    assert not slow
    assert sum(long.values()) > 100
