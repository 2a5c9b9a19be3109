"""The manual's chapter 1, «Mi Perfil», step by step."""

import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json, assert_problem, failing

NEW = "Cambiada9@"


def change(phone: Phone, **changes: str) -> Json:
    current = phone.member["password"]
    return {
        "username": phone.member["username"], "current_password": current, "new_password": NEW, "confirmation": NEW,
    } | changes  # fmt: skip


def test_actualizar_contrasena(phone: Phone, bank: Sandbox) -> None:
    other = bank.phone(phone.member)
    started = phone.call("POST", "/v1/me/password-changes", json=change(phone)).json()
    assert bank.call("POST", "/v1/sessions", json=phone.credentials()).status_code == 201  # not yet
    assert phone.confirm(started["challenge"]["id"])["resource"]["status"] == "completed"
    assert_problem(bank.call("POST", "/v1/sessions", json=phone.credentials()), 401, "invalid_credentials")
    assert bank.call("POST", "/v1/sessions", json=phone.credentials() | {"password": NEW}).status_code == 201
    phone.send(operations.get_profile())
    assert_problem(other.call("GET", "/v1/me"), 401, "session_expired")
    assert phone.send(operations.list_notifications())["items"][1]["kind"] == "password_change"


def test_everything_wrong_with_a_new_password_is_told(phone: Phone) -> None:
    answer = phone.call("POST", "/v1/me/password-changes", json=change(phone, new_password="abc--", confirmation="x"))
    problem = assert_problem(answer, 422, "password_not_allowed")
    codes = {error["code"] for error in problem["errors"]}
    assert codes == {"length", "upper", "digit", "repeat", "confirmation"}
    assert "Incluir una mayúscula" in [error["message"] for error in problem["errors"]]
    wrong = phone.call(
        "POST", "/v1/me/password-changes", json=change(phone, username="otra12345", current_password="x")
    )
    assert failing(assert_problem(wrong, 422, "current_credential_wrong")) == {
        "username": "wrong",
        "current_password": "wrong",
    }
    same = phone.member["password"]
    again = phone.call("POST", "/v1/me/password-changes", json=change(phone, new_password=same, confirmation=same))
    assert failing(assert_problem(again, 422, "password_not_allowed")) == {"new_password": "changed"}


def test_actualizar_usuario(phone: Phone, bank: Sandbox) -> None:
    wanted = {"current_username": phone.member["username"], "new_username": "Rosita2026", "confirmation": "Rosita2026"}
    assert bank.call("GET", "/v1/usernames/rosita2026/availability").json()["available"] is True
    started = phone.call("POST", "/v1/me/username-changes", json=wanted).json()
    phone.confirm(started["challenge"]["id"])
    assert bank.call("GET", "/v1/usernames/ROSITA2026/availability").json()["available"] is False
    assert bank.call("POST", "/v1/sessions", json=phone.credentials() | {"username": "rosita2026"}).status_code == 201
    assert_problem(bank.call("POST", "/v1/sessions", json=phone.credentials()), 401, "invalid_credentials")


def test_a_username_is_given_once_also_by_way_of_two_codes(phone: Phone, bank: Sandbox) -> None:
    other = bank.phone("premium")
    starts = []
    for one in (phone, other):
        wanted = {"current_username": one.member["username"], "new_username": "mismo2026", "confirmation": "mismo2026"}
        starts.append(one.call("POST", "/v1/me/username-changes", json=wanted).json()["challenge"]["id"])
    phone.confirm(starts[0])
    assert_problem(other.call(other.confirmation(starts[1])), 409, "username_taken")
    taken = {"current_username": other.member["username"], "new_username": "MISMO2026", "confirmation": "MISMO2026"}
    assert_problem(other.call("POST", "/v1/me/username-changes", json=taken), 409, "username_taken")


def test_the_availability_of_what_is_no_username_tells_why(bank: Sandbox) -> None:
    found = bank.call("GET", "/v1/usernames/abc/availability").json()
    assert (found["available"], found["valid"]) == (False, False)
    assert [rule["id"] for rule in found["rules"] if not rule["passed"]] == ["length", "digit"]


def test_mis_dispositivos_replaces_in_one_step(phone: Phone, bank: Sandbox) -> None:
    old = phone.send(operations.list_devices())["items"][0]
    new = {"id": "dev-2", "name": "Tablet", "platform": "android"}
    assert_problem(phone.call("POST", "/v1/me/devices", json=new), 409, "device_limit_reached")
    started = phone.call("POST", "/v1/me/devices", json=new | {"replaces": old["id"]}).json()
    phone.confirm(started["challenge"]["id"])
    assert_problem(phone.call("GET", "/v1/me"), 401, "session_expired")
    assert bank.call("POST", "/v1/sessions", json=phone.credentials() | {"device": new}).status_code == 201


def test_mis_dispositivos_deletes_and_then_any_may_register(phone: Phone, bank: Sandbox) -> None:
    device = phone.send(operations.list_devices())["items"][0]["id"]
    started = phone.call("DELETE", f"/v1/me/devices/{device}").json()
    phone.confirm(started["challenge"]["id"])
    assert_problem(phone.call("GET", "/v1/me"), 401, "session_expired")
    phone.log_in()
    assert phone.send(operations.list_devices())["items"] == []
    new = {"id": "dev-2", "name": "Tablet", "platform": "android"}
    started = phone.call("POST", "/v1/me/devices", json=new).json()
    phone.confirm(started["challenge"]["id"])
    assert [device["name"] for device in phone.send(operations.list_devices())["items"]] == ["Tablet"]


def test_ones_own_limits_are_kept(phone: Phone) -> None:
    caps = {"items": [{"kind": "own", "per_transaction": "20.00", "per_day": "30.00"}]}
    shown = phone.call("PUT", "/v1/me/limits", json=caps).json()["items"][0]
    assert (shown["own_per_transaction"], shown["own_per_day"], shown["left_today"]) == ("20.00", "30.00", "30.00")
    assert_problem(phone.call("POST", "/v1/transfers", json=phone.order("20.01")), 422, "own_limit_exceeded")
    phone.transfer("20.00")
    assert_problem(phone.call("POST", "/v1/transfers", json=phone.order("10.01")), 422, "own_limit_exceeded")
    phone.transfer("10.00")
    phone.call("PUT", "/v1/me/limits", json={"items": [{"kind": "own", "per_transaction": None, "per_day": None}]})
    phone.transfer("30.00")


@pytest.mark.parametrize("name", ["per_transaction", "per_day"])
def test_ones_own_limit_is_never_above_the_rules(phone: Phone, name: str) -> None:
    answer = phone.call("PUT", "/v1/me/limits", json={"items": [{"kind": "interbank", name: "999999.00"}]})
    assert failing(assert_problem(answer, 422, "limit_exceeded")) == {f"items.0.{name}": "over_the_rule"}
