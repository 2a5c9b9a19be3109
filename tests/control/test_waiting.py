"""Calls that wait, and what becomes of them when the sandbox goes, the server stops, or another bank takes its place."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, cast

import httpx2 as httpx
import pytest

from sandbox.sandboxes.sandbox import Sandbox as InMemory
from sandbox.testing import Sandbox, operations
from tests.answers import answered, assert_problem
from tests.transport import registry_of

_LONG = 60  # seconds that a call waits at most; a test waits half of it
MISSING = {"match": {"operation_id": "createTransfer"}, "wait": _LONG}


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as made:
        yield made


@pytest.fixture
def kept(bank: Sandbox, client: httpx.Client) -> InMemory:
    """The bank as its server knows it."""
    return registry_of(client).get(bank.name)


def until(is_so: Callable[[], object]) -> None:
    """Wait until it is so."""
    end = time.monotonic() + _LONG / 2
    while not is_so():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.005)


def in_time(answer: "Future[httpx.Response]") -> httpx.Response:
    """The answer, unless it only comes with the end of the wait."""
    return answer.result(timeout=_LONG / 2)


def verifying(pool: ThreadPoolExecutor, bank: Sandbox, kept: InMemory) -> "Future[httpx.Response]":
    """A call that waits for a request to be made."""
    answer = pool.submit(bank.call, "POST", "/_sandbox/requests/verify", json=MISSING)
    until(lambda: kept.notes.journal._added is not None)
    return answer


def test_no_request_is_waited_for_in_a_sandbox_that_is_gone(
    bank: Sandbox, kept: InMemory, client: httpx.Client, pool: ThreadPoolExecutor
) -> None:
    answer = verifying(pool, bank, kept)
    assert client.delete(f"/_sandbox/sandboxes/{bank.name}").status_code == 204
    assert_problem(in_time(answer), 404, "sandbox_not_found")


def test_no_request_is_waited_for_by_a_server_that_stops(
    bank: Sandbox, kept: InMemory, client: httpx.Client, pool: ThreadPoolExecutor
) -> None:
    answer = verifying(pool, bank, kept)
    cast(Any, client).portal.call(kept.send_listeners_home)
    assert answered(in_time(answer))["verified"] is False


def waiting(
    pool: ThreadPoolExecutor, bank: Sandbox, kept: InMemory, what: str, **wanted: object
) -> "Future[httpx.Response]":
    """A call that waits for the next message or event."""
    answer = pool.submit(bank.call, "GET", f"/_sandbox/{what}s/next", params={**wanted, "wait": _LONG})
    until(lambda: what in kept.feeds and kept.feeds[what]._waiting)
    return answer


def test_the_next_message_is_that_of_the_bank_that_took_its_place(
    bank: Sandbox, kept: InMemory, pool: ThreadPoolExecutor
) -> None:
    phone = bank.phone("al-dia")
    for _ in range(3):
        phone.transfer("5.00")
    (last,) = bank.send(operations.list_messages(order="newest", limit=1))["items"]
    answer = waiting(pool, bank, kept, "message", to=last["to"], after=last["id"])
    bank.reset()
    phone.log_in().transfer("5.00")
    first = bank.send(operations.list_messages(to=last["to"], limit=1))["items"]
    assert [answered(in_time(answer))] == first


def test_the_next_event_is_that_of_the_bank_that_took_its_place(
    bank: Sandbox, kept: InMemory, pool: ThreadPoolExecutor
) -> None:
    phone = bank.phone("al-dia")
    for _ in range(3):
        phone.transfer("5.00")
    (*_, last) = bank.send(operations.list_events())["items"]
    answer = waiting(pool, bank, kept, "event", kind="session", after=last["id"])
    bank.reset()
    phone.log_in()
    first = bank.send(operations.list_events(kind="session", limit=1))["items"]
    assert [answered(in_time(answer))] == first
