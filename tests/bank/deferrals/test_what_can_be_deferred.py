"""Options, simulation, order and confirmation give one answer; and the ledger has the last word."""

from pathlib import Path

import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json, assert_problem
from tests.cardholders import buy, card, confirm, defer, go_to, holder, order_deferral, order_prepayment, pay, simulate

RULES = Path(__file__).parents[3] / "rules" / "deferral.yaml"


def option(phone: Phone) -> Json:
    (found,) = phone.send(operations.get_deferral_options())["cards"]
    return found


def override(bank: Sandbox, text: str) -> None:
    answer = bank.call("PUT", "/_sandbox/rules/deferral", content=text, headers={"Content-Type": "application/yaml"})
    assert answer.status_code == 200, answer.text


def test_what_was_paid_can_not_be_deferred_and_the_options_say_so(bank: Sandbox) -> None:
    phone = holder(bank)
    bought = buy(phone, "300.00")
    pay(phone, "300.00")
    nothing = "La tarjeta no tiene saldo por diferir."
    found = option(phone)
    assert (found["eligible"], found["reasons"], found["revolving_balance"]) == (False, [nothing], "0.00")
    (purchase,) = found["purchases"]
    assert (purchase["eligible"], purchase["reasons"]) == (False, [nothing])
    too_little = ["El saldo rotativo se difiere desde 100.00.", "El saldo rotativo es 0.00."]
    assert found["revolving"] == {"eligible": False, "reasons": too_little}
    refused = assert_problem(simulate(phone, [bought]), 422, "deferral_not_eligible")
    assert refused["detail"] == nothing


@pytest.mark.parametrize(("paid", "eligible"), [("99.99", True), ("100.00", True), ("100.01", False)])
def test_a_purchase_is_deferrable_while_as_much_is_owed(bank: Sandbox, paid: str, eligible: bool) -> None:
    phone = holder(bank)
    buy(phone, "100.00")
    bought = buy(phone, "300.00")
    pay(phone, paid)
    found = option(phone)
    assert found["eligible"]
    assert found["purchases"][0]["reasons"] == ([] if eligible else ["El saldo rotativo es 299.99."])
    assert simulate(phone, [bought]).status_code == (201 if eligible else 422)


@pytest.mark.parametrize(("deferred", "eligible"), [("199.99", True), ("200.00", True), ("200.01", False)])
def test_what_is_deferred_already_is_not_deferred_again_as_a_purchase(
    bank: Sandbox, deferred: str, eligible: bool
) -> None:
    phone = holder(bank)
    buy(phone, "200.00")
    bought = buy(phone, "300.00")
    defer(phone, amount=deferred)
    assert option(phone)["purchases"][0]["eligible"] is eligible
    assert simulate(phone, [bought]).status_code == (201 if eligible else 422)


def test_what_is_paid_while_a_deferral_waits_for_its_code_is_not_deferred(bank: Sandbox) -> None:
    phone = holder(bank)
    made = order_deferral(phone, buy(phone, "300.00"))
    pay(phone, "0.01")
    refused = assert_problem(phone.call(phone.confirmation(made["challenge"]["id"])), 422, "deferral_not_eligible")
    assert refused["detail"] == "El saldo rotativo es 299.99."
    assert card(phone)["deferred"] == "0.00"


@pytest.mark.parametrize("asked", ["99.99", "100.00", "299.99", "300.00", "300.01"])
def test_the_ledger_refuses_more_than_is_owed_whatever_rules_are_called(bank: Sandbox, asked: str) -> None:
    phone = holder(bank)
    first, second = buy(phone, "200.00"), buy(phone, "100.00")
    text = RULES.read_text(encoding="utf-8")
    override(bank, text.replace("id: deferral.revolving_balance", "id: deferral.no_more_than_owed"))
    assert simulate(phone, amount=asked).status_code == (201 if "100.00" <= asked <= "300.00" else 422)
    lenient = text.replace("require: amount <= revolving_balance", "require: amount >= 0")
    override(bank, lenient.replace("id: deferral.revolving_balance", "id: deferral.anything_goes"))
    assert simulate(phone, amount=asked).status_code == (201 if "100.00" <= asked <= "300.00" else 422)
    assert simulate(phone, [first, second]).status_code == 201
    pay(phone, "0.01")
    refused = assert_problem(simulate(phone, [first, second]), 422, "deferral_not_eligible")
    assert ("rule" in refused, refused["detail"]) == (False, "El saldo rotativo es 299.99.")
    bank.ledger.assert_balanced()


def test_a_rule_for_the_revolving_balance_is_not_asked_about_purchases(bank: Sandbox) -> None:
    phone = holder(bank)
    bought = buy(phone, "60.00")  # less than the revolving balance must be, enough for a purchase
    assert option(phone)["revolving"] == {"eligible": False, "reasons": ["El saldo rotativo se difiere desde 100.00."]}
    assert option(phone)["purchases"][0]["eligible"]
    assert defer(phone, bought)["status"] == "active"


def test_a_blocked_card_is_told_of_everything_on_it(bank: Sandbox) -> None:
    phone = holder(bank)
    buy(phone, "300.00")
    bank.send(operations.update_card(card(phone)["id"], {"status": "blocked"}))
    blocked = {"eligible": False, "reasons": ["La tarjeta no está activa."]}
    found = option(phone)
    for each in (found, found["revolving"], found["purchases"][0]):
        assert {"eligible": each["eligible"], "reasons": each["reasons"]} == blocked


def test_interest_accrued_in_grace_is_paid_with_a_prepayment(bank: Sandbox) -> None:
    phone = holder(bank, "2027-01-31T10:00:00-05:00")
    made = defer(phone, buy(phone, "1000.00"), grace_months=1)
    for moment, principal, interest in (
        ("2027-01-31T23:59:00-05:00", "1000.00", "0.00"),
        ("2027-02-27T12:00:00-05:00", "1000.00", "11.70"),
        ("2027-02-28T12:00:00-05:00", "1000.00", "13.00"),
        ("2027-03-31T09:59:00-05:00", "1000.00", "26.00"),
        ("2027-03-31T12:00:00-05:00", "922.46", "11.92"),
        ("2027-04-01T12:00:00-05:00", "922.46", "12.32"),
    ):
        go_to(bank, moment)
        wanted = order_prepayment(phone.log_in(), made)
        assert (wanted["principal"], wanted["interest"]) == (principal, interest), moment
        assert phone.call("DELETE", f"/v1/challenges/{wanted['challenge']['id']}").status_code == 204
    paid = confirm(phone, order_prepayment(phone, made))
    assert (paid["status"], paid["total"]) == ("completed", "934.78")
    bank.ledger.assert_balanced()


def test_a_prepayment_is_refused_when_its_account_became_inactive(bank: Sandbox) -> None:
    phone = holder(bank)
    made = defer(phone, buy(phone, "300.00"))
    wanted = order_prepayment(phone, made)
    account = phone.savings()[0]["id"]
    bank.send(operations.update_account(account, {"status": "inactive"}))
    assert_problem(phone.call(phone.confirmation(wanted["challenge"]["id"])), 422, "account_not_active")
    assert phone.send(operations.get_deferral(made["id"]))["status"] == "active"
    bank.ledger.assert_balanced()
    bank.send(operations.update_account(account, {"status": "active"}))
    assert confirm(phone, wanted)["status"] == "completed"
