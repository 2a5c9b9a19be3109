"""Coming in, staying, leaving."""

import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import assert_problem, failing


def wrong(phone: Phone, **changes: object) -> dict[str, object]:
    return {**phone.credentials(), **changes}


def test_a_login_answers_tokens_and_greets(phone: Phone) -> None:
    assert phone.session["token_type"] == "Bearer"
    assert phone.session["idle_expires_in"] == 300
    assert phone.session["member"]["greeting"].startswith("¡Hola ")
    session = phone.send(operations.get_session())
    assert session["member"] == phone.session["member"]
    assert session["last_access"] == phone.session["last_access"]


def test_the_username_has_no_capitals_that_matter(phone: Phone) -> None:
    answer = phone.sandbox.call(
        "POST", "/v1/sessions", json=wrong(phone, username=str(phone.member["username"]).upper())
    )
    assert answer.status_code == 201


def test_the_next_login_shows_this_one_as_last_access(phone: Phone) -> None:
    first = phone.sandbox.clock.read()["now"]
    phone.sandbox.clock.advance("PT1H")
    assert phone.log_in().session["last_access"] == first


def test_each_access_leaves_a_notice(phone: Phone) -> None:
    notices = phone.send(operations.list_notifications())["items"]
    assert notices[0]["kind"] == "access"


def test_a_wrong_password_and_an_unknown_username_sound_the_same(phone: Phone) -> None:
    bad_password = phone.sandbox.call("POST", "/v1/sessions", json=wrong(phone, password="Nope1234@"))
    no_such_user = phone.sandbox.call("POST", "/v1/sessions", json=wrong(phone, username="nadie1234"))
    one = assert_problem(bad_password, 401, "invalid_credentials")
    other = assert_problem(no_such_user, 401, "invalid_credentials")
    assert one["detail"] == other["detail"]


def test_three_failures_lock_for_half_an_hour_and_say_until_when(phone: Phone) -> None:
    attempts = [phone.sandbox.call("POST", "/v1/sessions", json=wrong(phone, password="Nope1234@")) for _ in range(3)]
    assert [attempt.json()["code"] for attempt in attempts] == ["invalid_credentials"] * 2 + ["access_locked"]
    right = phone.sandbox.call("POST", "/v1/sessions", json=phone.credentials())
    assert_problem(right, 423, "access_locked")
    assert right.headers["retry-after"] == "1800"
    phone.sandbox.clock.advance("PT30M")
    assert phone.sandbox.call("POST", "/v1/sessions", json=phone.credentials()).status_code == 201


def test_a_success_forgets_the_failures_before_it(phone: Phone) -> None:
    for _ in range(2):
        for _ in range(2):
            phone.sandbox.call("POST", "/v1/sessions", json=wrong(phone, password="Nope1234@"))
        assert phone.sandbox.call("POST", "/v1/sessions", json=phone.credentials()).status_code == 201


def test_another_device_is_told_how_to_replace_the_registered_one(phone: Phone) -> None:
    device = {"id": "dev-stolen", "name": "Otro", "platform": "ios"}
    answer = phone.sandbox.call("POST", "/v1/sessions", json=wrong(phone, device=device))
    problem = assert_problem(answer, 409, "device_not_registered")
    assert problem["replacement"]["href"] == "/v1/sessions/device-replacements"
    assert problem["registered_device"]["platform"] == phone.member["device"]["platform"]


def test_a_session_dies_of_idleness_and_lives_by_use(phone: Phone) -> None:
    for _ in range(3):
        phone.sandbox.clock.advance("PT4M")
        phone.send(operations.get_profile())
    phone.sandbox.clock.advance("PT5M")
    answer = phone.call("GET", "/v1/me")
    assert_problem(answer, 401, "session_expired")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_session_ends_after_half_an_hour_whatever_it_does(phone: Phone) -> None:
    for _ in range(7):
        phone.sandbox.clock.advance("PT4M")
        phone.send(operations.get_profile())
    phone.sandbox.clock.advance("PT2M")
    assert_problem(phone.call("GET", "/v1/me"), 401, "session_expired")


def test_logging_out_ends_both_tokens(phone: Phone) -> None:
    assert phone.call("DELETE", "/v1/sessions/current").status_code == 204
    assert_problem(phone.call("GET", "/v1/me"), 401, "session_expired")
    refreshed = phone.sandbox.call("POST", "/v1/sessions/refresh", json={"refresh_token": phone.refresh_token})
    assert_problem(refreshed, 401, "session_expired")


def test_a_refresh_rotates_both_tokens(phone: Phone) -> None:
    answer = phone.sandbox.call("POST", "/v1/sessions/refresh", json={"refresh_token": phone.refresh_token})
    assert answer.status_code == 201
    assert_problem(phone.call("GET", "/v1/me"), 401, "invalid_token")
    phone.token = answer.json()["access_token"]
    phone.send(operations.get_profile())


def test_a_spent_refresh_token_ends_the_whole_family(phone: Phone) -> None:
    spent = phone.refresh_token
    renewed = phone.sandbox.call("POST", "/v1/sessions/refresh", json={"refresh_token": spent}).json()
    assert_problem(
        phone.sandbox.call("POST", "/v1/sessions/refresh", json={"refresh_token": spent}), 401, "refresh_token_reused"
    )
    phone.token = renewed["access_token"]
    assert_problem(phone.call("GET", "/v1/me"), 401, "session_expired")
    late = phone.sandbox.call("POST", "/v1/sessions/refresh", json={"refresh_token": renewed["refresh_token"]})
    assert_problem(late, 401, "session_expired")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer nope", "Bearer \u00ff"])
def test_without_a_good_token_there_is_no_session(bank: Sandbox, header: str) -> None:
    answer = bank.call("GET", "/v1/me", headers={"Authorization": header.encode("latin-1")})
    assert_problem(answer, 401, "invalid_token")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_login_without_fields_names_them_all(bank: Sandbox) -> None:
    answer = bank.call("POST", "/v1/sessions", json={"device": {"id": "x", "platform": "fridge"}})
    assert failing(assert_problem(answer, 422, "validation_failed")) == {
        "username": "required",
        "password": "required",
        "device.name": "required",
        "device.platform": "not_an_option",
    }


def test_a_password_is_never_in_an_answer_or_the_journal(phone: Phone) -> None:
    entries = phone.sandbox.send(operations.list_requests(operation_id="createSession"))["items"]
    assert entries[0]["request"]["body"]["password"] == "[redacted]"
    assert entries[0]["response"]["body"]["access_token"] == "[redacted]"
    assert phone.member["password"] not in str(entries)
    assert phone.token not in str(phone.sandbox.send(operations.list_requests()))
