"""Reading the ways in, and changing some of them."""

import pytest

from sandbox.testing import Phone, operations
from tests.answers import Json, assert_problem
from tests.bank.access.test_manual_walk import Handset

BOTH: Json = {"password": True, "fingerprint": True, "face": True}
NONE: Json = {"password": True, "fingerprint": False, "face": False}


def put(phone: Phone, **wanted: object) -> Json:
    answer = phone.call("PUT", "/v1/me/access-methods", json=wanted)
    assert answer.status_code == 200, answer.text
    assert phone.send(operations.get_access_methods()) == answer.json()
    return answer.json()


def test_they_are_read_as_they_were_set(phone: Phone) -> None:
    assert phone.send(operations.get_access_methods()) == NONE
    assert put(phone, fingerprint=True, face=True, public_key=Handset().pem) == BOTH


@pytest.mark.parametrize(
    ("wanted", "then"),
    [
        ({}, BOTH),
        ({"fingerprint": False}, BOTH | {"fingerprint": False}),
        ({"face": False}, BOTH | {"face": False}),
        ({"public_key": None}, BOTH),
    ],
)
def test_omitted_fields_keep_their_value(phone: Phone, wanted: Json, then: Json) -> None:
    put(phone, fingerprint=True, face=True, public_key=Handset().pem)
    assert put(phone, **wanted) == then


def test_an_omitted_key_is_kept_and_one_that_is_sent_replaces_it(phone: Phone) -> None:
    old, new = Handset(), Handset()
    device = phone.member["device"]["id"]
    put(phone, fingerprint=True, public_key=old.pem)
    put(phone, face=True)
    assert (
        phone.sandbox.call("POST", "/v1/sessions/biometric", json=old.proof(phone.sandbox, device)).status_code == 201
    )
    put(phone, public_key=new.pem)
    refused = phone.sandbox.call("POST", "/v1/sessions/biometric", json=old.proof(phone.sandbox, device))
    assert_problem(refused, 401, "biometrics_refused")
    assert (
        phone.sandbox.call("POST", "/v1/sessions/biometric", json=new.proof(phone.sandbox, device)).status_code == 201
    )


def test_the_key_is_forgotten_with_the_last_of_them(phone: Phone) -> None:
    put(phone, fingerprint=True, public_key=Handset().pem)
    assert put(phone, fingerprint=False) == NONE
    again = phone.call("PUT", "/v1/me/access-methods", json={"fingerprint": True})
    assert_problem(again, 422, "invalid_public_key")
    assert phone.send(operations.get_access_methods()) == NONE


def test_a_key_that_is_none_is_refused_whatever_else_is_wanted(phone: Phone) -> None:
    for wanted in ({"public_key": "no"}, {"fingerprint": False, "public_key": "no"}):
        assert_problem(phone.call("PUT", "/v1/me/access-methods", json=wanted), 422, "invalid_public_key")


def test_a_session_without_a_registered_device_has_the_password_only(phone: Phone) -> None:
    device = phone.send(operations.list_devices())["items"][0]["id"]
    phone.confirm(phone.call("DELETE", f"/v1/me/devices/{device}").json())
    phone.log_in()
    assert phone.send(operations.get_access_methods()) == NONE
    refused = phone.call("PUT", "/v1/me/access-methods", json={"fingerprint": True, "public_key": Handset().pem})
    assert_problem(refused, 409, "biometrics_not_enabled")
