"""Devices, limits and notices belong to their member."""

from sandbox.testing import Phone, operations
from tests import everything
from tests.answers import Json, assert_problem
from tests.content import contents
from tests.ownership import assert_done, assert_not_found, owner, stranger

__all__ = ["owner", "stranger"]
NEW_PHONE = {"id": "dev-nuevo", "name": "Teléfono nuevo", "platform": "ios"}


def device(phone: Phone) -> str:
    (found,) = phone.send(operations.list_devices())["items"]
    return str(found["id"])


def test_a_device_is_deleted_and_replaced_by_its_member_alone(owner: Phone, stranger: Phone) -> None:
    theirs = device(owner)
    assert theirs != device(stranger)
    assert_not_found(stranger, "DELETE", f"/me/devices/{theirs}")
    assert_not_found(stranger, "POST", "/me/devices", NEW_PHONE | {"replaces": theirs})
    assert_done(owner, "POST", "/me/devices", 201, NEW_PHONE | {"replaces": theirs})
    assert_done(owner, "DELETE", f"/me/devices/{theirs}", 201)


def test_a_second_device_is_not_made_room_for_by_another_members(owner: Phone, stranger: Phone) -> None:
    """Without the member's own device the limit is not reached: the id is refused for whose it is."""
    everything.confirmed(stranger, assert_done(stranger, "DELETE", f"/me/devices/{device(stranger)}", 201))
    given = stranger.sandbox.members.session(stranger.member["id"])
    stranger.token = given["access_token"]
    assert_not_found(stranger, "POST", "/me/devices", NEW_PHONE | {"replaces": device(owner)})
    assert_done(stranger, "POST", "/me/devices", 201, NEW_PHONE)


def test_a_password_change_ends_the_members_other_sessions_alone(owner: Phone, stranger: Phone) -> None:
    elsewhere = Phone(stranger.sandbox, stranger.member).log_in()
    wanted = {
        "username": stranger.member["username"], "current_password": stranger.member["password"],
        "new_password": "Otra2026@", "confirmation": "Otra2026@",
    }  # fmt: skip
    everything.confirmed(stranger, everything.made(stranger, "/me/password-changes", wanted))
    assert_problem(elsewhere.call("GET", "/v1/me"), 401, "session_expired")
    assert owner.send(operations.get_profile())["id"] == owner.member["id"]
    assert stranger.send(operations.get_profile())["id"] == stranger.member["id"]


def test_credentials_are_not_changed_in_another_members_name(owner: Phone, stranger: Phone) -> None:
    before = contents(owner.sandbox)
    password: Json = {
        "username": owner.member["username"], "current_password": owner.member["password"],
        "new_password": "Otra2026@", "confirmation": "Otra2026@",
    }  # fmt: skip
    username = {
        "current_username": owner.member["username"], "new_username": "otra2026", "confirmation": "otra2026",
    }  # fmt: skip
    for path, body in (("/me/password-changes", password), ("/me/username-changes", username)):
        assert_problem(stranger.call("POST", f"/v1{path}", json=body), 422, "current_credential_wrong")
    assert contents(owner.sandbox) == before
    assert_done(owner, "POST", "/me/password-changes", 201, password)
    assert_done(owner, "POST", "/me/username-changes", 201, username)


def test_limits_and_their_use_are_each_members_own(owner: Phone, stranger: Phone) -> None:
    before = stranger.send(operations.get_limits())
    everything.confirmed(owner, owner.transfer("1.00"))
    caps = {"items": [{"kind": "own", "per_transaction": "5.00", "per_day": "5.00"}]}
    assert_done(owner, "PUT", "/me/limits", 200, caps)
    assert stranger.send(operations.get_limits()) == before
    assert owner.send(operations.get_limits()) != before


def test_notices_are_shown_to_their_member_alone(owner: Phone, stranger: Phone) -> None:
    before = stranger.send(operations.list_notifications())["items"]
    everything.confirmed(owner, owner.transfer("1.00"))
    assert owner.send(operations.list_notifications())["items"][0]["kind"] == "transfer"
    assert stranger.send(operations.list_notifications())["items"] == before
    assert len(before) == 1
