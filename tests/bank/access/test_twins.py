"""Two sandboxes of one seed, and one before and after a reset: same requests give the same bytes, and what one person
holds never opens what another has."""

from collections.abc import Iterator

import httpx2 as httpx
import pytest

from sandbox.testing import Phone, Sandbox
from tests.answers import Json, assert_problem
from tests.bank.access.test_manual_walk import NEW_PHONE, PASSWORD, Handset, identity
from tests.transport import bank_of

HERS, HIS = "al-dia", "premium"


@pytest.fixture
def twin(client: httpx.Client, bank: Sandbox) -> Iterator[Sandbox]:
    name = f"{bank.name}-twin"
    made = client.post("/_sandbox/sandboxes", json={"name": name, "clock": {"rate": 0}})
    assert made.status_code == 201, made.text
    yield bank_of(client, name)
    client.delete(f"/_sandbox/sandboxes/{name}")


def with_token(bank: Sandbox, token: str) -> httpx.Response:
    return bank.call("GET", "/v1/me", headers={"Authorization": f"Bearer {token}"})


def test_the_same_member_gets_the_same_tokens_and_ids(bank: Sandbox, twin: Sandbox) -> None:
    both = []
    for each in (bank, twin):
        phone = each.phone(HERS)
        recovery = each.call("POST", "/v1/recoveries/password", json=identity(phone.member)).json()
        both.append((phone.session, phone.transfer(), recovery))
    assert both[0] == both[1]


def test_a_token_opens_no_other_members_session_in_a_twin(bank: Sandbox, twin: Sandbox) -> None:
    hers, his = bank.phone(HERS), twin.phone(HIS)
    assert_problem(with_token(twin, hers.token), 401, "invalid_token")
    assert_problem(with_token(bank, his.token), 401, "invalid_token")
    for token in (hers.refresh_token, hers.token):
        refreshed = twin.call("POST", "/v1/sessions/refresh", json={"refresh_token": token})
        assert_problem(refreshed, 401, "invalid_token")
    renewed = bank.call("POST", "/v1/sessions/refresh", json={"refresh_token": hers.refresh_token}).json()
    his_renewed = twin.call("POST", "/v1/sessions/refresh", json={"refresh_token": his.refresh_token}).json()
    assert renewed["access_token"] != his_renewed["access_token"]
    assert_problem(with_token(twin, renewed["access_token"]), 401, "invalid_token")


def test_nor_does_the_token_of_another_device_of_the_same_member(bank: Sandbox, twin: Sandbox) -> None:
    hers = bank.phone(HERS)
    replaced = twin.members.persona(HERS)
    replacing = {"username": replaced["username"], "password": replaced["password"], "device": NEW_PHONE}
    challenge = twin.call("POST", "/v1/sessions/device-replacements", json=replacing).json()["challenge"]["id"]
    twin.call("POST", f"/v1/challenges/{challenge}/confirm", json={"code": twin.inbox.code(challenge)})
    assert_problem(with_token(twin, hers.token), 401, "invalid_token")


def test_nor_does_a_token_given_by_the_control_plane(bank: Sandbox, twin: Sandbox) -> None:
    hers = bank.members.session(bank.members.persona(HERS)["id"])
    twin.members.session(twin.members.persona(HIS)["id"])
    assert_problem(with_token(twin, hers["access_token"]), 401, "invalid_token")


def test_a_token_from_before_a_reset_opens_no_other_members_session(bank: Sandbox) -> None:
    hers = bank.phone(HERS)
    bank.reset()
    bank.phone(HIS)
    assert_problem(with_token(bank, hers.token), 401, "invalid_token")


def recover(bank: Sandbox, persona: str) -> Json:
    return bank.call("POST", "/v1/recoveries/password", json=identity(bank.members.persona(persona))).json()


def test_what_a_visitor_holds_opens_no_other_persons_recovery(bank: Sandbox, twin: Sandbox) -> None:
    hers, his = recover(bank, HERS), recover(twin, HIS)
    code = bank.inbox.code(hers["challenge"]["id"])
    path = f"/v1/challenges/{hers['challenge']['id']}"
    assert_problem(twin.call("GET", path), 404, "not_found")
    assert_problem(twin.call("POST", f"{path}/confirm", json={"code": code}), 404, "not_found")
    confirmed = twin.call(
        "POST", f"/v1/challenges/{his['challenge']['id']}/confirm",
        json={"code": twin.inbox.code(his["challenge"]["id"])},
    )  # fmt: skip
    assert confirmed.status_code == 200
    chosen = {"new_password": PASSWORD, "confirmation": PASSWORD}
    assert_problem(twin.call("PUT", f"/v1/recoveries/{hers['id']}/password", json=chosen), 404, "not_found")
    assert twin.inbox.code(his["challenge"]["id"]) != code


def test_nor_after_a_reset(bank: Sandbox) -> None:
    hers = recover(bank, HERS)
    bank.reset()
    recover(bank, HIS)
    assert_problem(bank.call("GET", f"/v1/challenges/{hers['challenge']['id']}"), 404, "not_found")


def test_the_code_of_one_operation_is_not_that_of_another(bank: Sandbox, twin: Sandbox) -> None:
    ours, theirs = bank.phone(HERS), twin.phone(HERS)
    transfer = ours.transfer()["challenge"]["id"]
    who = theirs.member
    wanted = {
        "username": who["username"],
        "current_password": who["password"],
        "new_password": PASSWORD,
        "confirmation": PASSWORD,
    }
    change = theirs.call("POST", "/v1/me/password-changes", json=wanted).json()["challenge"]["id"]
    assert transfer != change
    assert bank.inbox.code(transfer) != twin.inbox.code(change)


def test_a_nonce_is_for_one_device(bank: Sandbox, twin: Sandbox) -> None:
    for each, persona in ((bank, HERS), (twin, HIS)):
        phone: Phone = each.phone(persona)
        wanted = {"fingerprint": True, "face": False, "public_key": Handset().pem}
        assert phone.call("PUT", "/v1/me/access-methods", json=wanted).status_code == 200
    asked = [
        each.call(
            "POST",
            "/v1/sessions/biometric/challenge",
            json={"device_id": each.members.persona(persona)["device"]["id"]},
        ).json()
        for each, persona in ((bank, HERS), (twin, HIS))
    ]
    assert asked[0]["nonce"] != asked[1]["nonce"]
    assert asked[0]["id"] != asked[1]["id"]
