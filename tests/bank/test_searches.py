"""Searches ignore case and accents, wherever there is one."""

import pytest

from sandbox.testing import Phone, operations
from tests.answers import answered
from tests.everything import confirmed, made


@pytest.fixture
def friend(phone: Phone) -> Phone:
    """A member with a beneficiary «Íngrid Peña», called «Mamá de Íñigo»."""
    bank = phone.send(operations.list_institutions())["items"][0]["id"]
    wanted = {
        "kind": "interbank", "institution_id": bank, "account_type": "savings", "account_number": "2200123456",
        "document_type": "cedula", "document_number": "1712345675", "holder_name": "Íngrid Peña",
        "alias": "Mamá de Íñigo", "maximum_amount": "100.00",
    }  # fmt: skip
    confirmed(phone, made(phone, "/beneficiaries", wanted))
    return phone


@pytest.mark.parametrize(
    "search", ["ÍNGRID", "ingrid", "I\u0301ngrid", "pena", "PEÑA", "mama de in", "ÍÑIGO", "220012"]
)
def test_a_beneficiary_is_found_however_its_name_or_alias_is_written(friend: Phone, search: str) -> None:
    found = friend.send(operations.list_beneficiaries(q=search))["items"]
    assert [each["holder_name"] for each in found] == ["Íngrid Peña"]


@pytest.mark.parametrize("search", ["Ingr_d", "Ingr%", "ingrod", "\\"])
def test_nothing_else_is(friend: Phone, search: str) -> None:
    assert friend.send(operations.list_beneficiaries(q=search))["items"] == []


def test_a_beneficiary_without_alias_is_found_by_its_name(phone: Phone) -> None:
    first = phone.send(operations.list_beneficiaries())["items"][0]
    found = phone.send(operations.list_beneficiaries(q=first["holder_name"].upper()))["items"]
    assert first["id"] in [each["id"] for each in found]


@pytest.mark.parametrize("search", ["contrasena", "CONTRASEÑA", "¿que hago si", "OLVIDÉ"])
def test_a_frequent_question_is_found_however_it_is_written(phone: Phone, search: str) -> None:
    (found,) = phone.send(operations.list_faqs(q=search))["items"]
    assert found["question"] == "¿Qué hago si olvidé mi contraseña?"


def test_a_beneficiary_is_found_by_its_new_alias_alone(friend: Phone) -> None:
    def found(part: str) -> list[str]:
        return [each["id"] for each in friend.send(operations.list_beneficiaries(q=part))["items"]]

    (key,) = found("mama de in")
    answered(friend.call("PATCH", f"/v1/beneficiaries/{key}", json={"alias": "Peluquería"}))
    assert found("PELUQUERIA") == [key]
    assert found("mama de in") == []
    assert found("pena") == [key]


def test_a_member_is_found_by_the_new_phone_alone(phone: Phone) -> None:
    bank, member = phone.sandbox, phone.member
    old = answered(bank.call("GET", f"/_sandbox/members/{member['id']}"))["phone"]
    answered(bank.call("PATCH", f"/_sandbox/members/{member['id']}", json={"phone": "0987000123"}))

    def found(part: str) -> list[str]:
        answer = bank.call("GET", "/_sandbox/members/search", params={"q": part})
        return [each["id"] for each in answered(answer)["items"]]

    assert found("0987000123") == [member["id"]]
    assert member["id"] not in found(old)
    assert member["id"] in found(member["username"].upper())
