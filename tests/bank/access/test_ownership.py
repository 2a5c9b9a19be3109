"""Nonces belong to the device that asked for them, procedures to their kind, sessions to their member."""

import base64

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from sandbox.testing import Phone, operations
from tests.answers import Json, assert_problem
from tests.bank.access.test_manual_walk import PASSWORD, Handset, confirm, identity
from tests.content import contents
from tests.ownership import owner, stranger

__all__ = ["owner", "stranger"]
LOGIN = "/v1/sessions/biometric"


def with_biometrics(phone: Phone) -> Handset:
    """A handset whose key the bank knows as the member's."""
    handset = Handset()
    wanted = {"fingerprint": True, "face": False, "public_key": handset.pem}
    assert phone.call("PUT", "/v1/me/access-methods", json=wanted).status_code == 200
    return handset


def nonce_for(phone: Phone) -> Json:
    """A nonce that the member's device asked for."""
    wanted = {"device_id": phone.member["device"]["id"]}
    answer = phone.sandbox.call("POST", f"{LOGIN}/challenge", json=wanted)
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


def signed(handset: Handset, nonce: Json, phone: Phone) -> Json:
    """The proof that a handset makes of a nonce, in the name of the member's device."""
    signature = handset.key.sign(base64.b64decode(nonce["nonce"]), ec.ECDSA(hashes.SHA256()))
    return {
        "id": nonce["id"], "device_id": phone.member["device"]["id"], "method": "fingerprint",
        "signature": base64.b64encode(signature).decode(),
    }  # fmt: skip


def test_a_nonce_is_good_for_the_device_that_asked_for_it_alone(owner: Phone, stranger: Phone) -> None:
    bank, mine, theirs = owner.sandbox, with_biometrics(stranger), with_biometrics(owner)
    nonce = nonce_for(owner)
    before = contents(bank)
    for handset in (mine, theirs):
        refused = bank.call("POST", LOGIN, json=signed(handset, nonce, stranger))
        assert_problem(refused, 401, "biometrics_refused")
    after = contents(bank)
    assert [table for table in before if before[table] != after[table]] == ["device"]  # where failures are counted
    (changed,) = set(after["device"]) - set(before["device"])
    assert stranger.member["device"]["id"] in changed


def test_an_attempt_with_another_devices_nonce_does_not_use_it_up(owner: Phone, stranger: Phone) -> None:
    bank, mine, theirs = owner.sandbox, with_biometrics(stranger), with_biometrics(owner)
    nonce = nonce_for(owner)
    assert_problem(bank.call("POST", LOGIN, json=signed(mine, nonce, stranger)), 401, "biometrics_refused")
    answer = bank.call("POST", LOGIN, json=signed(theirs, nonce, owner))
    assert answer.status_code == 201, answer.text
    assert answer.json()["member"]["id"] == owner.member["id"]


def test_a_failure_counts_on_the_device_it_was_made_in_the_name_of(owner: Phone, stranger: Phone) -> None:
    bank, mine, theirs = owner.sandbox, with_biometrics(stranger), with_biometrics(owner)
    for _ in range(3):
        refused = bank.call("POST", LOGIN, json=signed(mine, nonce_for(owner), stranger))
        assert_problem(refused, 401, "biometrics_refused")
    blocked = bank.call("POST", f"{LOGIN}/challenge", json={"device_id": stranger.member["device"]["id"]})
    assert_problem(blocked, 423, "biometrics_blocked")
    assert bank.call("POST", LOGIN, json=signed(theirs, nonce_for(owner), owner)).status_code == 201


def test_a_username_recovery_sets_no_password(owner: Phone) -> None:
    bank = owner.sandbox
    started = bank.call("POST", "/v1/recoveries/username", json=identity(owner.member)).json()
    path, chosen = f"/v1/recoveries/{started['id']}/password", {"new_password": PASSWORD, "confirmation": PASSWORD}
    assert_problem(bank.call("PUT", path, json=chosen), 404, "not_found")
    confirm(bank, started)
    before = contents(bank)
    assert_problem(bank.call("PUT", path, json=chosen), 404, "not_found")
    assert contents(bank) == before


def test_a_logout_and_new_tokens_leave_other_members_sessions_alone(owner: Phone, stranger: Phone) -> None:
    renewed = stranger.sandbox.call("POST", "/v1/sessions/refresh", json={"refresh_token": stranger.refresh_token})
    stranger.token = renewed.json()["access_token"]
    assert renewed.json()["member"]["id"] == stranger.member["id"]
    assert stranger.call("DELETE", "/v1/sessions/current").status_code == 204
    assert_problem(stranger.call("GET", "/v1/me"), 401, "session_expired")
    assert owner.send(operations.get_profile())["id"] == owner.member["id"]


def test_a_login_frees_the_biometrics_of_its_member_alone(owner: Phone, stranger: Phone) -> None:
    bank = owner.sandbox
    for phone in (owner, stranger):
        with_biometrics(phone)
        bank.send(operations.update_member(phone.member["id"], {"biometrics_blocked": True}))
    owner.log_in()
    assert nonce_for(owner)["nonce"]
    blocked = bank.call("POST", f"{LOGIN}/challenge", json={"device_id": stranger.member["device"]["id"]})
    assert_problem(blocked, 423, "biometrics_blocked")


def test_one_members_biometrics_are_blocked_without_the_others(owner: Phone, stranger: Phone) -> None:
    bank = owner.sandbox
    for phone in (owner, stranger):
        with_biometrics(phone)
    bank.send(operations.update_member(owner.member["id"], {"biometrics_blocked": True}))
    blocked = bank.call("POST", f"{LOGIN}/challenge", json={"device_id": owner.member["device"]["id"]})
    assert_problem(blocked, 423, "biometrics_blocked")
    assert nonce_for(stranger)["nonce"]
