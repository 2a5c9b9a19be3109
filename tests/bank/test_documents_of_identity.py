"""Who takes an identity document asks the same rule, which a sandbox may change."""

from collections.abc import Callable

import pytest
from stdnum import luhn

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json, assert_problem, failing

HELD = {"cedula": "1712345675", "ruc": "1790451801001", "passport": "AB1234567890"}
WRONG = {
    "cedula": ["1712345676", "2500000019", "1760000016", "171234567", "1"],
    "ruc": ["1799000001001", "1712345675000", "1712345676001", "1760000016001", "1770000001001"],
    "passport": ["AB12", "AB12345678901", "AB-123"],
}
EVERY_WRONG = [(kind, number) for kind, numbers in WRONG.items() for number in numbers]


def external_card(phone: Phone, document: Json) -> str | None:
    fifteen = f"999999{sum(map(ord, document['document_number'])):09d}"
    body = {
        "institution_id": phone.send(operations.list_institutions())["items"][0]["id"],
        "number": fifteen + luhn.calc_check_digit(fifteen), "alias": "Visa",
        "holder_name": "Rosa Chicaiza", "maximum_amount": "300.00",
    }  # fmt: skip
    return refused(phone.call("POST", "/v1/external-cards", json=body | document))


def beneficiary(phone: Phone, document: Json) -> str | None:
    body = {
        "kind": "interbank", "institution_id": phone.send(operations.list_institutions())["items"][0]["id"], "account_type": "savings",
        "account_number": "2203344556", "holder_name": "Rosa Chicaiza", "maximum_amount": "300.00",
    }  # fmt: skip
    return refused(phone.call("POST", "/v1/beneficiaries", json=body | document))


def refused(answer) -> str | None:
    if answer.status_code == 201:
        return None
    return assert_problem(answer, 422, answer.json()["code"])["code"]


ASKING: list[Callable[[Phone, Json], str | None]] = [external_card, beneficiary]


@pytest.mark.parametrize("ask", ASKING)
@pytest.mark.parametrize("kind", HELD)
def test_a_document_that_holds_is_taken(phone: Phone, ask: Callable[[Phone, Json], str | None], kind: str) -> None:
    assert ask(phone, {"document_type": kind, "document_number": HELD[kind]}) is None


@pytest.mark.parametrize("ask", ASKING)
def test_one_that_does_not_is_refused(phone: Phone, ask: Callable[[Phone, Json], str | None]) -> None:
    for kind, number in EVERY_WRONG:
        told = ask(phone, {"document_type": kind, "document_number": number})
        assert told == "invalid_holder_document", (kind, number)


def test_enrolment_refuses_the_same(bank: Sandbox) -> None:
    for kind, number in EVERY_WRONG:
        if kind != "ruc":
            body = {"document_type": kind, "document_number": number}
            assert_problem(bank.call("POST", "/v1/enrolments", json=body), 422, "invalid_document")


def test_the_member_factory_refuses_the_same_and_names_the_field(bank: Sandbox) -> None:
    abroad = {"institution": "Banco Pichincha", "account_number": "2203344556", "holder_name": "X"}
    before = len(bank.members.all())
    for kind, number in EVERY_WRONG:
        traits: Json = {"interbank_beneficiaries": [abroad | {"document_type": kind, "document_number": number}]}
        expected = {"interbank_beneficiaries.0.document_number": "invalid_document"}
        if kind == "passport":
            traits["passport"] = number
            expected["passport"] = "invalid_document"
        told = assert_problem(bank.call("POST", "/_sandbox/members", json=traits), 422, "validation_failed")
        assert failing(told) == expected
    assert len(bank.members.all()) == before


def test_a_passport_is_kept_in_capitals(bank: Sandbox) -> None:
    made = bank.send(operations.create_member({"passport": "ab12345", "enrolled": False}))
    assert made["document_number"] == "AB12345"
    body = {"document_type": "passport", "document_number": "ab12345"}
    assert bank.call("POST", "/v1/enrolments", json=body).status_code == 201
    body["document_number"] = "ßab12345"  # in capitals it would be SSAB12345
    assert_problem(bank.call("POST", "/v1/enrolments", json=body), 422, "invalid_document")


@pytest.mark.parametrize("passport", ["AB123", "AB1234567890"])
def test_passports_of_five_to_twelve_characters_are_made_and_can_enrol(bank: Sandbox, passport: str) -> None:
    made = bank.send(operations.create_member({"passport": passport, "enrolled": False}))
    body = {"document_type": "passport", "document_number": made["document_number"]}
    assert bank.call("POST", "/v1/enrolments", json=body).status_code == 201


def put(bank: Sandbox, old: str, new: str) -> None:
    text = bank.rules.read("identity")
    assert old in text
    taken = bank.call("PUT", "/_sandbox/rules/identity", content=text.replace(old, new))
    assert taken.status_code == 200, taken.text


@pytest.mark.parametrize("ask", ASKING)
def test_check_digits_of_companies_may_be_optional(phone: Phone, ask: Callable[[Phone, Json], str | None]) -> None:
    company, other = ({"document_type": "ruc", "document_number": f"17990000{last}"} for last in ("90001", "01001"))
    assert ask(phone, other) == "invalid_holder_document"
    put(phone.sandbox, "company_check_digits: required", "company_check_digits: optional")
    assert ask(phone, {"document_type": "ruc", "document_number": "1712345676001"}) == "invalid_holder_document"
    assert ask(phone, other) is None
    phone.sandbox.rules.reset("identity")
    assert ask(phone, other) == "invalid_holder_document"
    if ask is external_card:
        assert external_card(phone, company) is None


def test_how_long_a_passport_may_be_is_a_rule_for_all(bank: Sandbox) -> None:
    put(bank, "maximum: 12", "maximum: 13")
    made = bank.send(operations.create_member({"passport": "AB12345678901"}))
    phone = bank.phone(made)
    assert external_card(phone, {"document_type": "passport", "document_number": "AB12345678901"}) is None
    longer = {"passport": "AB123456789012"}
    told = assert_problem(bank.call("POST", "/_sandbox/members", json=longer), 422, "validation_failed")
    assert failing(told) == {"passport": "invalid_document"}
