"""Whatever is wrong with a request is told at once, each failing field in `errors`."""

import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests import everything
from tests.answers import Json, assert_problem, failing
from tests.bank.access.test_manual_walk import NEW_PHONE, confirm, enrol
from tests.bank.test_refusals_one_by_one import external_card


def refused(phone: Phone, path: str, body: Json, code: str, status: int = 422, method: str = "POST") -> dict[str, str]:
    return failing(assert_problem(phone.call(method, f"/v1{path}", json=body), status, code))


def certificate(phone: Phone) -> str:
    return str(next(account["id"] for account in phone.accounts() if not account["debitable"]))


@pytest.mark.parametrize("unknown", [True, False])
def test_a_card_elsewhere(phone: Phone, unknown: bool) -> None:
    wrong = external_card(phone, number="9999990000000019") | {"document_number": "1712345676"}
    told = {"number": "invalid_card_number", "document_number": "invalid_holder_document"}
    if unknown:
        wrong["institution_id"] = "ins_0"
        told["institution_id"] = "not_found"
    assert refused(phone, "/external-cards", wrong, "invalid_card_number") == told


def test_a_beneficiary_elsewhere(phone: Phone) -> None:
    wrong = {
        "kind": "interbank", "institution_id": "ins_0", "account_type": "savings", "account_number": "2200123456",
        "document_type": "cedula", "document_number": "1712345676", "holder_name": "Alguien", "maximum_amount": "1.00",
    }  # fmt: skip
    told = {"institution_id": "not_found", "document_number": "invalid_holder_document"}
    assert refused(phone, "/beneficiaries", wrong, "invalid_holder_document") == told


def test_what_alone_does_not_exist_stays_not_found(phone: Phone) -> None:
    problem = assert_problem(
        phone.call("POST", "/v1/external-cards", json=external_card(phone) | {"institution_id": "ins_0"}),
        404,
        "not_found",
    )
    assert "errors" not in problem


def test_a_new_password(phone: Phone) -> None:
    wrong = {"username": "otra", "current_password": "otra", "new_password": "Abcdef1@", "confirmation": "Abcdef1"}
    assert refused(phone, "/me/password-changes", wrong, "current_credential_wrong") == {
        "username": "wrong", "current_password": "wrong", "confirmation": "confirmation",
    }  # fmt: skip


def test_a_new_username(phone: Phone) -> None:
    wrong = {"current_username": "otra", "new_username": "abc", "confirmation": "abd"}
    answer = phone.call("POST", "/v1/me/username-changes", json=wrong)
    errors = assert_problem(answer, 422, "current_credential_wrong")["errors"]
    assert [(each["field"], each["code"]) for each in errors] == [
        ("current_username", "wrong"), ("new_username", "length"), ("new_username", "digit"),
        ("confirmation", "confirmation"),
    ]  # fmt: skip


def test_a_new_username_that_is_taken(phone: Phone, bank: Sandbox) -> None:
    taken = bank.members.persona("premium")["username"]
    wrong = {"current_username": "otra", "new_username": taken, "confirmation": taken}
    assert refused(phone, "/me/username-changes", wrong, "current_credential_wrong") == {
        "current_username": "wrong", "new_username": "username_taken",
    }  # fmt: skip


def test_the_end_of_an_enrolment(bank: Sandbox) -> None:
    _, started = enrol(bank)
    confirm(bank, started)
    chosen = {
        "username": "abcdefgh", "password": "Abcdef1@", "confirmation": "Abcdef1", "access_method": "face",
        "device": NEW_PHONE | {"public_key": "no"},
    }  # fmt: skip
    answer = bank.call("PUT", f"/v1/enrolments/{started['id']}/credentials", json=chosen)
    assert failing(assert_problem(answer, 422, "username_not_allowed")) == {
        "username": "digit", "confirmation": "confirmation", "device.public_key": "invalid_public_key",
    }  # fmt: skip


def test_a_device_to_register(phone: Phone) -> None:
    wrong = NEW_PHONE | {"replaces": "dev_0", "public_key": "no"}
    told = {"replaces": "not_found", "public_key": "invalid_public_key"}
    assert refused(phone, "/me/devices", wrong, "invalid_public_key") == told


def test_a_top_up(phone: Phone) -> None:
    biller = everything.billed_by(phone, "Recarga Claro")
    wrong = {"origin_account_id": certificate(phone), "biller_id": biller, "reference": "12AB", "amount": "4.99"}
    told = {"reference": "reference_malformed", "amount": "not_an_option", "origin_account_id": "account_not_debitable"}
    assert refused(phone, "/service-payments", wrong, "reference_malformed") == told


def test_a_schedule(phone: Phone) -> None:
    biller = everything.billed_by(phone, "EEQ")
    wrong = {"origin_account_id": certificate(phone), "biller_id": biller, "reference": "12AB", "day_of_month": 5}
    told = {
        "maximum_amount": "required", "origin_account_id": "account_not_debitable", "reference": "reference_malformed",
    }  # fmt: skip
    assert refused(phone, "/scheduled-payments", wrong, "validation_failed") == told


def test_the_edit_of_a_schedule(phone: Phone) -> None:
    monthly = {
        "origin_account_id": phone.savings()[0]["id"], "biller_id": everything.billed_by(phone, "EEQ"),
        "reference": everything.BILL, "day_of_month": 5, "maximum_amount": "50.00",
    }  # fmt: skip
    made = everything.confirmed(phone, everything.made(phone, "/scheduled-payments", monthly))
    wrong = {"origin_account_id": certificate(phone), "amount": "1.00"}
    told = {"origin_account_id": "account_not_debitable", "amount": "not_taken"}
    path = f"/scheduled-payments/{made['id']}"
    assert refused(phone, path, wrong, "account_not_debitable", method="PATCH") == told


def test_a_card_payment(phone: Phone) -> None:
    card = phone.send(operations.list_cards())["items"][0]["id"]
    wrong = {"origin_account_id": certificate(phone), "card_id": card, "amount": "99999.00", "reference": "x"}
    told = {"origin_account_id": "account_not_debitable", "amount": "more_than_owed"}
    assert refused(phone, "/card-payments", wrong, "account_not_debitable") == told


def test_a_deferral(phone: Phone) -> None:
    card = phone.send(operations.list_cards())["items"][0]["id"]
    wrong = {"card_id": card, "kind": "revolving_balance", "amount": "1.00", "term_months": 5}
    problem = assert_problem(phone.call("POST", "/v1/deferral-simulations", json=wrong), 422, "deferral_not_eligible")
    assert [each["code"] for each in problem["errors"]] == ["revolving_minimum", "term_not_offered"]


def test_a_made_member(bank: Sandbox) -> None:
    taken = {"passport": "AB123456"}
    assert bank.call("POST", "/_sandbox/members", json=taken).status_code == 201
    assert_problem(bank.call("POST", "/_sandbox/members", json=taken), 409, "document_taken")
    wrong = taken | {"movements": 5_001, "beneficiaries": [{"of": "nadie", "maximum": "1.00"}]}
    answer = bank.call("POST", "/_sandbox/members", json=wrong)
    assert failing(assert_problem(answer, 422, "validation_failed")) == {
        "passport": "taken", "movements": "too_large", "beneficiaries.0.of": "nobody",
    }  # fmt: skip
