"""Beneficiaries belong to the member who registered them."""

from sandbox.testing import Phone, operations
from tests import everything
from tests.answers import assert_problem
from tests.ownership import assert_done, assert_not_found, beneficiary, owner, stranger

__all__ = ["owner", "stranger"]
LOOKUPS_A_MINUTE = 20


def test_a_beneficiary_is_shown_edited_and_deleted_by_its_member_alone(owner: Phone, stranger: Phone) -> None:
    path = f"/beneficiaries/{beneficiary(owner, 'interbank')}"
    for method, body in (
        ("GET", None),
        ("PATCH", {"alias": "Otra"}),
        ("PATCH", {"maximum_amount": "1.00"}),
        ("PATCH", {"maximum_amount": "9000.00"}),
        ("DELETE", None),
    ):
        assert_not_found(stranger, method, path, body)
    for method, body, status in (("GET", None, 200), ("PATCH", {"alias": "Otra"}, 200), ("DELETE", None, 204)):
        assert_done(owner, method, path, status, body)


def test_no_search_finds_another_members_beneficiaries(owner: Phone, stranger: Phone) -> None:
    mine = {each["id"] for each in stranger.send(operations.list_beneficiaries())["items"]}
    assert mine.isdisjoint(each["id"] for each in owner.send(operations.list_beneficiaries())["items"])
    assert len(mine) == 1
    for search in ("Carmen", "2203344556"):
        assert stranger.send(operations.list_beneficiaries(q=search))["items"] == []
        assert len(owner.send(operations.list_beneficiaries(q=search))["items"]) == 1


def test_two_members_may_register_the_same_account(owner: Phone, stranger: Phone) -> None:
    """What is a duplicate within one member's own is none between two."""
    number = owner.sandbox.members.persona("historia-larga")["accounts"][0]["number"]
    wanted = {"kind": "cooperative", "account_number": number, "maximum_amount": "5.00"}
    for phone in (owner, stranger):
        made = everything.made(phone, "/beneficiaries", wanted)
        assert everything.confirmed(phone, made)["status"] == "active"
        assert_problem(phone.call("POST", "/v1/beneficiaries", json=wanted), 409, "beneficiary_exists")


def test_look_ups_are_counted_for_each_member(owner: Phone, stranger: Phone) -> None:
    number = {"account_number": owner.sandbox.members.persona("premium")["accounts"][0]["number"]}
    answers = [owner.call("POST", "/v1/account-holders/lookup", json=number) for _ in range(LOOKUPS_A_MINUTE + 1)]
    assert [answer.status_code for answer in answers[:-1]] == [200] * LOOKUPS_A_MINUTE
    assert_problem(answers[-1], 429, "rate_limited")
    assert stranger.call("POST", "/v1/account-holders/lookup", json=number).status_code == 200
