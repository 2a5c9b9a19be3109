"""A maximum, a credit and what is owed, each just below, exactly at and just above."""

import pytest

from sandbox.testing import Phone, operations
from tests import everything
from tests.answers import Json, answered, assert_problem
from tests.bank.test_system_accounts import cents, owner

__all__ = ["owner"]
AROUND = pytest.mark.parametrize("beyond", [-1, 0, 1])


def shown(amount: int) -> str:
    return f"{amount / 100:.2f}"


def order(phone: Phone, target: Json, amount: int) -> Json:
    return target | {"origin_account_id": phone.savings()[0]["id"], "amount": shown(amount), "reference": "x"}


@AROUND
def test_a_card_elsewhere_may_be_paid_its_maximum(owner: Phone, beyond: int) -> None:
    (card,) = owner.send(operations.list_external_cards())["items"]
    maximum = cents(card["maximum_amount"])
    answer = owner.call(
        "POST", "/v1/card-payments", json=order(owner, {"external_card_id": card["id"]}, maximum + beyond)
    )
    if beyond > 0:
        assert_problem(answer, 422, "card_limit_exceeded")
        return
    assert everything.confirmed(owner, answer.json())["amount"] == shown(maximum + beyond)


@AROUND
def test_a_card_may_be_paid_all_that_is_owed(owner: Phone, beyond: int) -> None:
    (card,) = owner.send(operations.list_cards())["items"]
    owed = cents(card["revolving_balance"])
    answer = owner.call("POST", "/v1/card-payments", json=order(owner, {"card_id": card["id"]}, owed + beyond))
    if beyond > 0:
        assert_problem(answer, 422, "more_than_owed")
        return
    everything.confirmed(owner, answer.json())
    assert cents(owner.send(operations.get_card(card["id"]))["revolving_balance"]) == -beyond


@AROUND
def test_a_card_buys_for_all_of_its_credit(owner: Phone, beyond: int) -> None:
    (card,) = owner.send(operations.list_cards())["items"]
    available = cents(card["available"])
    body = {"merchant": "Tienda", "amount": shown(available + beyond)}
    answer = owner.sandbox.call("POST", f"/_sandbox/cards/{card['id']}/purchases", json=body)
    if beyond > 0:
        assert_problem(answer, 409, "credit_exceeded")
        return
    assert answer.status_code == 201, answer.text
    assert cents(owner.send(operations.get_card(card["id"]))["available"]) == -beyond
    owner.sandbox.ledger.assert_balanced()


@AROUND
@pytest.mark.parametrize("path", ["/beneficiaries", "/external-cards"])
def test_only_a_maximum_above_what_it_is_waits_for_a_code(owner: Phone, path: str, beyond: int) -> None:
    first = answered(owner.call("GET", f"/v1{path}"))["items"][0]
    maximum = cents(first["maximum_amount"]) + beyond
    edited = owner.call("PATCH", f"/v1{path}/{first['id']}", json={"maximum_amount": shown(maximum)}).json()
    waits = (first["maximum_amount"], shown(maximum))
    assert (edited["maximum_amount"], edited["pending_maximum_amount"]) == (
        waits if beyond > 0 else (shown(maximum), None)
    )
