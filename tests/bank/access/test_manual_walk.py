"""The manual's «Como afiliarte», step by step, and what comes with it: recovery, biometrics, a new phone."""

import base64
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json, assert_problem, failing

PASSWORD = "Nueva2026@"
NEW_PHONE = {"id": "dev-nuevo", "name": "Teléfono nuevo", "platform": "ios"}


class Handset:
    """A phone with a key that a finger unlocks."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.pem = self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def proof(self, bank: Sandbox, device: str, method: str = "fingerprint") -> Json:
        asked = bank.call("POST", "/v1/sessions/biometric/challenge", json={"device_id": device})
        assert asked.status_code == 201, asked.text
        signature = self.key.sign(base64.b64decode(asked.json()["nonce"]), ec.ECDSA(hashes.SHA256()))
        return {
            "id": asked.json()["id"],
            "device_id": device,
            "method": method,
            "signature": base64.b64encode(signature).decode(),
        }


def identity(member: Mapping[str, Any]) -> Json:
    return {"document_type": member["document_type"], "document_number": member["document_number"]}


def confirm(bank: Sandbox, started: Json, code: str | None = None) -> Json:
    """Enter the code without a session: the challenge's id is the right to."""
    challenge = started["challenge"]["id"]
    answer = bank.call("POST", f"/v1/challenges/{challenge}/confirm", json={"code": code or bank.inbox.code(challenge)})
    assert answer.status_code == 200, answer.text
    return answer.json()["resource"]


def enrol(bank: Sandbox, **changes: object) -> tuple[Json, Json]:
    """Paso 3: identity and code."""
    member = bank.members.persona("sin-afiliar")
    started = bank.call("POST", "/v1/enrolments", json=identity(member) | changes)
    assert started.status_code == 201, started.text
    return member, started.json()


def test_paso_3_valida_tu_identidad(bank: Sandbox) -> None:
    _, started = enrol(bank)
    assert started["challenge"]["destination"].startswith("09XXXXXX")
    assert bank.call("GET", f"/v1/enrolments/{started['id']}").json()["status"] == "pending_confirmation"
    assert confirm(bank, started)["status"] == "verified"
    assert bank.call("GET", f"/v1/enrolments/{started['id']}").json()["status"] == "verified"


def test_paso_4_usuario_y_contrasena(bank: Sandbox) -> None:
    member, started = enrol(bank)
    confirm(bank, started)
    chosen = {
        "username": "wquinatoa77", "password": PASSWORD, "confirmation": PASSWORD, "access_method": "password",
        "device": NEW_PHONE,
    }  # fmt: skip
    done = bank.call("PUT", f"/v1/enrolments/{started['id']}/credentials", json=chosen)
    assert done.status_code == 200, done.text
    login = {"username": "wquinatoa77", "password": PASSWORD, "device": NEW_PHONE}
    phone = Phone(bank, member)
    answer = bank.call("POST", "/v1/sessions", json=login)
    assert answer.status_code == 201
    phone.token = answer.json()["access_token"]
    assert phone.send(operations.get_profile())["username"] == "wquinatoa77"
    assert bank.members.persona("sin-afiliar")["password"] is None
    again = bank.call("POST", "/v1/enrolments", json=identity(member))
    assert_problem(again, 409, "already_enrolled")


def test_paso_4_huella_digital(bank: Sandbox) -> None:
    _, started = enrol(bank)
    confirm(bank, started)
    handset = Handset()
    chosen = {
        "username": "wquinatoa77", "password": PASSWORD, "confirmation": PASSWORD, "access_method": "fingerprint",
        "device": NEW_PHONE | {"public_key": handset.pem},
    }  # fmt: skip
    assert bank.call("PUT", f"/v1/enrolments/{started['id']}/credentials", json=chosen).status_code == 200
    proof = handset.proof(bank, "dev-nuevo")
    assert bank.call("POST", "/v1/sessions/biometric", json=proof).status_code == 201
    assert_problem(bank.call("POST", "/v1/sessions/biometric", json=proof), 401, "biometrics_refused")  # used
    face = handset.proof(bank, "dev-nuevo", "face")
    assert_problem(bank.call("POST", "/v1/sessions/biometric", json=face), 401, "biometrics_refused")  # not enabled


def test_credentials_are_not_chosen_before_the_code_nor_long_after(bank: Sandbox) -> None:
    _, started = enrol(bank)
    chosen = {"username": "wquinatoa77", "password": PASSWORD, "confirmation": PASSWORD, "device": NEW_PHONE}
    path = f"/v1/enrolments/{started['id']}/credentials"
    assert_problem(bank.call("PUT", path, json=chosen), 409, "not_verified")
    confirm(bank, started)
    bank.clock.advance("PT15M")
    assert_problem(bank.call("PUT", path, json=chosen), 409, "procedure_over")


def test_every_rule_a_credential_fails_is_told(bank: Sandbox) -> None:
    _, started = enrol(bank)
    confirm(bank, started)
    path = f"/v1/enrolments/{started['id']}/credentials"
    chosen = {"username": "abc", "password": "abc", "confirmation": "abd", "device": NEW_PHONE}
    problem = assert_problem(bank.call("PUT", path, json=chosen), 422, "username_not_allowed")
    assert [(error["field"], error["code"]) for error in problem["errors"]] == [
        ("username", "length"), ("username", "digit"), ("password", "length"), ("password", "upper"),
        ("password", "digit"), ("password", "special"), ("confirmation", "confirmation"),
    ]  # fmt: skip
    chosen["username"] = "wquinatoa77"
    problem = assert_problem(bank.call("PUT", path, json=chosen), 422, "password_not_allowed")
    assert {error["code"] for error in problem["errors"]} == {"length", "upper", "digit", "special", "confirmation"}
    chosen["username"] = str(bank.members.persona("al-dia")["username"]).upper()
    problem = assert_problem(bank.call("PUT", path, json=chosen), 422, "password_not_allowed")
    assert failing(problem)["username"] == "username_taken"
    chosen["password"] = chosen["confirmation"] = PASSWORD
    assert_problem(bank.call("PUT", path, json=chosen), 409, "username_taken")


@pytest.mark.parametrize(
    ("who", "status", "code"),
    [
        ({"document_type": "cedula", "document_number": "1712345676"}, 422, "invalid_document"),
        ({"document_type": "passport", "document_number": "x"}, 422, "invalid_document"),
        ({"document_type": "cedula", "document_number": "3000000012"}, 404, "not_a_member"),
    ],
)
def test_who_is_no_member_does_not_enrol(bank: Sandbox, who: Json, status: int, code: str) -> None:
    assert_problem(bank.call("POST", "/v1/enrolments", json=who), status, code)


def test_a_member_without_active_account_or_phone_does_not_enrol(bank: Sandbox) -> None:
    assert_problem(
        bank.call("POST", "/v1/enrolments", json=identity(bank.members.persona("sin-cuenta"))), 409, "no_active_account"
    )
    assert_problem(
        bank.call("POST", "/v1/enrolments", json=identity(bank.members.persona("sin-afiliar-ni-celular"))),
        409,
        "no_phone_on_file",
    )


def test_olvide_mi_usuario_sends_it_out_and_never_answers_it(bank: Sandbox) -> None:
    member = bank.members.persona("al-dia")
    started = bank.call("POST", "/v1/recoveries/username", json=identity(member)).json()
    done = confirm(bank, started)
    assert done["status"] == "completed"
    assert member["username"] not in str(started) + str(done)
    sent = bank.send(operations.list_messages(to=member["phone"]))["items"][-1]
    assert member["username"] in sent["text"]
    mailed = bank.send(operations.list_messages(to=member["email"]))["items"][-1]
    assert member["username"] in mailed["text"]


def test_olvide_mi_contrasena_sets_a_new_one_ends_sessions_and_lifts_the_lock(bank: Sandbox) -> None:
    member = bank.members.persona("al-dia")
    phone = bank.phone(member)
    for _ in range(3):
        bank.call("POST", "/v1/sessions", json=phone.credentials() | {"password": "Mala1234@"})
    started = bank.call("POST", "/v1/recoveries/password", json=identity(member)).json()
    path = f"/v1/recoveries/{started['id']}/password"
    chosen = {"new_password": PASSWORD, "confirmation": PASSWORD}
    assert_problem(bank.call("PUT", path, json=chosen), 409, "not_verified")
    confirm(bank, started)
    same = {"new_password": member["password"], "confirmation": member["password"]}
    problem = assert_problem(bank.call("PUT", path, json=same), 422, "password_not_allowed")
    assert [error["code"] for error in problem["errors"]] == ["changed"]
    assert bank.call("PUT", path, json=chosen).status_code == 200
    assert_problem(phone.call("GET", "/v1/me"), 401, "session_expired")
    assert bank.call("POST", "/v1/sessions", json=phone.credentials() | {"password": PASSWORD}).status_code == 201
    assert_problem(bank.call("PUT", path, json=chosen), 409, "procedure_over")


def test_a_new_phone_replaces_the_old_one_by_one_code(phone: Phone, bank: Sandbox) -> None:
    login = phone.credentials() | {"device": NEW_PHONE}
    assert_problem(bank.call("POST", "/v1/sessions", json=login), 409, "device_not_registered")
    started = bank.call("POST", "/v1/sessions/device-replacements", json=login)
    assert started.status_code == 201, started.text
    phone.send(operations.get_profile())  # nothing has changed yet
    session = confirm(bank, started.json())
    assert_problem(phone.call("GET", "/v1/me"), 401, "session_expired")
    assert_problem(bank.call("POST", "/v1/sessions", json=phone.credentials()), 409, "device_not_registered")
    phone.token = session["access_token"]
    assert [device["name"] for device in phone.send(operations.list_devices())["items"]] == ["Teléfono nuevo"]


def test_biometrics_is_enabled_used_blocked_and_freed(phone: Phone, bank: Sandbox) -> None:
    device = phone.member["device"]["id"]
    asked = bank.call("POST", "/v1/sessions/biometric/challenge", json={"device_id": device})
    assert_problem(asked, 409, "biometrics_not_enabled")
    handset, thief = Handset(), Handset()
    no_key = phone.call("PUT", "/v1/me/access-methods", json={"fingerprint": True, "face": False})
    assert_problem(no_key, 422, "invalid_public_key")
    enabled = phone.call(
        "PUT", "/v1/me/access-methods", json={"fingerprint": False, "face": True, "public_key": handset.pem}
    )
    assert enabled.json() == {"password": True, "fingerprint": False, "face": True}
    assert bank.call("POST", "/v1/sessions/biometric", json=handset.proof(bank, device, "face")).status_code == 201
    for _ in range(3):
        refused = bank.call("POST", "/v1/sessions/biometric", json=thief.proof(bank, device, "face"))
        assert_problem(refused, 401, "biometrics_refused")
    blocked = bank.call("POST", "/v1/sessions/biometric/challenge", json={"device_id": device})
    assert_problem(blocked, 423, "biometrics_blocked")
    phone.log_in()
    assert bank.call("POST", "/v1/sessions/biometric", json=handset.proof(bank, device, "face")).status_code == 201
    off = phone.call("PUT", "/v1/me/access-methods", json={"fingerprint": False, "face": False})
    assert off.status_code == 200
    asked = bank.call("POST", "/v1/sessions/biometric/challenge", json={"device_id": device})
    assert_problem(asked, 409, "biometrics_not_enabled")


def test_a_nonce_dies_with_the_clock(phone: Phone, bank: Sandbox) -> None:
    handset = Handset()
    phone.call("PUT", "/v1/me/access-methods", json={"fingerprint": True, "face": False, "public_key": handset.pem})
    proof = handset.proof(bank, phone.member["device"]["id"])
    bank.clock.advance("PT1M")
    assert_problem(bank.call("POST", "/v1/sessions/biometric", json=proof), 401, "biometrics_refused")


@pytest.mark.parametrize("key", ["", "nope", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"])
def test_what_is_no_p_256_key_is_refused(phone: Phone, key: str) -> None:
    answer = phone.call("PUT", "/v1/me/access-methods", json={"fingerprint": True, "face": False, "public_key": key})
    assert_problem(answer, 422, "invalid_public_key")


def test_a_body_with_fields_missing_names_them(bank: Sandbox) -> None:
    answer = bank.call("POST", "/v1/enrolments", json={})
    assert failing(assert_problem(answer, 422, "validation_failed")) == {
        "document_type": "required",
        "document_number": "required",
    }
