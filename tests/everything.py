"""A bank in which there is one of everything that the audit looks at, in every state it can have."""

from collections.abc import Mapping
from typing import Any

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json

BILL = "200012345678"
_CARD = {
    "number": "9999990000000014", "alias": "Otra", "document_type": "cedula", "document_number": "1712345675",
    "holder_name": "Rosa Chicaiza", "maximum_amount": "300.00",
}  # fmt: skip


def fill(bank: Sandbox) -> None:
    """Order, confirm, abandon and settle, for four months and for a last morning on which some of it still waits.

    The bank's clock is frozen, and goes from Monday 2026-11-23 to Tuesday 2027-03-30.
    """
    phone = bank.phone("al-dia")
    _first_day(phone)
    bank.clock.advance_to("2027-03-30T09:15:00-05:00")
    _last_day(phone.log_in())


def _first_day(phone: Phone) -> None:
    bank, origin = phone.sandbox, phone.savings()[0]["id"]
    bank.members.deposit(origin, "1000.00")
    lifted = bank.send(operations.hold_money(origin, {"amount": "7.00", "reason": "pledge"}))
    bank.call("DELETE", f"/_sandbox/holds/{lifted['id']}")
    for alias in ("Carmen", "Devuelta"):  # one is settled, the other returned
        confirmed(phone, sent(phone, "interbank", alias, "40.00"))
    confirmed(phone, paid_bill(phone, "EEQ", BILL))
    institution = phone.send(operations.list_institutions())["items"][0]["id"]
    confirmed(phone, made(phone, "/external-cards", _CARD | {"institution_id": institution}))
    confirmed(phone, paid_card(phone, elsewhere(phone), "20.00"))
    confirmed(phone, deferred(phone, "100.00", 3))  # all of it is posted by the last day
    confirmed(phone, deferred(phone, "120.00", 12))
    paid_off = confirmed(phone, deferred(phone, "130.00", 6))
    bank.clock.advance("P1M10D")  # so that some interest has accrued
    phone.log_in()
    dropped = made(phone, f"/deferrals/{paid_off['id']}/prepayment", {"origin_account_id": origin})
    phone.cancel(dropped)
    confirmed(phone, made(phone, f"/deferrals/{paid_off['id']}/prepayment", {"origin_account_id": origin}))


def _last_day(phone: Phone) -> None:
    bank, origin = phone.sandbox, phone.savings()[0]["id"]
    bank.send(operations.hold_money(origin, {"amount": "4.75", "reason": "judicial"}))
    biller = billed_by(phone, "Recarga Claro")
    top_up = {"origin_account_id": origin, "biller_id": biller, "reference": "0991234567", "amount": "5.00"}
    mine = {"card_id": phone.send(operations.list_cards())["items"][0]["id"]}
    phone.transfer("3.00")
    bank.clock.advance("PT10M")  # it expires, and so does the session
    phone.log_in()
    phone.transfer("4.00")
    for _ in range(3):
        phone.refused(phone.confirmation(code=phone.wrong_code()))
    phone.cancel(phone.transfer("5.00"))
    confirmed(phone, phone.transfer("6.00"))
    confirmed(phone, sent(phone, "cooperative", "Doña Lucía", "8.00"))
    for amount in ("9.00", "9.50"):
        confirmed(phone, sent(phone, "interbank", "Carmen", amount))
    for _ in range(2):
        confirmed(phone, made(phone, "/service-payments", top_up))
    confirmed(phone, paid_bill(phone, "EEQ", BILL))
    phone.cancel(paid_bill(phone, "CNEL", "1100223344"))
    confirmed(phone, paid_card(phone, mine, "61.00"))  # more than the minimum: the card is overdue no longer
    for amount in ("12.00", "12.50"):
        confirmed(phone, paid_card(phone, elsewhere(phone), amount))
    phone.cancel(paid_card(phone, mine, "13.00"))
    confirmed(phone, deferred(phone, "110.00", 6))
    phone.cancel(deferred(phone, "140.00", 6))
    # From here on everything waits for its code.
    deferred(phone, "150.00", 6)
    half_due = next(
        each["id"] for each in phone.send(operations.list_deferrals())["items"] if each["principal"] == "120.00"
    )
    made(phone, f"/deferrals/{half_due}/prepayment", {"origin_account_id": origin})
    for reference in ("1100223344", "1100223345"):
        phone.transfer("14.00")
        sent(phone, "interbank", "Carmen", "15.00")
        paid_bill(phone, "CNEL", reference)
        paid_card(phone, mine, "16.00")
        paid_card(phone, elsewhere(phone), "17.00")


def made(phone: Phone, path: str, body: Json) -> Json:
    """An order that waits for its code."""
    answer = phone.call("POST", f"/v1{path}", json=body)
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


def confirmed(phone: Phone, order: Mapping[str, Any]) -> Json:
    """What its code makes of an order."""
    found: Any = phone.confirm(order)["resource"]
    return found


def sent(phone: Phone, kind: str, alias: str, amount: str) -> Json:
    """A transfer to a beneficiary, ordered."""
    (beneficiary,) = phone.send(operations.list_beneficiaries(q=alias, kind=kind))["items"]
    origin = phone.savings()[0]["id"]
    order = {"kind": kind, "origin_account_id": origin, "beneficiary_id": beneficiary["id"], "amount": amount}
    return made(phone, "/transfers", order)


def billed_by(phone: Phone, name: str) -> str:
    """The id of a biller."""
    return next(each["id"] for each in phone.send(operations.list_billers())["items"] if each["name"] == name)


def paid_bill(phone: Phone, biller: str, reference: str) -> Json:
    """The payment of this month's bill, ordered."""
    inquiry = made(phone, "/bill-inquiries", {"biller_id": billed_by(phone, biller), "reference": reference})
    origin = phone.savings()[0]["id"]
    return made(phone, "/service-payments", {"origin_account_id": origin, "inquiry_id": inquiry["id"]})


def elsewhere(phone: Phone) -> Json:
    """The member's card of another institution, as the target of a payment."""
    return {"external_card_id": phone.send(operations.list_external_cards())["items"][0]["id"]}


def paid_card(phone: Phone, target: Json, amount: str) -> Json:
    """The payment of a card, ordered."""
    origin = phone.savings()[0]["id"]
    return made(phone, "/card-payments", target | {"origin_account_id": origin, "amount": amount, "reference": "x"})


def deferred(phone: Phone, amount: str, months: int) -> Json:
    """A deferral of the card's revolving balance, ordered."""
    card = phone.send(operations.list_cards())["items"][0]["id"]
    wanted = {"card_id": card, "kind": "revolving_balance", "amount": amount, "term_months": months}
    return made(phone, "/deferrals", {"simulation_id": made(phone, "/deferral-simulations", wanted)["id"]})
