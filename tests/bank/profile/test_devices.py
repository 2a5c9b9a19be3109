"""A device has two ids: the one that the app gave itself, and the one that the bank gave its registration."""

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json, assert_problem

TABLET: Json = {"id": "dev-2", "name": "Tablet", "platform": "android"}
HINT = "Ese es el «device_id» que la app se dio. Usa el «id» de la lista de dispositivos."


def test_the_app_finds_itself_in_the_list(phone: Phone) -> None:
    (device,) = phone.send(operations.list_devices())["items"]
    assert (device["device_id"], device["current"]) == (phone.member["device"]["id"], True)
    assert device["id"].startswith("dev_")
    assert phone.send(operations.get_session())["device"] == device


def test_a_device_is_not_current_in_the_session_of_another(phone: Phone) -> None:
    old = phone.send(operations.list_devices())["items"][0]
    going = phone.call("DELETE", f"/v1/me/devices/{old['id']}").json()["challenge"]["id"]
    phone.confirm(going)
    phone.log_in()  # while none is registered, a session has no device
    registered = phone.call("POST", "/v1/me/devices", json=TABLET).json()["challenge"]["id"]
    phone.confirm(registered)
    (device,) = phone.send(operations.list_devices())["items"]
    assert (device["device_id"], device["current"]) == ("dev-2", False)
    phone.member["device"] = TABLET
    phone.log_in()
    assert phone.send(operations.list_devices())["items"] == [device | {"current": True}]


def test_who_sends_the_id_that_the_app_gave_itself_is_told_which_one_to_send(phone: Phone) -> None:
    own = phone.member["device"]["id"]
    for method, path, body in (
        ("DELETE", f"/me/devices/{own}", None),
        ("POST", "/me/devices", TABLET | {"replaces": own}),
    ):
        problem = assert_problem(phone.call(method, f"/v1{path}", json=body), 404, "not_found")
        assert problem["detail"] == HINT


def test_the_id_of_another_members_app_is_told_nothing_of(phone: Phone, bank: Sandbox) -> None:
    theirs = bank.members.persona("premium")["device"]["id"]
    assert theirs != phone.member["device"]["id"]
    problem = assert_problem(phone.call("DELETE", f"/v1/me/devices/{theirs}"), 404, "not_found")
    assert problem["detail"] == "No existe lo que buscas."
