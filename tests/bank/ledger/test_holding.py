"""Between order and code: a bank that holds the money, and one whose rules say that it does not."""

import pytest

from sandbox.testing import Phone, operations
from tests.answers import assert_problem
from tests.functional.processes import ROOT
from tests.orders import ordered

HOLDING = (ROOT / "rules" / "limits.yaml").read_text(encoding="utf-8")
UNHELD = {f"pending_{kind}_without_hold" for kind in ("transfer", "service_payment", "card_payment")} | {
    "pending_deferral_prepayment_without_hold"
}


def hold_funds(phone: Phone, value: str) -> None:
    """Put limits in force that say `hold_funds: value`."""
    assert HOLDING.count("hold_funds: true") == 1
    text = HOLDING.replace("hold_funds: true", f"hold_funds: {value}")
    answer = phone.sandbox.call("PUT", "/_sandbox/rules/limits", content=text)
    assert answer.status_code == 200, answer.text


def violated(phone: Phone) -> set[str]:
    return {violation["check"] for violation in phone.sandbox.ledger.audit()["violations"]}


def test_every_order_sets_its_total_aside(phone: Phone) -> None:
    origin = phone.savings()[0]["id"]
    orders = ordered(phone)
    held = [
        hold["amount"] for hold in phone.send(operations.get_account(origin))["holds"] if hold["reason"] == "operation"
    ]
    totals = [order.get("total") or order["amount"] for order in orders.values()]
    assert sorted(held) == sorted(totals)
    phone.sandbox.ledger.assert_balanced()


def test_where_the_rules_hold_no_funds_an_order_leaves_the_balance_and_the_audit_names_it(phone: Phone) -> None:
    before = phone.savings()[0]
    hold_funds(phone, "false")
    orders = ordered(phone)
    account = phone.send(operations.get_account(before["id"]))
    assert account["available_balance"] == before["available_balance"]
    assert [hold for hold in account["holds"] if hold["reason"] == "operation"] == []
    assert violated(phone) == UNHELD
    for order in orders.values():
        phone.confirm(order["challenge"]["id"])
    phone.sandbox.ledger.assert_balanced()
    assert float(phone.available(before["id"])) < float(before["available_balance"])


def test_two_orders_of_the_whole_balance_pass_and_the_second_code_is_refused(phone: Phone) -> None:
    hold_funds(phone, "false")
    origin = phone.savings()[0]
    first, second = (phone.transfer(origin["available_balance"])["challenge"]["id"] for _ in range(2))
    phone.confirm(first)
    assert_problem(phone.call(phone.confirmation(second)), 409, "insufficient_funds")
    assert phone.available(origin["id"]) == "0.00"
    assert violated(phone) == {"pending_transfer_without_hold"}
    assert phone.call("DELETE", f"/v1/challenges/{second}").status_code == 204
    phone.sandbox.ledger.assert_balanced()


@pytest.mark.parametrize("value", ["true", "false"])
def test_an_order_of_more_than_is_available_is_refused_either_way(phone: Phone, value: str) -> None:
    hold_funds(phone, value)
    origin = phone.savings()[0]
    withheld = {"amount": "0.01", "reason": "judicial"}
    phone.sandbox.send(operations.hold_money(origin["id"], withheld))
    whole = phone.call("POST", "/v1/transfers", json=phone.order(origin["available_balance"]))
    assert_problem(whole, 409, "insufficient_funds")
    phone.transfer(phone.available(origin["id"]))


@pytest.mark.parametrize(("at_order", "at_code"), [("true", "false"), ("false", "true")])
def test_an_order_on_its_way_survives_a_change_of_the_rule(phone: Phone, at_order: str, at_code: str) -> None:
    hold_funds(phone, at_order)
    transfers = [phone.transfer("10.00")["challenge"]["id"] for _ in range(2)]
    hold_funds(phone, at_code)
    phone.confirm(transfers[0])
    assert phone.call("DELETE", f"/v1/challenges/{transfers[1]}").status_code == 204
    phone.sandbox.ledger.assert_balanced()


def test_limits_that_say_nothing_of_it_hold(phone: Phone) -> None:
    silent = HOLDING.replace("  hold_funds: true\n", "")
    assert silent != HOLDING
    assert phone.sandbox.call("PUT", "/_sandbox/rules/limits", content=silent).status_code == 200
    before = phone.savings()[0]
    phone.transfer("10.00")
    assert float(phone.available(before["id"])) == pytest.approx(float(before["available_balance"]) - 10)


@pytest.mark.parametrize("value", ["1", '"no"', "perhaps"])
def test_it_is_a_truth_value(phone: Phone, value: str) -> None:
    text = HOLDING.replace("hold_funds: true", f"hold_funds: {value}")
    problem = assert_problem(phone.sandbox.call("PUT", "/_sandbox/rules/limits", content=text), 422, "rules_invalid")
    assert "boolean" in str(problem["errors"])
