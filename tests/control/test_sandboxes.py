"""A bank for every test."""

import pytest

from tests.support import Phone, Sandbox, assert_problem


def test_what_happens_in_one_bank_is_unknown_in_another(phone: Phone, client) -> None:
    made = client.post("/_sandbox/sandboxes", json={"name": "neighbour"})
    assert made.status_code == 201
    neighbour = Sandbox(client, "neighbour")
    twin = neighbour.phone(neighbour.members()[0])
    transfer = phone.transfer("10.00")
    assert twin.get("/transfers")["items"] == []
    assert_problem(twin.call("GET", f"/transfers/{transfer['id']}"), 404, "not_found")
    client.delete("/_sandbox/sandboxes/neighbour")


def test_a_reset_brings_the_first_day_back(phone: Phone) -> None:
    before = phone.accounts()
    transfer = phone.transfer("10.00")
    phone.confirm(transfer["challenge"]["id"])
    phone.bank.advance("P1M")
    phone.bank.control("POST", "/reset")
    assert_problem(phone.call("GET", "/me"), 401, "invalid_token")
    phone.bank.freeze()
    phone.log_in()
    assert phone.accounts() == before
    assert phone.bank.control("GET", "/requests", params={"operation_id": "createTransfer"})["items"] == []
    phone.bank.assert_balanced()


def test_a_removed_bank_is_gone(client) -> None:
    client.post("/_sandbox/sandboxes", json={"name": "short-lived"})
    assert client.delete("/_sandbox/sandboxes/short-lived").status_code == 204
    assert_problem(client.get("/_sandbox/info", headers={"X-Sandbox": "short-lived"}), 404, "sandbox_not_found")
    assert_problem(client.delete("/_sandbox/sandboxes/short-lived"), 404, "sandbox_not_found")
    assert client.post("/_sandbox/sandboxes", json={"name": "short-lived"}).status_code == 201
    client.delete("/_sandbox/sandboxes/short-lived")


def test_the_default_bank_stays(client) -> None:
    assert_problem(client.delete("/_sandbox/sandboxes/default"), 409, "default_sandbox_stays")


def test_a_name_is_given_once(bank: Sandbox, client) -> None:
    assert_problem(client.post("/_sandbox/sandboxes", json={"name": bank.name}), 409, "sandbox_exists")
    names = [item["name"] for item in client.get("/_sandbox/sandboxes").json()["items"]]
    assert bank.name in names


@pytest.mark.parametrize(
    "name", ["", "..", "../x", "a/b", "A", "a b", "x" * 64, "-a", "a-", ".hidden", "a\\b", "ñ", "con:1"]
)
def test_no_path_can_be_smuggled_into_a_name(client, name: str) -> None:
    assert_problem(client.post("/_sandbox/sandboxes", json={"name": name}), 422, "invalid_sandbox_name")


def test_two_banks_of_the_same_seed_answer_alike(client) -> None:
    answers = []
    for name in ("twin-a", "twin-b"):
        client.post("/_sandbox/sandboxes", json={"name": name})
        bank = Sandbox(client, name)
        bank.freeze()
        phone = bank.phone(bank.members()[0])
        transfer = phone.transfer("10.00")
        confirmed = phone.confirm(transfer["challenge"]["id"])
        answers.append((phone.last, transfer, confirmed.content, phone.get("/me/notifications"), bank.audit()))
        client.delete(f"/_sandbox/sandboxes/{name}")
    assert answers[0] == answers[1]
