"""Calls that reach two workers at the same moment: what one process does once, two do once.

Most tests are those of one process, with a client whose calls go to the two by turns.
"""

from collections import Counter
from collections.abc import Iterator

import httpx2 as httpx
import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import answered
from tests.bank.challenges.test_one_way_to_authorise import (  # noqa: F401  # tests, for the client below
    test_of_eight_transfers_of_the_whole_balance_one_is_accepted,
    test_twenty_simultaneous_confirms_move_the_money_once,
)
from tests.everything import BILL, billed_by, made
from tests.sandboxes.beside import Pair, at_once
from tests.sandboxes.routed import Routed, by_turns
from tests.sandboxes.test_side_by_side_on_a_server import (  # noqa: F401  # tests and a fixture, for the same
    pair,
    test_events_are_numbered_without_a_gap,
    test_two_members_who_pay_each_other_neither_wait_for_ever_nor_lose_a_cent,
)
from tests.sandboxes.test_two_processes import pair as processes  # noqa: F401  # a fixture
from tests.transport import bank_of

pytest.importorskip("psycopg", reason="psycopg is not installed")
pytestmark = pytest.mark.workers


@pytest.fixture
def client(processes: Pair) -> Iterator[httpx.Client]:  # noqa: F811  # pytest gives it the fixture of that name
    with Routed(processes, by_turns(processes)) as client:
        yield client


@pytest.fixture
def name(client: httpx.Client, request: pytest.FixtureRequest) -> Iterator[str]:
    """A sandbox of the test's own, its clock frozen."""
    name = f"once-{abs(hash(request.node.name)) % 10**9}"
    answered(client.post("/_sandbox/sandboxes", json={"name": name, "clock": {"rate": 0}}))
    yield name
    client.delete(f"/_sandbox/sandboxes/{name}")


@pytest.fixture
def bank(client: httpx.Client, name: str) -> Sandbox:
    return bank_of(client, name)


@pytest.fixture
def phone(bank: Sandbox) -> Phone:
    return bank.phone("al-dia")


def told(answers: list[httpx.Response]) -> Counter[str]:
    """How often each answer came, by the code of a refusal or else by its status."""
    return Counter(str(answer.status_code) if answer.is_success else str(answer.json()["code"]) for answer in answers)


def test_a_bill_is_paid_by_one(bank: Sandbox, pair: tuple[Phone, Phone]) -> None:  # noqa: F811  # as above
    orders = []
    for phone in pair:
        inquiry = made(phone, "/bill-inquiries", {"biller_id": billed_by(phone, "EEQ"), "reference": BILL})["id"]
        orders.append({"origin_account_id": phone.savings()[0]["id"], "inquiry_id": inquiry})
    calls = [
        lambda phone=phone, order=order: phone.call("POST", "/v1/service-payments", json=order)
        for phone, order in zip(pair, orders, strict=True)
    ]
    assert told(at_once(*calls)) == {"201": 1, "bill_already_paid": 1}
    bank.ledger.assert_balanced()


def test_what_is_ordered_on_a_day_is_not_more_than_its_limit(bank: Sandbox, phone: Phone) -> None:
    caps = {"items": [{"kind": "own", "per_transaction": "40.00", "per_day": "100.00"}]}
    answered(phone.call("PUT", "/v1/me/limits", json=caps))
    order = phone.order("40.00")
    calls = [lambda: phone.call("POST", "/v1/transfers", json=order)] * 6
    assert told(at_once(*calls)) == {"201": 2, "own_limit_exceeded": 4}
    bank.ledger.assert_balanced()


def test_every_wrong_code_counts(bank: Sandbox, phone: Phone) -> None:
    challenge = phone.transfer("5.00")["challenge"]["id"]
    wrong = phone.confirmation(challenge, phone.wrong_code())
    assert told(at_once(*[lambda: phone.call(wrong)] * 6)) == {"wrong_code": 2, "challenge_locked": 4}
    assert phone.send(operations.get_challenge(challenge))["status"] == "locked"
    bank.ledger.assert_balanced()


def test_a_refresh_token_is_used_once(phone: Phone) -> None:
    body = {"refresh_token": phone.refresh_token}
    calls = [lambda: phone.sandbox.call("POST", "/v1/sessions/refresh", json=body)] * 6
    assert told(at_once(*calls))["201"] == 1
