"""The receipt of a card that was paid."""

from sandbox.bank import receipts
from sandbox.bank.cards.schemas import CardPaymentReceipt
from sandbox.testing import Phone, operations
from tests.answers import Json, answered, assert_problem
from tests.everything import confirmed, paid_card
from tests.ownership import owner, stranger

__all__ = ["owner", "stranger"]


def own_card(phone: Phone) -> Json:
    return {"card_id": phone.send(operations.list_cards())["items"][0]["id"]}


def test_a_card_that_was_paid_has_a_receipt(phone: Phone) -> None:
    order = paid_card(phone, own_card(phone), "20.00")
    path = f"/card-payments/{order['id']}/receipt"
    assert_problem(phone.call("GET", f"/v1{path}"), 409, "receipt_not_ready")
    paid = confirmed(phone, order)
    receipt = answered(phone.call("GET", f"/v1{path}"))
    assert len(receipt.pop("receipt_number")) == 10
    assert receipt == {
        "card_payment_id": paid["id"], "date": paid["confirmed_at"], "status": "completed", "origin": paid["origin"],
        "card_number": paid["card_number"], "institution": paid["institution"], "holder_name": paid["holder_name"],
        "reference": "x", "amount": "20.00", "fee": "0.00", "tax": "0.00", "total": "20.00", "currency": "USD",
    }  # fmt: skip


def test_it_comes_as_pdf_too(phone: Phone) -> None:
    paid = confirmed(phone, paid_card(phone, own_card(phone), "20.00"))
    answer = phone.call("GET", f"/v1/card-payments/{paid['id']}/receipt", headers={"Accept": "application/pdf"})
    assert (answer.headers["content-type"], answer.content[:5]) == ("application/pdf", b"%PDF-")


def test_its_page_is_written_in_either_language(phone: Phone) -> None:
    paid = confirmed(phone, paid_card(phone, own_card(phone), "20.00"))
    receipt = CardPaymentReceipt.model_validate(phone.send(operations.get_card_payment_receipt(paid["id"])))
    spanish, english = (
        {line.label.in_(language): line.value for line in receipts.lines(receipt, language)}
        for language in ("es", "en")
    )
    assert list(spanish) == [
        "Número", "Fecha", "Origen", "Tarjeta", "Titular", "Monto", "Comisión", "IVA", "Total", "Referencia",
    ]  # fmt: skip
    assert list(english) == [
        "Number", "Date", "Origin", "Card", "Holder", "Amount", "Fee", "VAT", "Total", "Reference",
    ]  # fmt: skip
    assert english["Card"] == f"{paid['card_number']}, {paid['institution']}"
    assert (english["Date"], english["Total"]) == ("23/11/2026 09:15:00", "USD 20.00")


def test_it_is_shown_to_its_member_alone(owner: Phone, stranger: Phone) -> None:
    path = f"/card-payments/{confirmed(owner, paid_card(owner, own_card(owner), '20.00'))['id']}/receipt"
    assert_problem(stranger.call("GET", f"/v1{path}"), 404, "not_found")
    assert owner.call("GET", f"/v1{path}").status_code == 200
