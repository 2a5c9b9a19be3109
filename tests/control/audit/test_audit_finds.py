"""The audit, one check at a time: what it must find, to the cent and in both directions, and what it must not."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from sandbox.bank.chapter import Chapters
from sandbox.bank.chapters import CHAPTERS
from sandbox.control.ledger import Violation, audit_file
from sandbox.settings import Settings
from sandbox.storage import json_text
from tests.control.audit import cards, entries, life, limits, pending, posted, products, settlement
from tests.control.audit.bank import whole_bank
from tests.control.audit.database import MINE, SECOND, Case, Change, Database

CHECKS = Chapters(CHAPTERS).checks


GROUPS = (
    entries.entries,
    entries.amounts,
    entries.balances,
    pending.holds,
    pending.challenges,
    posted.postings,
    posted.amounts,
    posted.charges,
    products.moves,
    products.holdings,
    products.interest,
    life.living,
    cards.deferrals,
    cards.statements,
    settlement.settlement,
    limits.limits,
)
CASES = [case for group in GROUPS for case in group()]
FOUND = {f"{case.check}: {case.what}": case for case in CASES if case.check is not None}
UNOBJECTIONABLE = {case.what: case for case in CASES if case.check is None}
TOLD = {
    "entry_unbalanced: a cent too little": "postings add up to -1 cents",
    "book_differs_from_postings: a cent too much in an account without postings": "book 1, postings 0",
    "held_differs_from_holds: a cent too much held on an account without holds": "held 1, live holds 0",
    "negative_balance: a cent more held than there is": "available -1 cents",
    "negative_balance: a cent more given than there was": "available -1 cents",
    "hold_without_pending_transfer: for one there is not": "is live, its transfer is missing",
    "hold_without_pending_card_payment: for one that is settled": "is live, its card payment is settled",
    "service_payment_not_posted_once: cancelled, twice": "is cancelled and has 2 entries",
    "holding_move_posted_otherwise: a cent too much in the principal of an instalment": "principal 47533 and interest 58709, posted 47532 and 58709 of 106241",
    "holding_moves_do_not_follow: a cent too much left by an instalment that another followed": "move 2 has the number 2 and leaves 7320494, expected 7320495",
    "holding_differs_from_moves: a cent too much owed": "balance 6820054, its last move left 6820053",
    "holding_status_differs_from_balance: paid, a loan that is owed": "is paid with a balance of 6820053",
    "more_due_than_owed: by a cent": "due 31001, owed and not deferred 31000",
    "daily_use_differs_from_transfers: a cent without a transfer": "own on day 1: use 1, transfers 0",
}


@pytest.fixture(scope="module")
def whole(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return whole_bank(settings, tmp_path_factory.mktemp("audit"))


def found_after(change: Change, whole: Path, copy: Path) -> list[Violation]:
    """What the audit finds in a copy of the bank once `change` was done to it."""
    shutil.copyfile(whole, copy)
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")  # the copy is read once, by this process
        change(Database(connection))
    return audit_file(copy, CHECKS).violations


def test_a_bank_with_one_of_everything_is_sound(whole: Path) -> None:
    audit = audit_file(whole, CHECKS)
    assert audit.violations == []
    assert audit.balanced


@pytest.mark.slow  # a damaged bank for each case
@pytest.mark.parametrize("case", FOUND.values(), ids=FOUND)
def test_one_check_alone_finds_what_was_broken(whole: Path, tmp_path: Path, case: Case) -> None:
    """One, or two that look at the same thing from two sides."""
    found = {found.check for found in found_after(case.change, whole, tmp_path / "broken.sqlite")}
    assert found == {case.check, case.also or case.check}


@pytest.mark.parametrize("case", UNOBJECTIONABLE.values(), ids=UNOBJECTIONABLE)
def test_no_check_objects_to_what_is_just_right(whole: Path, tmp_path: Path, case: Case) -> None:
    assert found_after(case.change, whole, tmp_path / "sound.sqlite") == []


@pytest.mark.parametrize(("name", "detail"), TOLD.items(), ids=TOLD)
def test_what_was_found_is_told_in_numbers(whole: Path, tmp_path: Path, name: str, detail: str) -> None:
    (found,) = found_after(FOUND[name].change, whole, tmp_path / "broken.sqlite")
    assert found.detail == detail


def test_the_audit_counts_what_it_read(whole: Path) -> None:
    audit = audit_file(whole, CHECKS)
    with closing(sqlite3.connect(f"{whole.as_uri()}?immutable=1", uri=True)) as connection:
        counts = [
            connection.execute(f"SELECT count(*) FROM {what}").fetchone()[0]
            for what in ("account", "entry", "posting", "hold WHERE released_at IS NULL", "hold")
        ]
    assert [audit.accounts, audit.entries, audit.postings, audit.holds] == counts[:4]
    assert audit.holds < counts[4]


def test_sums_that_cannot_be_told_are_found_and_fail_nothing(whole: Path, tmp_path: Path) -> None:
    def overflow(db: Database) -> None:
        for _ in range(2):
            db.change(f"UPDATE posting SET amount = {2**63 - 1} WHERE id = {db.number('SELECT max(id) FROM posting')}")
            db.move(MINE, SECOND, 1)

    found = found_after(overflow, whole, tmp_path / "broken.sqlite")
    assert "amount_out_of_range" in {each.check for each in found}
    told = {each.check for each in found if each.detail == "exceeds 64 bits: there are amounts that no bank has"}
    assert "book_differs_from_postings" in told


def test_of_very_many_findings_a_hundred_are_told(whole: Path, tmp_path: Path) -> None:
    def unpost_all(db: Database) -> None:
        for _ in range(101):
            db.post("x", "x", 1)

    found = found_after(unpost_all, whole, tmp_path / "broken.sqlite")
    assert [each.check for each in found] == ["entry_without_postings"] * 100
    assert not audit_file(tmp_path / "broken.sqlite", CHECKS).balanced


def test_every_check_is_broken_by_a_case() -> None:
    assert {case.check for case in FOUND.values()} == set(CHECKS)


def test_no_two_cases_have_one_name() -> None:
    assert len(FOUND) + len(UNOBJECTIONABLE) == len(CASES)


def test_every_column_that_holds_json_is_declared_so_that_an_import_is_checked_for_it(whole: Path) -> None:
    with closing(sqlite3.connect(whole)) as connection:
        found = {
            (table.name, column.name)
            for table in SQLModel.metadata.sorted_tables
            for column in table.columns
            for (value,) in connection.execute(f'SELECT "{column.name}" FROM "{table.name}"')
            if isinstance(value, str) and value[:1] in {"{", "["}
        }
        declared = json_text.columns().keys()
        assert found - {("sandbox_fact", "value")} <= declared
        assert len(found) > 4
        assert json_text.misshapen(connection) is None
