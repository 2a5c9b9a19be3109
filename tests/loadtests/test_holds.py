"""A load run sees whether an order's total was set aside, whatever else happens on the account at the same moment."""

import pytest

from loadtests.holds import missing_hold
from loadtests.wire import Account, cents
from tests.functional.processes import ROOT
from tests.support import Json, Phone


def account(phone: Phone, identifier: str) -> Account:
    now: Account = phone.get(f"/accounts/{identifier}")  # type: ignore[assignment]  # what it looks at is there
    return now


def sent_and_coming_back(phone: Phone) -> str:
    """The account of an interbank transfer that its next settlement cycle returns."""
    origin = phone.savings()[0]["id"]
    to = next(each["id"] for each in phone.get("/beneficiaries", params={"q": "Devuelta"})["items"])
    order = {
        "kind": "interbank",
        "origin_account_id": origin,
        "beneficiary_id": to,
        "amount": "30.00",
        "reference": "x",
    }
    made = phone.call("POST", "/transfers", json=order)
    assert phone.confirm(made.json()["challenge"]["id"]).status_code == 200
    # So close to the cycle's end that an order made now still waits for its code after it.
    phone.bank.control("POST", "/clock/advance", json={"to": "2026-11-23T14:59:30-05:00"})
    phone.log_in()
    return str(origin)


def returned_meanwhile(phone: Phone, origin: str) -> None:
    before = account(phone, origin)
    phone.bank.control("POST", "/clock/advance", json={"to": "2026-11-23T15:00:00-05:00"})
    assert cents(account(phone, origin)["book_balance"]) == cents(before["book_balance"]) + 3000


def ordered(phone: Phone, origin: str) -> Json:
    return phone.transfer("5.00", origin_account_id=origin)


def test_a_transfer_that_returns_between_the_two_looks_hides_no_hold(phone: Phone) -> None:
    origin = sent_and_coming_back(phone)
    before = account(phone, origin)
    ordered(phone, origin)
    returned_meanwhile(phone, origin)
    assert missing_hold(before, account(phone, origin), 500) is None


def test_nor_does_one_that_returns_before_the_order(phone: Phone) -> None:
    origin = sent_and_coming_back(phone)
    before = account(phone, origin)
    returned_meanwhile(phone, origin)
    ordered(phone, origin)
    assert missing_hold(before, account(phone, origin), 500) is None


def test_a_hold_that_is_missing_is_seen_though_a_transfer_returned_meanwhile(phone: Phone) -> None:
    limits = (
        (ROOT / "rules" / "limits.yaml").read_text(encoding="utf-8").replace("hold_funds: true", "hold_funds: false")
    )
    phone.bank.control("PUT", "/rules/limits", content=limits.encode())
    origin = sent_and_coming_back(phone)
    before = account(phone, origin)
    ordered(phone, origin)
    returned_meanwhile(phone, origin)
    told = missing_hold(before, account(phone, origin), 500)
    assert told is not None
    assert "less 500, with 3000 that passed meanwhile, left" in told


def shown(book: str, available: str) -> Account:
    return Account(id="acc_1", debitable=True, book_balance=book, available_balance=available)


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (shown("50.00", "49.99"), None),
        (shown("50.00", "50.00"), "5000 cents less 1 left 5000 available"),
        (shown("50.00", "49.98"), "5000 cents less 1 left 4998 available"),
        # The money went at once, instead of being held.
        (shown("49.99", "49.99"), "5000 cents less 1, with -1 that passed meanwhile, left 4999 available"),
    ],
)
def test_just_the_total_is_set_aside_and_nothing_leaves_the_book(after: Account, told: str | None) -> None:
    assert missing_hold(shown("50.00", "50.00"), after, 1) == told
