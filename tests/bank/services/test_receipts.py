"""The receipt of a bill or top-up that was paid."""

from sandbox.testing import Phone, operations
from tests.answers import answered, assert_problem
from tests.everything import billed_by, confirmed, made, paid_bill
from tests.ownership import owner, stranger

__all__ = ["owner", "stranger"]
BILL = "200012345678"


def test_a_bill_that_was_paid_has_a_receipt(phone: Phone) -> None:
    order = paid_bill(phone, "EEQ", BILL)
    path = f"/service-payments/{order['id']}/receipt"
    assert_problem(phone.call("GET", f"/v1{path}"), 409, "receipt_not_ready")
    paid = confirmed(phone, order)
    receipt = answered(phone.call("GET", f"/v1{path}"))
    assert len(receipt.pop("receipt_number")) == 10
    assert receipt == {
        "payment_id": paid["id"], "date": paid["confirmed_at"], "status": "completed", "origin": paid["origin"],
        "biller": "EEQ", "biller_id": paid["biller_id"], "reference": BILL, "automatic": False,
        "amount": paid["amount"], "fee": "0.30", "tax": "0.00", "total": paid["total"], "currency": "USD",
    }  # fmt: skip


def test_a_payment_that_was_abandoned_has_none(phone: Phone) -> None:
    order = paid_bill(phone, "EEQ", BILL)
    assert phone.call("DELETE", f"/v1/challenges/{order['challenge']['id']}").status_code == 204
    assert_problem(phone.call("GET", f"/v1/service-payments/{order['id']}/receipt"), 409, "receipt_not_ready")


def test_it_comes_as_pdf_in_the_language_of_the_answer(phone: Phone) -> None:
    paid = confirmed(phone, paid_bill(phone, "EEQ", BILL))
    path, pdf = f"/service-payments/{paid['id']}/receipt", {"Accept": "application/pdf"}
    spanish = phone.call("GET", f"/v1{path}", headers=pdf)
    assert (spanish.headers["content-type"], spanish.content[:5]) == ("application/pdf", b"%PDF-")
    assert spanish.content == phone.call("GET", f"/v1{path}", headers=pdf).content
    english = phone.call("GET", f"/v1{path}", headers=pdf | {"Accept-Language": "en"})
    assert (spanish.headers["content-language"], english.headers["content-language"]) == ("es", "en")
    assert spanish.content != english.content


def test_a_scheduled_payment_has_one_that_says_so(phone: Phone) -> None:
    order = {
        "origin_account_id": phone.savings()[0]["id"], "biller_id": billed_by(phone, "EEQ"), "reference": BILL,
        "day_of_month": 24, "maximum_amount": "200.00",
    }  # fmt: skip
    confirmed(phone, made(phone, "/scheduled-payments", order))
    phone.sandbox.clock.advance("P2D")
    (paid,) = phone.log_in().send(operations.list_service_payments())["items"]
    receipt = phone.send(operations.get_service_payment_receipt(paid["id"]))
    assert (receipt["automatic"], receipt["date"]) == (True, "2026-11-24T08:00:00-05:00")


def test_it_is_shown_to_its_member_alone(owner: Phone, stranger: Phone) -> None:
    path = f"/service-payments/{confirmed(owner, paid_bill(owner, 'EEQ', BILL))['id']}/receipt"
    assert_problem(stranger.call("GET", f"/v1{path}"), 404, "not_found")
    assert owner.call("GET", f"/v1{path}").status_code == 200
