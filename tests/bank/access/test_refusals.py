"""Refusals of credentials, phones and enrolments that need a state of their own."""

import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import assert_problem
from tests.bank.access.test_manual_walk import PASSWORD, Handset, confirm, identity
from tests.bank.test_refusals_one_by_one import NEW_PHONE, patch_member


@pytest.fixture
def owner(bank: Sandbox) -> Phone:
    """A member with a phone and without biometrics."""
    return bank.phone("al-dia")


def test_credentials_that_may_not_be(owner: Phone) -> None:
    name = owner.member["username"]
    wrong = {"current_username": "otra", "new_username": "nueva2026", "confirmation": "nueva2026"}
    assert_problem(owner.call("POST", "/v1/me/username-changes", json=wrong), 422, "current_credential_wrong")
    short = {"current_username": name, "new_username": "x", "confirmation": "x"}
    assert_problem(owner.call("POST", "/v1/me/username-changes", json=short), 422, "username_not_allowed")


def test_keys_that_are_none(owner: Phone, bank: Sandbox) -> None:
    device = owner.send(operations.list_devices())["items"][0]["id"]
    body = {**NEW_PHONE, "replaces": device, "public_key": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"}
    assert_problem(owner.call("POST", "/v1/me/devices", json=body), 422, "invalid_public_key")
    started = bank.call("POST", "/v1/enrolments", json=identity(bank.members.persona("sin-afiliar"))).json()
    confirm(bank, started)
    chosen = {
        "username": "wquinatoa77", "password": PASSWORD, "confirmation": PASSWORD, "access_method": "fingerprint",
        "device": NEW_PHONE,
    }  # fmt: skip
    where = f"/v1/enrolments/{started['id']}/credentials"
    assert_problem(bank.call("PUT", where, json=chosen), 422, "invalid_public_key")


def test_the_slower_of_two_enrolments_is_refused(bank: Sandbox) -> None:
    who = bank.members.persona("sin-afiliar")
    both = [bank.call("POST", "/v1/enrolments", json=identity(who)).json() for _ in range(2)]
    chosen = {
        "username": "wquinatoa77", "password": PASSWORD, "confirmation": PASSWORD, "access_method": "password",
        "device": NEW_PHONE,
    }  # fmt: skip
    for started in both:
        confirm(bank, started)
    where = [f"/v1/enrolments/{started['id']}/credentials" for started in both]
    assert bank.call("PUT", where[0], json=chosen).status_code == 200
    assert_problem(bank.call("PUT", where[1], json=chosen | {"username": "otro2026"}), 409, "already_enrolled")


@pytest.mark.parametrize("path", ["/v1/recoveries/username", "/v1/recoveries/password"])
def test_recovery_takes_documents_only(bank: Sandbox, path: str) -> None:
    bad = {"document_type": "cedula", "document_number": "1712345678"}
    assert_problem(bank.call("POST", path, json=bad), 422, "invalid_document")


def test_a_new_phone_before_login_is_refused_as_a_login_is(owner: Phone, bank: Sandbox) -> None:
    where = "/v1/sessions/device-replacements"
    login = {"username": owner.member["username"], "password": owner.member["password"], "device": NEW_PHONE}
    assert_problem(bank.call("POST", where, json=login | {"password": "x"}), 401, "invalid_credentials")
    patch_member(owner, locked_minutes=30)
    assert_problem(bank.call("POST", where, json=login), 423, "access_locked")
    patch_member(owner, locked_minutes=0, status="inactive")
    assert_problem(bank.call("POST", where, json=login), 403, "member_not_active")


def test_biometrics_refuse_as_a_login_does(owner: Phone, bank: Sandbox) -> None:
    handset = Handset()
    device = owner.member["device"]["id"]
    proof = {"id": "nce_" + "0" * 32, "device_id": device, "method": "fingerprint", "signature": "AAAA"}
    assert_problem(bank.call("POST", "/v1/sessions/biometric", json=proof), 409, "biometrics_not_enabled")
    wanted = {"fingerprint": True, "face": False, "public_key": handset.pem}
    assert owner.call("PUT", "/v1/me/access-methods", json=wanted).status_code == 200
    proof = handset.proof(bank, device)
    patch_member(owner, status="inactive")
    assert_problem(bank.call("POST", "/v1/sessions/biometric", json=proof), 403, "member_not_active")
    patch_member(owner, status="active", biometrics_blocked=True)
    assert_problem(bank.call("POST", "/v1/sessions/biometric", json=proof), 423, "biometrics_blocked")
    patch_member(owner, biometrics_blocked=False)
    assert bank.call("POST", "/v1/sessions/biometric", json=handset.proof(bank, device)).status_code == 201
    nowhere = bank.phone("sin-dispositivo")
    assert_problem(nowhere.call("PUT", "/v1/me/access-methods", json=wanted), 409, "biometrics_not_enabled")
