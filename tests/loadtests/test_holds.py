"""A load run sees whether an order's total was set aside, whatever else happens on the account at the same moment."""

import pytest

from loadtests.holds import missing_hold
from loadtests.wire import Account, Hold, cents
from sandbox.testing import Phone, operations
from tests.answers import Json
from tests.functional.processes import ROOT


def account(phone: Phone, identifier: str) -> Account:
    now: Account = phone.send(operations.get_account(identifier))
    return now


def sent_and_coming_back(phone: Phone) -> str:
    """The account of an interbank transfer that its next settlement cycle returns."""
    origin = phone.savings()[0]["id"]
    to = next(each["id"] for each in phone.send(operations.list_beneficiaries(q="Devuelta"))["items"])
    order = {
        "kind": "interbank",
        "origin_account_id": origin,
        "beneficiary_id": to,
        "amount": "30.00",
        "reference": "x",
    }
    made = phone.call("POST", "/v1/transfers", json=order)
    phone.confirm(made.json())
    # So close to the cycle's end that an order made now still waits for its code after it.
    phone.sandbox.clock.advance_to("2026-11-23T14:59:30-05:00")
    phone.log_in()
    return str(origin)


def returned_meanwhile(phone: Phone, origin: str) -> None:
    before = account(phone, origin)
    phone.sandbox.clock.advance_to("2026-11-23T15:00:00-05:00")
    assert cents(account(phone, origin)["book_balance"]) == cents(before["book_balance"]) + 3000


def ordered(phone: Phone, origin: str) -> Json:
    return phone.transfer("5.00", origin=origin)


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


def test_nor_does_an_earlier_order_that_expires_between_them(phone: Phone) -> None:
    """An earlier run left an order of a cent; its code ends, and the cent is available again."""
    earlier = phone.transfer("0.01")
    phone.sandbox.clock.advance("PT4M")
    origin = str(phone.savings()[0]["id"])
    before = account(phone, origin)
    made = ordered(phone, origin)
    phone.sandbox.clock.advance("PT1M")
    after = account(phone, origin)
    assert phone.send(operations.get_transfer(earlier["id"]))["status"] == "expired"
    assert after["book_balance"] == before["book_balance"]
    assert cents(after["available_balance"]) == cents(before["available_balance"]) - 500 + 1
    assert missing_hold(before, after, cents(made["total"])) is None


def test_a_hold_that_is_missing_is_seen_though_a_transfer_returned_meanwhile(phone: Phone) -> None:
    limits = (
        (ROOT / "rules" / "limits.yaml").read_text(encoding="utf-8").replace("hold_funds: true", "hold_funds: false")
    )
    phone.sandbox.rules.override("limits", limits)
    origin = sent_and_coming_back(phone)
    before = account(phone, origin)
    ordered(phone, origin)
    returned_meanwhile(phone, origin)
    told = missing_hold(before, account(phone, origin), 500)
    assert told == "of 500 cents, 0 were set aside"


def shown(book: str, available: str, *held: str) -> Account:
    """An account with holds `held`, each with its amount for its id."""
    holds = [Hold(id=f"hld_{amount}", amount=amount) for amount in held]
    return Account(id="acc_1", debitable=True, book_balance=book, available_balance=available, holds=holds)


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (shown("50.00", "48.99", "1.00", "0.01"), None),
        # What was held before is given back.
        (shown("50.00", "49.99", "0.01"), None),
        # Money came meanwhile.
        (shown("57.00", "55.99", "1.00", "0.01"), None),
        (shown("50.00", "49.00", "1.00"), "of 1 cents, 0 were set aside"),
        (shown("50.00", "48.98", "1.00", "0.02"), "of 1 cents, 2 were set aside"),
        # The money went at once, instead of being held.
        (shown("49.99", "48.99", "1.00"), "of 1 cents, 0 were set aside"),
        # A hold is listed, and the money can be spent all the same.
        (shown("50.00", "49.00", "1.00", "0.01"), "5000 cents less 101 held left 4900 available"),
    ],
)
def test_just_the_total_is_set_aside_and_cannot_be_spent(after: Account, told: str | None) -> None:
    assert missing_hold(shown("50.00", "49.00", "1.00"), after, 1) == told
