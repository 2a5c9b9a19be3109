"""Requests that overlap on a PostgreSQL server: each in a transaction of its own, and no cent is lost between them."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient

from sandbox.control.events import EVENTS
from sandbox.storage.queries import Query
from sandbox.storage.server.unit import ServerUnit
from sandbox.testing import Phone, Sandbox, operations
from tests.answers import answered
from tests.bank.transfers.test_transfers import befriend, to_beneficiary
from tests.sandboxes.test_on_a_server import conflicts, control, start  # noqa: F401  # fixtures
from tests.transport import bank_of, registry_of

pytestmark = pytest.mark.slow
AT_ONCE = 6
ROUNDS = 8


@pytest.fixture
def client(start: Callable[..., Any]) -> Iterator[TestClient]:  # noqa: F811  # pytest gives it the fixture of that name
    with start() as client:
        yield client


@pytest.fixture
def bank(client: TestClient) -> Sandbox:
    bank = bank_of(client)
    bank.clock.freeze()
    return bank


@pytest.fixture
def pair(bank: Sandbox) -> tuple[Phone, Phone]:
    """Two members who may pay each other."""
    first, second = (
        bank.phone(control(bank, "POST", "/members", json={"accounts": [{"balance": "900.00"}]})) for _ in "12"
    )
    befriend(first, second.member)
    befriend(second, first.member)
    return first, second


def at_once(works: list[Callable[[], Any]]) -> list[Any]:
    """What each gives, all begun at the same time."""
    with ThreadPoolExecutor(len(works)) as pool:
        return [running.result() for running in [pool.submit(work) for work in works]]


def pay(phone: Phone, other: Phone, amount: str) -> int:
    """Order a transfer to the other and confirm it; the status of the first that is refused, else of the last."""
    (beneficiary,) = phone.beneficiaries()
    made = phone.call("POST", "/v1/transfers", json=to_beneficiary(phone, beneficiary, amount))
    if made.status_code != 201:
        return made.status_code
    return phone.call(phone.confirmation(made.json())).status_code


def test_two_members_who_pay_each_other_neither_wait_for_ever_nor_lose_a_cent(
    client: TestClient, bank: Sandbox, pair: tuple[Phone, Phone]
) -> None:
    first, second = pair
    before = conflicts(client)
    for _ in range(ROUNDS):
        told = at_once([lambda: pay(first, second, "1.00"), lambda: pay(second, first, "1.00")])
        assert told == [200, 200]
    bank.ledger.assert_balanced()
    assert [phone.available(phone.savings()[0]["id"]) for phone in pair] == ["900.00", "900.00"]
    assert conflicts(client) == before  # accounts are locked in the order of their keys


def test_what_is_spent_at_once_is_not_more_than_there_is(bank: Sandbox, pair: tuple[Phone, Phone]) -> None:
    phone, _ = pair
    (beneficiary,) = phone.beneficiaries()
    order = to_beneficiary(phone, beneficiary, "200.00")
    told = at_once([lambda: phone.call("POST", "/v1/transfers", json=order)] * AT_ONCE)
    statuses = Counter(answer.status_code for answer in told)
    assert statuses == {201: 4, 409: AT_ONCE - 4}  # of 900.00
    bank.ledger.assert_balanced()


def test_a_code_is_taken_once(bank: Sandbox, pair: tuple[Phone, Phone]) -> None:
    phone, _ = pair
    (beneficiary,) = phone.beneficiaries()
    made = phone.call("POST", "/v1/transfers", json=to_beneficiary(phone, beneficiary, "10.00")).json()
    code = bank.inbox.code(made["challenge"]["id"])
    told = at_once([lambda: phone.call(phone.confirmation(made, code))] * AT_ONCE)
    assert Counter(answer.status_code for answer in told) == {200: 1, 409: AT_ONCE - 1}
    assert phone.available(phone.savings()[0]["id"]) == "890.00"
    bank.ledger.assert_balanced()


def test_every_wrong_password_counts(bank: Sandbox) -> None:
    member = bank.members.persona("al-dia")
    wrong = {"username": member["username"], "password": "Otra12345@", "device": member["device"]}
    told = at_once([lambda: bank.call("POST", "/v1/sessions", json=wrong)] * AT_ONCE)
    assert Counter(answer.json()["code"] for answer in told) == {"invalid_credentials": 2, "access_locked": AT_ONCE - 2}


def test_a_key_makes_one_transfer(bank: Sandbox, pair: tuple[Phone, Phone]) -> None:
    phone, _ = pair
    (beneficiary,) = phone.beneficiaries()
    order = to_beneficiary(phone, beneficiary, "10.00")
    headers = {"Idempotency-Key": "once"}
    told = at_once([lambda: phone.call("POST", "/v1/transfers", json=order, headers=headers)] * AT_ONCE)
    made = {answer.json()["id"] for answer in told if answer.status_code == 201}
    assert len(made) == 1
    assert len(answered(phone.call("GET", "/v1/transfers"))["items"]) == 1
    bank.ledger.assert_balanced()


def test_events_are_numbered_without_a_gap(client: TestClient, bank: Sandbox, pair: tuple[Phone, Phone]) -> None:
    first, second = pair
    at_once([lambda: pay(first, second, "1.00"), lambda: pay(second, first, "1.00")] * 3)
    kinds = Counter(each["kind"] for each in control(bank, "GET", "/events", params={"limit": 200})["items"])
    assert kinds["transfer.created"] == 6


def test_what_is_committed_while_one_looks_is_not_waited_for_in_vain(
    client: TestClient, bank: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, sandbox = ServerUnit.all, registry_of(client).get(bank.name)
    (latest,) = bank.send(operations.list_events(limit=1))["items"] or [{"id": None}]
    looked = 0

    async def all_and_then_another_commits(unit: ServerUnit, query: Query[Any], **params: object) -> list[Any]:
        nonlocal looked
        rows = await look(unit, query, **params)
        if query is EVENTS and unit.request_id != "test":
            looked += 1
            if looked == 1:
                other = sandbox.unit("test")
                other.record("member.made", 1, "mem", 1)
                await other.commit()
        return rows

    monkeypatch.setattr(ServerUnit, "all", all_and_then_another_commits)
    wanted = {"kind": "member.made", "wait": 20} | ({"after": latest["id"]} if latest["id"] else {})
    begun = time.monotonic()
    assert answered(bank.call("GET", "/_sandbox/events/next", params=wanted))["kind"] == "member.made"
    assert looked >= 2
    assert time.monotonic() - begun < 15
