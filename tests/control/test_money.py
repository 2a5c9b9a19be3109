"""Money out of nowhere still balances."""

import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import assert_problem, failing


def test_a_deposit_is_there_at_once_and_balanced(phone: Phone) -> None:
    account = phone.savings()[0]
    shown = phone.sandbox.members.deposit(account["id"], "12.34")
    assert shown["book_balance"] == phone.send(operations.get_account(account["id"]))["book_balance"]
    assert float(shown["book_balance"]) == pytest.approx(float(account["book_balance"]) + 12.34)
    phone.sandbox.ledger.assert_balanced()


def test_a_purchase_can_be_deferred(phone: Phone) -> None:
    card = phone.send(operations.list_cards())["items"][0]["id"]
    made = phone.sandbox.send(operations.buy_with_card(card, {"amount": "99.00", "merchant": "Tienda"}))
    simulation = {"card_id": card, "kind": "purchases", "purchase_ids": [made["id"]], "term_months": 3}
    assert phone.call("POST", "/v1/deferral-simulations", json=simulation).json()["principal"] == "99.00"
    phone.sandbox.ledger.assert_balanced()


def test_credit_ends_somewhere(bank: Sandbox, phone: Phone) -> None:
    card = phone.send(operations.list_cards())["items"][0]["id"]
    answer = bank.call("POST", f"/_sandbox/cards/{card}/purchases", json={"amount": "99999.00"})
    assert_problem(answer, 409, "credit_exceeded")
    assert_problem(
        bank.call("POST", f"/_sandbox/accounts/{'acc_' + '0' * 32}/deposits", json={"amount": "1.00"}), 404, "not_found"
    )


@pytest.mark.parametrize(
    "amount", ["0.00", "-0.01", "0", "", "1", "1.0", "1e2", "٠.٠١", 1, 0.01, None, True, [], "\x00", "9" * 20 + ".00"]
)
def test_what_is_no_positive_amount_is_refused_naming_the_field(phone: Phone, amount: object) -> None:
    bank, account = phone.sandbox, phone.savings()[0]["id"]
    card = phone.send(operations.list_cards())["items"][0]["id"]
    for path in (f"/accounts/{account}/deposits", f"/accounts/{account}/holds", f"/cards/{card}/purchases"):
        answer = bank.call("POST", f"/_sandbox{path}", json={"amount": amount})
        assert list(failing(assert_problem(answer, 422, "validation_failed"))) == ["amount"]
    bank.ledger.assert_balanced()
