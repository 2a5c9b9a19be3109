"""Beneficiaries of the cooperative's own accounts."""

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import assert_problem
from tests.bank.transfers.test_transfers import befriend, other_member


def number_of(member: dict) -> str:
    return str(next(account["number"] for account in member["accounts"] if account["type"] == "savings"))


def test_a_lookup_tells_whose_account_it_is(phone: Phone, bank: Sandbox) -> None:
    other = other_member(bank, phone)
    found = phone.call("POST", "/v1/account-holders/lookup", json={"account_number": number_of(other)}).json()
    assert found["name"] == other["name"]
    assert "X" in found["account_number"]


def test_an_account_that_does_not_exist_is_not_found(phone: Phone) -> None:
    answer = phone.call("POST", "/v1/account-holders/lookup", json={"account_number": "410000000000"})
    assert_problem(answer, 404, "account_holder_not_found")


def test_lookups_are_limited_and_say_when_to_come_back(phone: Phone) -> None:
    body = {"account_number": "410000000000"}
    answers = [phone.call("POST", "/v1/account-holders/lookup", json=body) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [404] * 20 + [429]
    assert_problem(answers[-1], 429, "rate_limited")
    assert 0 < int(answers[-1].headers["retry-after"]) <= 60
    assert "q=20;w=60" in answers[-1].headers["ratelimit-policy"]
    phone.sandbox.clock.advance("PT1M")
    assert phone.call("POST", "/v1/account-holders/lookup", json=body).status_code == 404


def test_a_beneficiary_counts_once_its_code_is_confirmed(phone: Phone, bank: Sandbox) -> None:
    other = next(m for m in bank.members.all() if m["persona"] is None)
    before = phone.send(operations.list_beneficiaries())["items"]
    body = {"kind": "cooperative", "account_number": number_of(other), "maximum_amount": "50.00", "alias": "Vecina"}
    made = phone.call("POST", "/v1/beneficiaries", json=body).json()
    assert made["status"] == "pending_confirmation"
    assert phone.send(operations.list_beneficiaries())["items"] == before
    confirmed = phone.confirm(made["challenge"]["id"])
    assert confirmed["operation"] == {"kind": "beneficiary", "id": made["id"]}
    assert confirmed["resource"]["status"] == "active"
    assert phone.send(operations.list_beneficiaries())["items"][-1]["id"] == made["id"]


def test_the_same_account_twice_is_refused_also_by_way_of_two_codes(phone: Phone, bank: Sandbox) -> None:
    other = next(m for m in bank.members.all() if m["persona"] is None)
    body = {"kind": "cooperative", "account_number": number_of(other), "maximum_amount": "50.00"}
    first, second = (phone.call("POST", "/v1/beneficiaries", json=body).json() for _ in range(2))
    phone.confirm(first["challenge"]["id"])
    assert_problem(phone.call(phone.confirmation(second["challenge"]["id"])), 409, "beneficiary_exists")
    assert_problem(phone.call("POST", "/v1/beneficiaries", json=body), 409, "beneficiary_exists")


def test_ones_own_account_is_no_beneficiary(phone: Phone) -> None:
    body = {"kind": "cooperative", "account_number": number_of(phone.member), "maximum_amount": "50.00"}
    assert_problem(phone.call("POST", "/v1/beneficiaries", json=body), 422, "own_account_as_beneficiary")


def test_another_members_beneficiary_cannot_be_paid(phone: Phone, bank: Sandbox) -> None:
    other = other_member(bank, phone)
    beneficiary = befriend(phone, other)
    stranger = bank.phone(other)
    order = {
        "kind": "cooperative",
        "origin_account_id": stranger.savings()[0]["id"],
        "beneficiary_id": beneficiary["id"],
        "amount": "0.01",
    }
    assert_problem(stranger.call("POST", "/v1/transfers", json=order), 404, "not_found")
