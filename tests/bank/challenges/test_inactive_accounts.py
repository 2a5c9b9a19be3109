"""What was ordered while its account was active is not paid from it once it is not."""

import pytest

from sandbox.testing import Phone, operations
from tests.answers import assert_problem
from tests.orders import ordered


@pytest.mark.parametrize("kind", ["transfer", "service_payment", "card_payment", "deferral_prepayment"])
def test_no_code_takes_money_from_an_account_that_became_inactive(phone: Phone, kind: str) -> None:
    orders = ordered(phone)
    assert kind in orders
    account, before = phone.savings()[0]["id"], phone.savings()[0]["book_balance"]
    phone.sandbox.send(operations.update_account(account, {"status": "inactive"}))
    assert_problem(phone.call(phone.confirmation(orders[kind]["challenge"]["id"])), 422, "account_not_active")
    assert phone.send(operations.get_account(account))["book_balance"] == before
    phone.sandbox.ledger.assert_balanced()
    phone.sandbox.send(operations.update_account(account, {"status": "active"}))
    phone.confirm(orders[kind]["challenge"]["id"])


def test_every_kind_of_order_is_tried(phone: Phone) -> None:
    marks = test_no_code_takes_money_from_an_account_that_became_inactive.pytestmark  # type: ignore[attr-defined]  # pytest sets it
    assert set(ordered(phone)) == set(marks[0].args[1])
