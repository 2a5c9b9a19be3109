"""The bank that is made large."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bench import growth
from sandbox.bank.chapter import Chapters
from sandbox.bank.chapters import CHAPTERS
from sandbox.control.ledger import audit_file
from sandbox.settings import Settings
from sandbox.starting import origin_of
from tests import goldens


@pytest.fixture
def golden(tmp_path: Path, settings: Settings) -> Path:
    made = settings.model_copy(update={"data_dir": tmp_path})
    goldens.place(made)
    return goldens.golden_path(made)


def test_added_movements_are_the_newest_of_the_account_with_the_long_history(golden: Path, settings: Settings) -> None:
    growth.add_movements(golden, origin_of(settings).clock_start, 100)

    with closing(sqlite3.connect(golden)) as connection:
        newest = connection.execute(
            "SELECT concept FROM posting WHERE account_id ="
            " (SELECT min(account.id) FROM account JOIN member ON member.id = member_id WHERE persona = 'historia-larga')"
            " ORDER BY moment DESC, id DESC LIMIT 101"
        ).fetchall()
    assert newest[:100] == [("growth",)] * 100
    assert newest[100] != ("growth",)


def test_the_books_of_a_grown_bank_balance(golden: Path, settings: Settings) -> None:
    checks = Chapters(CHAPTERS).checks
    before = audit_file(golden, checks)

    growth.add_movements(golden, origin_of(settings).clock_start, 25_001)

    after = audit_file(golden, checks)
    assert after.violations == []
    assert after.postings == before.postings + 2 * 25_001
