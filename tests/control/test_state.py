"""The state a test needs, put in place at once."""

import httpx2 as httpx
import pytest

from sandbox.sandboxes.leases import Leases
from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json, assert_problem, failing
from tests.databases import database
from tests.transport import registry_of


def patch(phone: Phone, body: Json) -> httpx.Response:
    return phone.sandbox.call("PATCH", f"/_sandbox/members/{phone.member['id']}", json=body)


def test_a_member_is_locked_and_unlocked(phone: Phone, bank: Sandbox) -> None:
    assert patch(phone, {"locked_minutes": 30}).status_code == 200
    assert_problem(bank.call("POST", "/v1/sessions", json=phone.credentials()), 423, "access_locked")
    bank.clock.advance("PT30M")
    phone.log_in()
    patch(phone, {"locked_minutes": 5})
    patch(phone, {"locked_minutes": 0})
    phone.log_in()


def test_a_password_is_set_and_told(phone: Phone, bank: Sandbox) -> None:
    assert patch(phone, {"password": "Distinta7@"}).json()["password"] == "Distinta7@"
    assert_problem(bank.call("POST", "/v1/sessions", json=phone.credentials()), 401, "invalid_credentials")
    phone.member["password"] = "Distinta7@"
    phone.log_in()


def test_what_is_left_out_stays(phone: Phone) -> None:
    before = phone.sandbox.members.get(phone.member["id"])
    after = patch(phone, {"segment": "premium"}).json()
    assert after == before | {"segment": "premium"}


def test_a_patch_that_makes_no_sense_is_told_whole(phone: Phone) -> None:
    told = assert_problem(patch(phone, {"status": "dead", "phone": "12", "nope": 1}), 422, "validation_failed")
    assert failing(told) == {"status": "not_an_option", "phone": "bad_format", "nope": "unknown_field"}


def test_a_session_comes_without_the_login(bank: Sandbox) -> None:
    locked = bank.members.persona("bloqueada")
    phone = Phone(bank, locked)
    phone.token = bank.members.session(locked["id"])["access_token"]
    assert phone.send(operations.get_profile())["id"] == locked["id"]


def test_things_there_are_not(bank: Sandbox) -> None:
    nothing = "0" * 32
    for method, path, body in (
        ("PATCH", f"/members/mem_{nothing}", {}),
        ("PATCH", f"/accounts/acc_{nothing}", {"status": "active"}),
        ("PATCH", f"/cards/crd_{nothing}", {}),
        ("POST", f"/accounts/acc_{nothing}/holds", {"amount": "1.00"}),
        ("DELETE", f"/holds/hld_{nothing}", None),
        ("POST", f"/members/mem_{nothing}/session", None),
        ("DELETE", f"/members/mem_{nothing}/lease", None),
    ):
        assert_problem(bank.call(method, f"/_sandbox{path}", json=body), 404, "not_found")


def test_more_than_there_is_cannot_be_held(phone: Phone) -> None:
    account = phone.savings()[0]["id"]
    answer = phone.sandbox.call("POST", f"/_sandbox/accounts/{account}/holds", json={"amount": "999999.00"})
    assert_problem(answer, 409, "insufficient_funds")
    phone.sandbox.ledger.assert_balanced()


def test_a_hold_of_an_operation_is_not_lifted_from_outside(phone: Phone, client: httpx.Client) -> None:
    phone.transfer("1.00")
    bank = registry_of(client).get(phone.sandbox.name)
    (hold,) = database(bank).execute("SELECT max(id) FROM hold").fetchone()
    assert_problem(phone.sandbox.call("DELETE", f"/_sandbox/holds/{bank.ids.name('hld', hold)}"), 404, "not_found")


def test_leased_members_are_everybodys_own(bank: Sandbox) -> None:
    taken = [bank.send(operations.lease_member({}))["member"] for _ in range(8)]
    assert len({member["id"] for member in taken}) == 8
    assert all(member["persona"] is None for member in taken)
    for member in taken:
        bank.phone(member)
    bank.send(operations.release_member(taken[3]["id"]))
    bank.reset()
    more = [bank.send(operations.lease_member({}))["member"]["id"] for _ in range(12)]
    assert not {member["id"] for member in taken if member is not taken[3]} & set(more)


def test_a_lease_meets_the_traits_or_is_refused(bank: Sandbox) -> None:
    traits = {"savings_accounts": 2, "balance": "50.00", "beneficiaries": 1}
    member = bank.send(operations.lease_member({"traits": traits}))["member"]
    phone = bank.phone(member)
    assert len([each for each in phone.savings() if float(each["available_balance"]) >= 50]) >= 2
    assert phone.send(operations.list_beneficiaries())["items"]
    named = bank.send(operations.lease_member({"traits": {"persona": "premium"}}))["member"]
    assert named["persona"] == "premium"
    again = bank.call("POST", "/_sandbox/members/lease", json={"traits": {"persona": "premium"}})
    assert_problem(again, 409, "no_member_free")
    rich = bank.call("POST", "/_sandbox/members/lease", json={"traits": {"balance": "9999999.00"}})
    assert_problem(rich, 409, "no_member_free")


@pytest.mark.parametrize(
    "traits",
    [
        {"cards": 2},
        {"segment": "premium", "balance": "9999999.00"},
        {"savings_accounts": 9, "balance": "1234.56", "beneficiaries": 12, "cards": 1},
    ],
)
def test_a_lease_makes_a_member_where_none_is_free(bank: Sandbox, traits: Json) -> None:
    before = len(bank.members.all())
    assert_problem(bank.call("POST", "/_sandbox/members/lease", json={"traits": traits}), 409, "no_member_free")
    made = bank.send(operations.lease_member({"traits": traits, "create": True}))["member"]
    assert len(bank.members.all()) == before + 1
    assert made["segment"] == traits.get("segment", "standard")
    phone = bank.phone(made)
    assert len(phone.send(operations.list_cards())["items"]) == traits.get("cards", 0)
    assert len(phone.send(operations.list_beneficiaries())["items"]) == traits.get("beneficiaries", 0)
    assert len(phone.savings()) == traits.get("savings_accounts", 1)
    assert {each["available_balance"] for each in phone.savings()} == {traits.get("balance", "500.00")}
    bank.ledger.assert_balanced()
    # Nobody else gets the member; given back, it is found and no other one is made.
    other = bank.send(operations.lease_member({"traits": traits, "create": True}))["member"]
    assert other["id"] != made["id"]
    bank.send(operations.release_member(made["id"]))
    again = bank.send(operations.lease_member({"traits": traits, "create": True}))["member"]
    assert again["id"] == made["id"]


def test_a_persona_is_never_made(bank: Sandbox) -> None:
    for name in ("premium", "nadie"):
        wanted = {"traits": {"persona": name}, "create": True}
        bank.call("POST", "/_sandbox/members/lease", json=wanted)
        assert_problem(bank.call("POST", "/_sandbox/members/lease", json=wanted), 409, "no_member_free")


def test_a_lease_runs_out() -> None:
    moment = 0.0
    leases = Leases(lambda: moment)
    assert leases.take([1, 2], 10) == 1
    assert leases.take([1, 2], 10) == 2
    assert leases.take([1, 2], 10) is None
    assert leases.live() == 2
    moment = 10.0
    assert leases.live() == 0
    assert not leases.release(2)
    assert leases.take([1, 2], 10) == 1
    assert leases.release(1)
    assert leases.take([1], 10) == 1
