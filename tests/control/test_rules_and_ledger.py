"""Rules to read and ask; entries and audit to look at."""

import sqlite3
from pathlib import Path

import httpx2 as httpx
import pytest

from sandbox.control.ledger import CHECKS, Violation, audit_file
from tests.orders import ordered
from tests.support import Phone, Sandbox, assert_problem, registry_of


def test_rules_are_listed_and_read_as_written(bank: Sandbox) -> None:
    rules = bank.control("GET", "/rules")
    assert "limits" in [document["name"] for document in rules["documents"]]
    assert rules["problems"] == []
    text = bank.call("GET", "/_sandbox/rules/otp")
    assert "attempts: 3" in text.text
    assert_problem(bank.call("GET", "/_sandbox/rules/nope"), 404, "not_found")


def test_a_question_gets_a_decision_with_its_trace_and_leaves_none(bank: Sandbox) -> None:
    question = {"subject": "otp.resend", "facts": {"seconds_since_last_send": 1, "sends_last_hour": 1}}
    answer = bank.control("POST", "/rules/otp/evaluate", json=question)
    assert (answer["allowed"], answer["refused"]) == (False, ["otp.cooldown"])
    assert [step["passed"] for step in answer["trace"]] == [False, True]
    assert bank.control("GET", "/decisions")["items"] == []


@pytest.mark.parametrize(
    ("document", "body", "status", "code"),
    [
        ("nope", {"subject": "otp.resend", "facts": {}}, 404, "not_found"),
        ("otp", {"subject": "otp.resend", "facts": {}}, 422, "facts_do_not_fit"),
        ("otp", {"subject": "nope", "facts": {}}, 422, "facts_do_not_fit"),
        ("otp", {"facts": []}, 422, "validation_failed"),
    ],
)
def test_a_question_that_is_none_is_told(bank: Sandbox, document: str, body: dict, status: int, code: str) -> None:
    assert_problem(bank.call("POST", f"/_sandbox/rules/{document}/evaluate", json=body), status, code)


def test_entries_are_listed_with_their_postings(phone: Phone) -> None:
    page = phone.bank.control("GET", "/ledger/entries", params={"limit": 5})
    assert len(page["items"]) == 5
    for entry in page["items"]:
        assert sum(round(float(leg["amount"]) * 100) for leg in entry["postings"]) == 0
    following = phone.bank.control("GET", "/ledger/entries", params={"limit": 5, "cursor": page["next_cursor"]})
    assert {entry["id"] for entry in page["items"]}.isdisjoint(entry["id"] for entry in following["items"])


BREAKAGES = {
    "entry_unbalanced": "UPDATE posting SET amount = amount + 1 WHERE id = (SELECT max(id) FROM posting)",
    "entry_without_postings": "DELETE FROM posting WHERE entry_id = (SELECT max(entry_id) FROM posting)",
    "book_differs_from_postings": "UPDATE account SET book = book + 1 WHERE id = 101",
    "running_balance_wrong": "UPDATE posting SET balance = balance + 1 WHERE id = 7",
    "held_differs_from_holds": "UPDATE account SET held = held + 1 WHERE id = 101",
    "hold_without_pending_transfer": "UPDATE transfer SET status = 'cancelled' WHERE status = 'pending_confirmation'",
    "pending_transfer_without_hold": "UPDATE hold SET released_at = 1 WHERE operation = 'transfer'",
    "pending_transfer_without_challenge": "UPDATE challenge SET status = 'expired' WHERE operation = 'transfer'",
    "completed_transfer_not_posted_once": "UPDATE transfer SET status = 'completed' WHERE status = 'pending_confirmation'",
    "settlement_differs_from_transfers_in_process": "UPDATE transfer SET status = 'settled' WHERE status = 'in_process'",
    "daily_use_differs_from_transfers": "UPDATE daily_use SET amount = amount + 1",
    "hold_without_pending_service_payment": "UPDATE service_payment SET status = 'cancelled'",
    "pending_service_payment_without_hold": "UPDATE hold SET released_at = 1 WHERE operation = 'service_payment'",
    "hold_without_pending_card_payment": "UPDATE card_payment SET status = 'cancelled'",
    "pending_card_payment_without_hold": "UPDATE hold SET released_at = 1 WHERE operation = 'card_payment'",
    "hold_without_pending_deferral_prepayment": "UPDATE deferral_prepayment SET status = 'cancelled'",
    "pending_deferral_prepayment_without_hold": "UPDATE hold SET released_at = 1 WHERE operation = 'deferral_prepayment'",
}
# What an operation costs is told by its row; one cent more there, and its posting is another amount.
DEARER = {
    "transfer": "UPDATE transfer SET total = total + 1 WHERE status = 'completed'",
    "service_payment": "UPDATE service_payment SET fee = fee + 1 WHERE status = 'completed'",
    "card_payment": "UPDATE card_payment SET tax = tax + 1 WHERE status = 'completed'",
    "deferral_prepayment": "UPDATE deferral_prepayment SET interest = interest + 1 WHERE status = 'completed'",
}


def violations_after(breakage: str, bank: Sandbox, client: httpx.Client, copy: Path) -> list[Violation]:
    """What the audit finds in a copy of the bank's database, which balances, once `breakage` was done to it."""
    with sqlite3.connect(registry_of(client).get(bank.name).path) as connection:
        connection.execute("VACUUM INTO ?", (str(copy),))
    connection.close()
    assert audit_file(copy).balanced
    with sqlite3.connect(copy) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        assert connection.execute(breakage).rowcount > 0
    connection.close()
    return audit_file(copy).violations


@pytest.mark.parametrize("check", BREAKAGES)
def test_the_audit_finds_what_was_broken(phone: Phone, client: httpx.Client, tmp_path: Path, check: str) -> None:
    ordered(phone)
    found = violations_after(BREAKAGES[check], phone.bank, client, tmp_path / "broken.sqlite")
    assert check in {violation.check for violation in found}


@pytest.mark.parametrize("kind", DEARER)
def test_the_audit_finds_what_was_posted_with_another_amount(
    phone: Phone, client: httpx.Client, tmp_path: Path, kind: str
) -> None:
    assert phone.confirm(ordered(phone)[kind]["challenge"]["id"]).status_code == 200
    found = violations_after(DEARER[kind], phone.bank, client, tmp_path / "dearer.sqlite")
    assert {violation.check for violation in found} == {"operation_posted_with_another_amount"}
    assert all(violation.subject.startswith(f"{kind.replace('_', ' ')} ") for violation in found)


def test_every_check_is_broken_by_a_test_or_held_by_the_schema() -> None:
    elsewhere = {
        "negative_balance", "service_payment_not_posted_once", "card_payment_not_posted_once", "bill_paid_twice",
        "deferral_outstanding_differs_from_instalments", "more_deferred_than_owed",
        "operation_posted_with_another_amount",
    }  # fmt: skip
    assert set(CHECKS) == set(BREAKAGES) | elsewhere
