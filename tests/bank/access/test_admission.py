"""Who may use the app is asked on every request, not only at login."""

import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json, assert_problem
from tests.bank.access.test_manual_walk import NEW_PHONE, PASSWORD, Handset, identity

CHANGES = {
    "inactive": ({"status": "inactive"}, 403, "member_not_active"),
    "locked": ({"locked_minutes": 30}, 423, "access_locked"),
}
kept_out = pytest.mark.parametrize(("change", "status", "code"), CHANGES.values(), ids=CHANGES)


def patch(bank: Sandbox, member: Json, **changes: object) -> None:
    bank.send(operations.update_member(member["id"], changes))


@kept_out
def test_who_is_kept_out_after_login_orders_and_confirms_nothing(
    bank: Sandbox, change: Json, status: int, code: str
) -> None:
    phone = bank.phone("al-dia")
    origin = phone.savings()[0]
    order = phone.order()
    challenge = phone.transfer()["challenge"]["id"]
    right = bank.inbox.code(challenge)
    patch(bank, phone.member, **change)
    assert_problem(phone.call("POST", "/v1/transfers", json=order), status, code)
    assert_problem(phone.call(phone.confirmation(challenge, right)), status, code)
    assert_problem(phone.call("GET", "/v1/me"), status, code)
    refreshed = bank.call("POST", "/v1/sessions/refresh", json={"refresh_token": phone.refresh_token})
    assert_problem(refreshed, status, code)
    patch(bank, phone.member, status="active", locked_minutes=0)
    assert_problem(phone.call("GET", "/v1/me"), 401, "session_expired")  # the session ended for good
    phone.log_in()
    assert phone.send(operations.get_account(origin["id"]))["book_balance"] == origin["book_balance"]
    bank.ledger.assert_balanced()


@kept_out
def test_no_way_in_is_open_to_who_is_kept_out(bank: Sandbox, change: Json, status: int, code: str) -> None:
    phone, handset = bank.phone("al-dia"), Handset()
    wanted = {"fingerprint": True, "face": False, "public_key": handset.pem}
    assert phone.call("PUT", "/v1/me/access-methods", json=wanted).status_code == 200
    replacing = {"username": phone.member["username"], "password": phone.member["password"], "device": NEW_PHONE}
    replacement = bank.call("POST", "/v1/sessions/device-replacements", json=replacing).json()["challenge"]["id"]
    recovery = bank.call("POST", "/v1/recoveries/password", json=identity(phone.member)).json()
    recovered = recovery["challenge"]["id"]
    assert bank.call(
        "POST", f"/v1/challenges/{recovered}/confirm", json={"code": bank.inbox.code(recovered)}
    ).is_success
    named = bank.call("POST", "/v1/recoveries/username", json=identity(phone.member)).json()["challenge"]["id"]
    codes = {each: {"code": bank.inbox.code(each)} for each in (replacement, named)}
    patch(bank, phone.member, **change)
    assert_problem(bank.call("POST", "/v1/sessions", json=phone.credentials()), status, code)
    proof = handset.proof(bank, phone.member["device"]["id"])
    assert_problem(bank.call("POST", "/v1/sessions/biometric", json=proof), status, code)
    assert_problem(bank.call("POST", "/v1/sessions/device-replacements", json=replacing), status, code)
    for challenge, body in codes.items():
        assert_problem(bank.call("POST", f"/v1/challenges/{challenge}/confirm", json=body), status, code)
    chosen = {"new_password": PASSWORD, "confirmation": PASSWORD}
    assert_problem(bank.call("PUT", f"/v1/recoveries/{recovery['id']}/password", json=chosen), status, code)


@kept_out
def test_no_enrolment_is_completed_for_a_member_who_is_kept_out(
    bank: Sandbox, change: Json, status: int, code: str
) -> None:
    member = bank.members.persona("sin-afiliar")
    started = bank.call("POST", "/v1/enrolments", json=identity(member)).json()
    challenge = started["challenge"]["id"]
    assert bank.call(
        "POST", f"/v1/challenges/{challenge}/confirm", json={"code": bank.inbox.code(challenge)}
    ).is_success
    patch(bank, member, **change)
    chosen = {
        "username": "wquinatoa77", "password": PASSWORD, "confirmation": PASSWORD, "access_method": "password",
        "device": NEW_PHONE,
    }  # fmt: skip
    answer = bank.call("PUT", f"/v1/enrolments/{started['id']}/credentials", json=chosen)
    assert_problem(answer, status, code)
    assert bank.members.persona("sin-afiliar")["username"] is None


def test_a_stranger_who_guesses_passwords_locks_new_logins_and_ends_no_session(bank: Sandbox) -> None:
    phone, handset = bank.phone("al-dia"), Handset()
    wanted = {"fingerprint": True, "face": False, "public_key": handset.pem}
    assert phone.call("PUT", "/v1/me/access-methods", json=wanted).status_code == 200
    for _ in range(3):
        bank.call("POST", "/v1/sessions", json=phone.credentials() | {"password": "Mala1234@"})
    assert_problem(bank.call("POST", "/v1/sessions", json=phone.credentials()), 423, "access_locked")
    proof = handset.proof(bank, phone.member["device"]["id"])
    assert_problem(bank.call("POST", "/v1/sessions/biometric", json=proof), 423, "access_locked")
    phone.confirm(phone.transfer())
    refreshed = bank.call("POST", "/v1/sessions/refresh", json={"refresh_token": phone.refresh_token})
    assert refreshed.status_code == 201


def test_a_lock_by_the_bank_ends_to_the_second(bank: Sandbox) -> None:
    phone = bank.phone("al-dia")
    patch(bank, phone.member, locked_minutes=1)
    bank.clock.advance("PT59S")
    answer = bank.call("POST", "/v1/sessions", json=phone.credentials())
    assert_problem(answer, 423, "access_locked")
    assert answer.headers["Retry-After"] == "1"
    bank.clock.advance("PT1S")
    assert phone.log_in().send(operations.get_profile())["username"] == phone.member["username"]


def test_a_rule_may_let_inactive_members_in(bank: Sandbox) -> None:
    rules = bank.rules.read("sessions")
    inactive_too = rules.replace('require: member.status == "active"', "require: enrolled")
    put = bank.call(
        "PUT", "/_sandbox/rules/sessions", content=inactive_too, headers={"Content-Type": "application/yaml"}
    )
    assert put.status_code == 200, put.text
    phone = Phone(bank, bank.members.persona("al-dia"))
    patch(bank, phone.member, status="inactive")
    assert phone.log_in().send(operations.get_profile())["username"] == phone.member["username"]
