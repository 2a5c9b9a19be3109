"""What a sandbox keeps of its past, and what it does not delete."""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any, cast

import httpx2 as httpx
import pytest

from sandbox import background
from sandbox.app import create_app
from sandbox.control import retention
from sandbox.control.retention import BATCH, Bounds
from sandbox.kernel.clock import DAY
from sandbox.sandboxes.sandbox import Sandbox as Inner
from sandbox.settings import Settings
from sandbox.testing import Phone, Sandbox, operations
from tests import goldens
from tests.answers import Json, assert_problem
from tests.databases import file_of
from tests.transport import bank_of, registry_of, serving
from tests.waiting import until

pytestmark = pytest.mark.sqlite("writes rows with the keys that it gives")

EVERYTHING = Bounds(1_000_000, 1_000_000)
_KEYS = itertools.count(1)


class Past:
    """The tables of one sandbox, and a pass over them."""

    def __init__(self, client: httpx.Client, bank: Sandbox) -> None:
        self.portal = cast(Any, client).portal
        self.sandbox: Inner = registry_of(client).get(bank.name)

    def prune(self, events: int = EVERYTHING.events, messages: int = EVERYTHING.messages) -> None:
        self.portal.call(retention.prune, self.sandbox, Bounds(events, messages))

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run on the server's loop, between its transactions."""

        async def run() -> list[tuple[Any, ...]]:
            unit = self.sandbox.unit("test")
            found = await unit.in_bulk(lambda connection: connection.execute(statement, values).fetchall())
            await unit.commit()
            return found

        return self.portal.call(run)

    def ids(self, table: str, where: str = "1") -> list[int]:
        return [key for (key,) in self.sql(f"SELECT id FROM {table} WHERE {where} ORDER BY id")]

    def add_events(self, number: int) -> list[int]:
        for _ in range(number):
            self.sql(
                "INSERT INTO event (moment, kind, subject, subject_id, request_id, data)"
                " VALUES (1, 'test.event', 'trf', 1, 'x', '{}')"
            )
        return self.ids("event")


@pytest.fixture
def past(client: httpx.Client, bank: Sandbox) -> Past:
    return Past(client, bank)


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_the_newest_events_are_kept(past: Past, more: int) -> None:
    there = past.add_events(7)
    past.prune(events=7 + more)
    assert past.ids("event") == there[-7 - more :]


def test_pruned_events_are_gone_from_the_list_and_the_newest_are_told_as_before(phone: Phone, past: Past) -> None:
    phone.confirm(phone.transfer("1.00"))
    before = phone.sandbox.send(operations.list_events(limit=200))["items"]
    past.prune(events=3)
    assert phone.sandbox.send(operations.list_events())["items"] == before[-3:]
    behind = phone.sandbox.send(operations.list_events(after=before[0]["id"]))["items"]
    assert behind == before[-3:], "a position that was pruned goes on with the oldest event kept"
    phone.sandbox.ledger.assert_balanced()


def test_a_pass_takes_many_transactions_and_lets_requests_in_between(past: Past) -> None:
    past.add_events(3 * BATCH + 1)
    turns = 0

    async def busy(done: asyncio.Event) -> None:
        nonlocal turns
        while not done.is_set():
            unit = past.sandbox.unit("test")
            await unit.write()
            await unit.commit()
            turns += 1

    async def both() -> None:
        done = asyncio.Event()
        requests = asyncio.create_task(busy(done))
        await retention.prune(past.sandbox, Bounds(1, 1))
        done.set()
        await requests

    past.portal.call(both)
    assert turns >= 3
    assert len(past.ids("event")) == 1


def hooked(past: Past, bank: Sandbox) -> int:
    """A webhook that looks at nothing by itself: the courier goes round sandboxes that have webhooks."""
    bank.send(operations.create_webhook({"url": "http://127.0.0.1:9/hook"}))
    past.sandbox.has_webhooks = False
    return past.ids("webhook")[-1]


def deliver(past: Past, webhook: int, event: int, status: str) -> None:
    past.sql(
        "INSERT INTO delivery (webhook_id, event_id, status, attempts, next_at) VALUES (?, ?, ?, 1, 1 << 60)",
        webhook, event, status,
    )  # fmt: skip


def test_an_event_that_is_still_to_be_delivered_stays(past: Past, bank: Sandbox) -> None:
    webhook = hooked(past, bank)
    there = past.add_events(6)
    for event, status in zip(there, ("delivered", "pending", "failed"), strict=False):
        deliver(past, webhook, event, status)
    past.sql("UPDATE webhook SET after = ?", there[-1])
    past.prune(events=1)
    assert past.ids("event") == [there[1], there[-1]]
    assert past.sql("SELECT event_id, status FROM delivery") == [(there[1], "pending")]
    past.sql("UPDATE delivery SET status = 'delivered'")
    past.prune(events=1)
    assert past.ids("event") == there[-1:]
    assert past.ids("delivery") == []


def test_an_event_that_a_webhook_has_not_looked_at_stays(past: Past, bank: Sandbox) -> None:
    hooked(past, bank)
    there = past.add_events(6)
    past.sql("UPDATE webhook SET after = ?", there[2])
    past.prune(events=1)
    assert past.ids("event") == there[3:]
    past.sql("UPDATE webhook SET active = 0")
    past.prune(events=1)
    assert past.ids("event") == there[-1:], "a webhook that hears no more holds nothing back"


def test_the_message_of_a_pending_challenge_stays_until_it_is_answered(phone: Phone, past: Past) -> None:
    challenge = phone.transfer("1.00")["challenge"]["id"]
    for _ in range(3):
        phone.confirm(phone.transfer("1.00"))
    past.prune(messages=1)
    assert len(past.ids("message")) == 2
    phone.confirm(challenge)
    past.prune(messages=1)
    assert len(past.ids("message")) == 1


def test_codes_sent_again_are_counted_although_messages_are_pruned(phone: Phone, past: Past) -> None:
    challenge = phone.transfer()["challenge"]["id"]

    def resend() -> httpx.Response:
        phone.sandbox.clock.advance("PT2M")
        answer = phone.call("POST", f"/v1/challenges/{challenge}/resend")
        past.prune(messages=1)
        return answer

    refused = next(answer for answer in iter(resend, None) if answer.status_code != 200)
    assert_problem(refused, 429, "resend_limit_reached")
    phone.sandbox.clock.advance("PT1H")
    past.prune(messages=1)
    assert len(past.ids("message")) == 1


def test_a_kept_answer_goes_when_it_is_given_no_more(phone: Phone, past: Past) -> None:
    order = phone.order("1.00")

    def send() -> httpx.Response:
        return phone.call("POST", "/v1/transfers", json=order, headers={"Idempotency-Key": "once"})

    first = send()
    kept_at = past.sql("SELECT kept_at FROM kept_response")[0][0]
    for age, is_there in ((DAY - 1, True), (DAY, False)):
        phone.sandbox.clock.set(rate=0)
        past.sandbox.clock = past.sandbox.clock.moved(kept_at + age, 0)
        if is_there:
            phone.log_in()
            assert send().headers["Idempotency-Replayed"] == "true"
        past.prune()
        assert bool(past.sql("SELECT 1 FROM kept_response WHERE key = 'once'")) is is_there
    phone.log_in()
    again = send()
    assert (first.status_code, again.status_code) == (201, 201)
    assert "Idempotency-Replayed" not in again.headers


def test_many_answers_of_one_moment_go_in_small_transactions(phone: Phone, past: Past) -> None:
    """A frozen clock gives thousands of them the same moment."""
    moment = past.sandbox.clock.now()
    for number in range(2 * BATCH + 1):
        past.sql("INSERT INTO kept_response VALUES (1, ?, '', 201, '', '', ?)", f"key {number}", moment)
    phone.sandbox.clock.advance("P1D")
    changes: list[int] = []
    _watch_commits(past, changes.append)
    past.prune()
    assert past.sql("SELECT count(*) FROM kept_response") == [(0,)]
    assert [each for each in changes if each] == [BATCH, BATCH, 1]


def _watch_commits(past: Past, tell: Callable[[int], None]) -> None:
    """Have `tell` called with how many rows each transaction changed."""
    connection = file_of(past.sandbox).connection
    before = connection.total_changes

    def trace(statement: str) -> None:
        nonlocal before
        if statement == "COMMIT":
            tell(connection.total_changes - before)
            before = connection.total_changes

    past.portal.call(connection.set_trace_callback, trace)


def test_a_server_prunes_by_its_settings(settings: Settings, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "_PRUNING", 0.01)
    own = settings.model_copy(update={"data_dir": tmp_path / "data", "events_kept": 3, "messages_kept": 2})
    goldens.place(own)
    with serving(create_app(own)) as client:
        bank = bank_of(client)
        phone = bank.phone("al-dia")
        for _ in range(4):
            phone.confirm(phone.transfer("1.00"))

        def kept() -> tuple[list[Json], list[Json]]:
            return bank.send(operations.list_events())["items"], bank.send(operations.list_messages())["items"]

        until(lambda: [len(each) for each in kept()] == [3, 2])
