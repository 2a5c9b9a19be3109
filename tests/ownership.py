"""Two members with one live object of everything each, and what must happen when one reaches for the other's.

Live means confirmed and active: an object that still waits for its code is refused for that already.
"""

import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests import everything
from tests.answers import Json, assert_problem
from tests.content import Content

CARD = {
    "alias": "Otra", "document_type": "cedula", "document_number": "1712345675", "holder_name": "Rosa Chicaiza",
    "maximum_amount": "300.00",
}  # fmt: skip


@pytest.fixture
def owner(bank: Sandbox) -> Phone:
    """A member with two savings accounts, certificates, a card with purchases, and beneficiaries of both kinds."""
    return bank.phone("al-dia")


@pytest.fixture
def stranger(bank: Sandbox) -> Phone:
    """Another member who lacks nothing that the owner has."""
    traits = {
        "accounts": [{"balance": "900.00"}, {"balance": "100.00"}],
        "beneficiaries": [{"of": "sin-fondos", "maximum": "500.00"}],
        "cards": [
            {"credit": "2500.00", "purchases": [{"merchant": "Tienda", "amount": "240.50", "days_ago": 4}]},
        ],
    }  # fmt: skip
    return bank.phone(bank.send(operations.create_member(traits)))


def assert_not_found(phone: Phone, method: str, path: str, body: Json | None = None, **params: str) -> None:
    """The call is refused as if the object did not exist, and leaves the database as it was."""
    content = Content(phone.sandbox)
    assert_problem(phone.call(method, f"/v1{path}", json=body, params=params or None), 404, "not_found")
    content.assert_unchanged((method, path))
    content.close()


def assert_done(phone: Phone, method: str, path: str, status: int, body: Json | None = None) -> Json:
    """The same call succeeds for the member the object belongs to: it was refused for nothing else."""
    answer = phone.call(method, f"/v1{path}", json=body)
    assert answer.status_code == status, answer.text
    done: Json = answer.json() if answer.content else {}
    return done


def external_card(phone: Phone, number: str = "9999990000000014") -> str:
    """The id of an active card of another institution."""
    institution = phone.send(operations.list_institutions())["items"][0]["id"]
    order = CARD | {"institution_id": institution, "number": number}
    return str(everything.confirmed(phone, everything.made(phone, "/external-cards", order))["id"])


def biller(phone: Phone) -> Json:
    """A bill, by biller and reference."""
    return {"biller_id": everything.billed_by(phone, "EEQ"), "reference": everything.BILL}


def card(phone: Phone) -> str:
    """The id of the member's card."""
    return str(phone.send(operations.list_cards())["items"][0]["id"])


def beneficiary(phone: Phone, kind: str) -> str:
    """The id of an active beneficiary of a kind."""
    return str(phone.send(operations.list_beneficiaries(kind=kind))["items"][0]["id"])
