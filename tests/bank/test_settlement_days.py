"""Money for other institutions arrives on the business days of the law, or of a sandbox's own calendar."""

from collections.abc import Iterator

import httpx2 as httpx
import pytest
from stdnum import luhn

from sandbox.testing import Phone, operations
from tests.answers import Json
from tests.transport import bank_of


@pytest.fixture
def bank_at(client: httpx.Client) -> Iterator:
    made: list[str] = []

    def at(moment: str) -> Phone:
        name = f"settling-{len(made)}"
        body = {"name": name, "members": 0, "clock": {"now": f"{moment}-05:00", "rate": 0}}
        assert client.post("/_sandbox/sandboxes", json=body).status_code == 201
        made.append(name)
        bank = bank_of(client, name)
        return bank.phone("al-dia")

    yield at
    for name in made:
        client.delete(f"/_sandbox/sandboxes/{name}")


def transfer(phone: Phone) -> Json:
    beneficiary = phone.send(operations.list_beneficiaries(kind="interbank", q="Carmen"))["items"][0]["id"]
    return {
        "kind": "interbank", "origin_account_id": phone.savings()[0]["id"], "beneficiary_id": beneficiary,
        "amount": "10.00", "reference": "x",
    }  # fmt: skip


def confirmed(phone: Phone, path: str, body: Json) -> Json:
    made = phone.call("POST", f"/v1{path}", json=body)
    assert made.status_code == 201, made.text
    answer = phone.call(phone.confirmation(made.json()["challenge"]["id"]))
    assert answer.status_code == 200, answer.text
    return answer.json()["resource"]


def card_payment(phone: Phone) -> Json:
    fifteen = "999999123456789"
    card = {
        "institution_id": phone.send(operations.list_institutions())["items"][0]["id"], "alias": "Visa", "document_type": "cedula",
        "number": fifteen + luhn.calc_check_digit(fifteen), "document_number": "1712345675", "holder_name": "Rosa",
        "maximum_amount": "300.00",
    }  # fmt: skip
    key = confirmed(phone, "/external-cards", card)["id"]
    return {
        "origin_account_id": phone.savings()[0]["id"], "external_card_id": key, "amount": "5.00", "reference": "x",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("ordered", "settled"),
    [
        ("2027-08-06T15:29:59", "2027-08-06T18:00:00"),
        ("2027-08-06T15:30:00", "2027-08-10T11:30:00"),
        ("2027-08-06T15:30:01", "2027-08-10T11:30:00"),
        ("2028-08-09T15:30:01", "2028-08-10T11:30:00"),
        ("2028-08-10T15:30:01", "2028-08-14T11:30:00"),
    ],
)
def test_the_preview_the_transfer_and_the_card_payment_settle_on_the_next_business_day(
    bank_at, ordered: str, settled: str
) -> None:
    phone = bank_at(ordered)
    expected = f"{settled}-05:00"
    assert phone.call("POST", "/v1/transfers/preview", json=transfer(phone)).json()["settles_at"] == expected
    sent = confirmed(phone, "/transfers", transfer(phone))
    paid = confirmed(phone, "/card-payments", card_payment(phone))
    assert (sent["settles_at"], paid["settles_at"]) == (expected, expected)
    phone.sandbox.clock.advance_to(expected)
    phone.log_in()
    assert phone.send(operations.get_transfer(sent["id"]))["status"] == "settled"
    assert phone.send(operations.get_card_payment(paid["id"]))["status"] == "settled"
    phone.sandbox.ledger.assert_balanced()


def test_a_sandbox_may_have_a_calendar_of_its_own(bank_at) -> None:
    phone = bank_at("2027-08-06T15:30:01")
    text = phone.sandbox.rules.read("calendar")
    taken = phone.sandbox.call(
        "PUT", "/_sandbox/rules/calendar", content=text.replace("shifts: {tuesday: -1, wed", "shifts: {wed")
    )
    assert taken.status_code == 200, taken.text
    shown = phone.call("POST", "/v1/transfers/preview", json=transfer(phone)).json()["settles_at"]
    assert shown == "2027-08-09T11:30:00-05:00"
    assert confirmed(phone, "/transfers", transfer(phone))["settles_at"] == shown
