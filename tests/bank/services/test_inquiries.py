"""What an inquiry answers: a debt, none, a payment that waits for its code, or what a top-up may be."""

from typing import Any

import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests import everything
from tests.answers import Json, assert_problem, failing
from tests.bank.test_system_accounts import cancel, owner

__all__ = ["owner"]
ALLOWED = ["1.00", "2.00", "3.00", "5.00", "6.00", "10.00", "15.00", "20.00", "30.00", "50.00"]


def inquired(phone: Phone, name: str = "EEQ", reference: str = everything.BILL) -> Json:
    return everything.made(
        phone, "/bill-inquiries", {"biller_id": everything.billed_by(phone, name), "reference": reference}
    )


def pay(phone: Phone, inquiry: Json, **more: Any) -> Any:
    body = {"origin_account_id": phone.savings()[0]["id"], "inquiry_id": inquiry["id"]} | more
    return phone.call("POST", "/v1/service-payments", json=body)


def test_a_bill_whose_payment_waits_for_its_code_says_so(owner: Phone) -> None:
    debt = inquired(owner)
    waiting = everything.paid_bill(owner, "EEQ", everything.BILL)
    again = inquired(owner)
    assert (debt["status"], debt["payment_id"]) == ("debt", None)
    assert (again["status"], again["payment_id"]) == ("payment_pending", waiting["id"])
    same = ("biller", "biller_id", "reference", "holder", "amount_due", "due_date", "fee", "total")
    assert [again[field] for field in same] == [debt[field] for field in same]
    for inquiry in (debt, again):
        assert_problem(pay(owner, inquiry), 409, "bill_already_paid")
    everything.confirmed(owner, waiting)
    paid = inquired(owner)
    assert (paid["status"], paid["amount_due"], paid["total"], paid["payment_id"]) == ("no_debt", None, None, None)
    assert_problem(pay(owner, paid), 409, "nothing_due")
    owner.sandbox.ledger.assert_balanced()


def test_a_bill_whose_payment_was_given_up_is_due_again(owner: Phone) -> None:
    cancel(owner, everything.paid_bill(owner, "EEQ", everything.BILL)["challenge"]["id"])
    due = inquired(owner)
    assert (due["status"], due["payment_id"]) == ("debt", None)
    everything.confirmed(owner, pay(owner, due).json())


def test_an_inquiry_made_while_a_payment_waited_pays_once_that_is_given_up(owner: Phone) -> None:
    waiting = everything.paid_bill(owner, "EEQ", everything.BILL)
    inquiry = inquired(owner)
    cancel(owner, waiting["challenge"]["id"])
    paid = everything.confirmed(owner, pay(owner, inquiry).json())
    assert paid["amount"] == inquiry["amount_due"]


def test_a_payment_of_another_member_waits_without_being_named(bank: Sandbox, owner: Phone) -> None:
    everything.paid_bill(owner, "EEQ", everything.BILL)
    stranger = bank.phone("premium")
    seen = inquired(stranger)
    assert (seen["status"], seen["payment_id"]) == ("payment_pending", None)
    assert_problem(pay(stranger, seen), 409, "bill_already_paid")


def test_a_schedule_does_not_pay_a_bill_whose_payment_waits(bank: Sandbox) -> None:
    phone = bank.phone("premium")
    wanted = {
        "origin_account_id": phone.savings()[0]["id"], "biller_id": everything.billed_by(phone, "EEQ"),
        "reference": everything.BILL, "day_of_month": 5, "maximum_amount": "100.00",
    }  # fmt: skip
    made = everything.confirmed(phone, everything.made(phone, "/scheduled-payments", wanted))
    bank.clock.advance_to("2026-12-05T07:59:00-05:00")
    phone.log_in()
    everything.paid_bill(phone, "EEQ", everything.BILL)
    bank.clock.advance("PT1M")
    (run,) = phone.log_in().send(operations.list_scheduled_payment_runs(made["id"]))["items"]
    assert (run["outcome"], run["payment_id"]) == ("nothing_due", None)
    bank.ledger.assert_balanced()


def test_a_top_up_answers_with_the_amounts_it_may_have(owner: Phone) -> None:
    top_up = inquired(owner, "Recarga Claro", "0991234567")
    assert (top_up["status"], top_up["allowed_amounts"]) == ("top_up", ALLOWED)
    assert [top_up[field] for field in ("holder", "amount_due", "total", "due_date")] == [None] * 4
    assert inquired(owner)["allowed_amounts"] is None
    paid = everything.confirmed(owner, pay(owner, top_up, amount="5.00").json())
    assert (paid["amount"], paid["biller_id"], paid["reference"]) == ("5.00", top_up["biller_id"], "0991234567")
    assert inquired(owner, "Recarga Claro", "0991234567")["status"] == "top_up"


@pytest.mark.parametrize("amount", [None, "4.99", "5.01", "0.99", "50.01"])
def test_a_top_up_has_one_of_its_amounts(owner: Phone, amount: str | None) -> None:
    inquiry = inquired(owner, "Recarga Claro", "0991234567")
    by_name = {
        "origin_account_id": owner.savings()[0]["id"], "biller_id": inquiry["biller_id"], "reference": "0991234567",
        "amount": amount,
    }  # fmt: skip
    code = {"amount": "one_of"} if amount is None else {"amount": "not_an_option"}
    assert failing(assert_problem(pay(owner, inquiry, amount=amount), 422, "validation_failed")) == code
    if amount is not None:
        refused = owner.call("POST", "/v1/service-payments", json=by_name)
        assert failing(assert_problem(refused, 422, "validation_failed")) == code


def test_a_bill_takes_no_amount(owner: Phone) -> None:
    refused = pay(owner, inquired(owner), amount="5.00")
    assert failing(assert_problem(refused, 422, "validation_failed")) == {"amount": "one_of"}


def test_a_number_of_another_form_is_no_top_up(owner: Phone) -> None:
    asked = {"biller_id": everything.billed_by(owner, "Recarga Claro"), "reference": "0891234567"}
    assert_problem(owner.call("POST", "/v1/bill-inquiries", json=asked), 422, "reference_malformed")


def test_the_amounts_are_a_rule(owner: Phone) -> None:
    text = owner.sandbox.rules.read("services")
    changed = text.replace('{money: "5.00"}', '{money: "7.50"}')
    assert changed != text
    assert owner.sandbox.call("PUT", "/_sandbox/rules/services", content=changed).status_code == 200
    inquiry = inquired(owner, "Recarga Claro", "0991234567")
    assert "7.50" in inquiry["allowed_amounts"]
    assert failing(assert_problem(pay(owner, inquiry, amount="5.00"), 422, "validation_failed")) == {
        "amount": "not_an_option"
    }
    everything.confirmed(owner, pay(owner, inquiry, amount="7.50").json())
