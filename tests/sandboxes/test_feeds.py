"""One reader for all who follow a stream: nothing twice, nothing missing, and no long turn of the event loop."""

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlencode

import httpx2 as httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import delete
from sqlmodel import col

from sandbox.control import retention
from sandbox.sandboxes import feeds
from sandbox.sandboxes.registry import Registry
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.storage.driver import SqliteStore
from sandbox.storage.events import Event
from sandbox.storage.queries import change, param
from tests.databases import database
from tests.probes import watched
from tests.support import Json

pytestmark = [pytest.mark.slow, pytest.mark.sqlite("counts the statements of its driver")]

DELETE_EVENTS = change(delete(Event).where(col(Event.id) > param("after"), col(Event.id) <= param("end")))


class Subscriber:
    """A client of a stream, as the server's protocol has it: `reading` unset is a client that reads nothing."""

    def __init__(self, application: FastAPI, path: str, last: str | None, filters: dict[str, str]) -> None:
        self.status = 0
        self.sent = b""
        self.chunks = 0
        self.reading = asyncio.Event()
        self.reading.set()
        headers = [(b"x-sandbox", b"fed"), (b"host", b"127.0.0.1:8000")]
        if last is not None:
            headers.append((b"last-event-id", last.encode()))
        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": "GET",
            "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": urlencode(filters).encode(),
            "root_path": "", "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000),
            "state": {},
        }  # fmt: skip
        self._gone = asyncio.Event()
        self._asked = False
        self.task = asyncio.create_task(application(scope, self._receive, self._send))  # type: ignore[arg-type]  # ASGI

    async def _receive(self) -> Json:
        if self._asked:
            await self._gone.wait()
            return {"type": "http.disconnect"}
        self._asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        self.chunks += 1
        self.sent += message["body"]
        await self.reading.wait()

    @property
    def blocks(self) -> list[dict[str, str]]:
        """What was sent, block by block, each as its fields; comments are left out."""
        found = [block for block in self.sent.decode().split("\n\n") if block and not block.startswith(":")]
        return [dict(line.split(": ", 1) for line in block.split("\n")) for block in found]

    @property
    def told(self) -> list[str]:
        """The ids of the rows sent, and `restart: WHY` where the stream began anew."""
        return [
            block["id"] if block["event"] == "message" else f"restart: {json.loads(block['data'])['reason']}"
            for block in self.blocks
        ]

    async def leave(self) -> None:
        self._gone.set()
        await self.task


Follow = Callable[..., Any]


@pytest.fixture
async def fed(registry: Registry) -> Sandbox:
    """The sandbox that is followed."""
    return await registry.create("fed")


@pytest.fixture
async def follow(application: FastAPI, fed: Sandbox) -> AsyncIterator[Follow]:
    """Subscribes, and waits until it is heard; on leaving, all subscribers have gone."""
    there: list[Subscriber] = []

    async def begun(number: int = 1, last: str | None = None, path: str = "events", **filters: str) -> Any:
        new = [Subscriber(application, f"/_sandbox/{path}/stream", last, filters) for _ in range(number)]
        there.extend(new)
        await until(lambda: all(each.chunks for each in new))
        await settled()
        return new if number > 1 else new[0]

    yield begun
    for each in there:
        each.reading.set()
        await each.leave()
    assert fed.feeds == {}
    assert not fed.news.is_awaited


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop go round until it is so."""
    for _ in range(1_000_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to that")


async def settled() -> None:
    """Let everything that can happen now happen."""
    for _ in range(100):
        await asyncio.sleep(0)


async def happen(sandbox: Sandbox, number: int = 1, kind: str = "transfer.created", member: int | None = None) -> None:
    """Commit some events."""
    unit = sandbox.unit("req_test")
    for each in range(number):
        unit.record(kind, member, "trf", each + 1, amount="1.00")
    await unit.commit()


def ids(sandbox: Sandbox, where: str = "1") -> list[str]:
    """The public ids of the events that are kept."""
    rows = database(sandbox).execute(f"SELECT id FROM event WHERE {where} ORDER BY id")  # a test's own
    return [sandbox.ids.name("evt", key) for (key,) in rows]


class Statements:
    """Counts the statements that read a table."""

    def __init__(self, sandbox: Sandbox, table: str) -> None:
        self.number = 0
        self._part = f" FROM {table} "
        sandbox.store.connection.set_trace_callback(self._note)

    def _note(self, statement: str) -> None:
        self.number += statement.startswith("SELECT") and self._part in statement


@pytest.mark.parametrize("number", [2, 500])
async def test_a_commit_is_read_once_however_many_follow(fed: Sandbox, follow: Follow, number: int) -> None:
    subscribers = await follow(number)
    statements = Statements(fed, "event")
    for _ in range(3):
        await happen(fed, 2)
        await settled()
    assert statements.number == 3
    assert {tuple(each.told) for each in subscribers} == {tuple(ids(fed)[-6:])}
    await happen(fed)
    await settled()


@pytest.mark.slow
async def test_a_request_is_answered_at_once_while_two_thousand_are_told(
    application: FastAPI, fed: Sandbox, follow: Follow
) -> None:
    subscribers = await follow(2000)
    waits: list[float] = []
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        await client.get("/_sandbox/clock", headers={"X-Sandbox": "fed"})
        with watched(asyncio.get_running_loop()) as turns:
            await happen(fed, 3)
            while not subscribers[-1].told:
                start = time.thread_time()
                # A task of its own, as on a server: awaited directly, it would not let the loop go round.
                asking = asyncio.create_task(client.get("/_sandbox/clock", headers={"X-Sandbox": "fed"}))
                assert (await asking).status_code == 200
                waits.append(time.thread_time() - start)
            await settled()
    assert len(waits) > 2, "requests come in between"
    assert max(waits) <= 0.05
    assert turns.longest <= 0.02
    assert {tuple(each.told) for each in subscribers} == {tuple(ids(fed)[-3:])}


@pytest.mark.parametrize("last", ["evt_nope", "evt_" + "0" * 32, "msg_1", "0", "é"])
async def test_an_unknown_last_event_id_begins_with_the_oldest_and_says_so(
    fed: Sandbox, follow: Follow, last: str
) -> None:
    await happen(fed, 3)
    subscriber = await follow(last=last)
    await happen(fed)
    await settled()
    assert subscriber.status == 200
    assert subscriber.told == ["restart: unknown", *ids(fed)]


async def test_an_id_of_a_later_state_is_unknown_after_a_reset(
    registry: Registry, fed: Sandbox, follow: Follow
) -> None:
    await happen(fed, 3)
    later = ids(fed)[-1]
    await registry.reset("fed")
    await happen(fed)
    subscriber = await follow(last=later)
    assert subscriber.told == ["restart: unknown", *ids(fed)]


async def test_an_unknown_after_is_refused(application: FastAPI, fed: Sandbox) -> None:
    subscriber = Subscriber(application, "/_sandbox/events/stream", None, {"after": "evt_nope"})
    await subscriber.leave()
    assert subscriber.status == 404
    assert json.loads(subscriber.sent)["code"] == "not_found"
    assert fed.feeds == {}


@pytest.mark.parametrize("by_header", [True, False])
async def test_a_known_id_goes_on_behind_it_without_a_restart(fed: Sandbox, follow: Follow, *, by_header: bool) -> None:
    await happen(fed, 3 * feeds.PAGE)
    position = ids(fed)[5]
    subscriber = await (follow(last=position) if by_header else follow(after=position))
    await until(lambda: len(subscriber.told) >= len(ids(fed)) - 6)
    assert subscriber.told == ids(fed)[6:]


@pytest.mark.parametrize(("kept", "told"), [(4, False), (3, False), (2, True), (1, True)])
async def test_a_gap_behind_the_last_event_id_is_told(fed: Sandbox, follow: Follow, kept: int, told: bool) -> None:
    """Of six events the third was the last one got: it may be gone itself, but the fourth may not."""
    await happen(fed, 6)
    there = ids(fed)
    await retention.prune(fed, retention.Bounds(kept, 100))
    assert ids(fed) == there[-kept:]
    subscriber = await follow(last=there[-4])
    await happen(fed)
    await settled()
    assert subscriber.told == (["restart: gap", *ids(fed)] if told else ids(fed)[-4:])


async def test_a_gap_further_on_is_told_too(fed: Sandbox, follow: Follow) -> None:
    await happen(fed, 10)
    there = ids(fed)
    await delete_events(fed, there[4], there[7])
    subscriber = await follow(last=there[2])
    assert subscriber.told == [*there[3:5], "restart: gap", *there[:5], *there[8:]]


async def test_it_is_told_also_where_nothing_is_left_behind_the_last_event_id(fed: Sandbox, follow: Follow) -> None:
    await happen(fed, 4)
    there = ids(fed)
    await delete_events(fed, there[1], there[3])
    subscriber = await follow(last=there[1])
    assert subscriber.told == ["restart: gap", *there[:2]]
    current = await follow(last=there[3])
    await happen(fed)
    await settled()
    assert current.told == ids(fed)[-1:]
    assert subscriber.told == ["restart: gap", *ids(fed)]


async def delete_events(sandbox: Sandbox, after: str, end: str) -> None:
    unit = sandbox.unit("test")
    numbers = {name: sandbox.ids.number("evt", id) for name, id in (("after", after), ("end", end))}
    await unit.change(DELETE_EVENTS, **numbers)
    await unit.commit()


async def test_a_slow_subscriber_loses_nothing_and_gets_nothing_twice(
    fed: Sandbox, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "KEPT", 20)
    slow, quick = await follow(2)
    slow.reading.clear()
    await happen(fed, 2)
    await settled()
    began = len(ids(fed)) - 2
    for _ in range(30):
        await happen(fed, 7)
        await settled()
    assert len(slow.told) == 2, "the rest waits until it reads on"
    assert quick.told == ids(fed)[began:]
    assert len(fed.feeds["event"]._lines) == 20
    slow.reading.set()
    for _ in range(30):  # it catches up while more comes
        await happen(fed, 7)
        await asyncio.sleep(0)
    await until(lambda: slow.told == ids(fed)[began:])
    assert quick.told == slow.told


async def test_a_page_is_read_by_one_follower_at_a_time(fed: Sandbox, follow: Follow) -> None:
    """However many come back at once, a turn of the loop renders no more than two pages."""
    await happen(fed, 300)
    first = ids(fed)[0]
    with watched(asyncio.get_running_loop()) as turns:
        subscribers = await follow(30, last=first)
        await until(lambda: all(len(each.told) == len(ids(fed)) - 1 for each in subscribers))
    assert turns.longest <= 0.05
    assert {tuple(each.told) for each in subscribers} == {tuple(ids(fed)[1:])}


async def test_each_gets_what_its_filters_let_through(fed: Sandbox, follow: Follow) -> None:
    mine = fed.ids.name("mem", 7)
    noun = await follow(kind="transfer")
    kind = await follow(kind="transfer.created")
    member = await follow(member_id=mine)
    request = await follow(request_id="req_other")
    both = await follow(kind="card", member_id=mine)
    started = len(ids(fed))
    for what, whom in (
        ("transfer.created", 7),
        ("transfer.completed", 8),
        ("card.statement", 7),
        ("card.statement", None),
    ):
        await happen(fed, kind=what, member=whom)
    await settled()
    created, completed, stated, _ = ids(fed)[started:]
    assert noun.told == [created, completed]
    assert kind.told == [created]
    assert member.told == [created, stated]
    assert request.told == []
    assert both.told == [stated]
    again = await follow(last=created, kind="card", member_id=mine)
    assert again.told == [stated], "from the database as from the feed"


async def test_messages_are_filtered_by_receiver_and_channel(fed: Sandbox, follow: Follow) -> None:
    everything = await follow(path="messages")
    to = await follow(path="messages", to="0990000001")
    sms = await follow(path="messages", channel="sms")
    unit = fed.unit("test")
    await unit.write()
    for channel, destination in (("sms", "0990000001"), ("email", "a@example.com"), ("sms", "0990000002")):
        fed.store.connection.execute(
            "INSERT INTO message (channel, destination, kind, text, sent_at) VALUES (?, ?, 'x', 'x', 1)",
            (channel, destination),
        )
    unit.record("message.sent", None, "msg", 1)
    await unit.commit()
    await settled()
    first, mail, second = everything.told
    assert (to.told, sms.told) == ([first], [first, second])
    assert mail not in {first, second}


async def test_a_reset_is_told_and_the_new_rows_follow(registry: Registry, fed: Sandbox, follow: Follow) -> None:
    await happen(fed, 2)
    await registry.snapshot("fed", "two")
    subscriber = await follow()
    await happen(fed, 5)
    await settled()
    before = ids(fed)[-5:]
    await registry.restore("fed", "two")
    await settled()
    await happen(fed)
    await settled()
    assert subscriber.told == [*before, "restart: replaced", *ids(fed)]


async def test_a_slow_subscriber_gets_through_a_reset(
    registry: Registry, fed: Sandbox, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "KEPT", 3)
    slow = await follow()
    slow.reading.clear()
    await happen(fed)
    await settled()
    first = ids(fed)[-1]
    await happen(fed, 30)
    await settled()
    await registry.reset("fed")
    await happen(fed, 9)
    await settled()
    assert slow.told == [first]
    slow.reading.set()
    await until(lambda: len(slow.told) == len(ids(fed)) + 2)
    assert slow.told == [first, "restart: replaced", *ids(fed)]


async def test_streams_end_with_their_sandbox(registry: Registry, fed: Sandbox, follow: Follow) -> None:
    subscribers = await follow(40) + [await follow(path="messages")]
    await registry.delete("fed")
    await asyncio.gather(*(each.task for each in subscribers))
    assert {each.status for each in subscribers} == {200}


async def test_streams_end_with_the_server(fed: Sandbox, follow: Follow) -> None:
    subscribers = await follow(40)
    fed.send_listeners_home()
    await asyncio.gather(*(each.task for each in subscribers))
    assert fed.feeds == {}


async def test_the_last_that_leaves_ends_the_feed(fed: Sandbox, follow: Follow) -> None:
    one, other = await follow(2)
    reader = fed.feeds["event"]._reader
    await one.leave()
    assert not reader.done()
    await other.leave()
    await asyncio.wait([reader])
    assert fed.feeds == {}
    assert fed.is_idle
    again = await follow()
    await happen(fed)
    await settled()
    assert again.told == ids(fed)[-1:]


async def test_what_could_not_be_committed_is_not_told(
    fed: Sandbox, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The feed reads while the common commit is still to come; then the disk is full."""
    subscriber = await follow()
    with monkeypatch.context() as patched:
        patched.setattr(SqliteStore, "_commit_unless_busy", lambda self: None)
        unit = fed.unit("test")
        unit.record("transfer.created", None, "trf", 1)
        lost = asyncio.create_task(unit.commit())
        await until(lambda: fed.store.undecided)
        statements = Statements(fed, "event")
        fed.news.tell()  # of something else
        await until(lambda: statements.number == 1)
        await settled()
        assert subscriber.told == []
        fed.store.connection.execute("ROLLBACK")  # as SQLite does by itself
        fed.store.settle()
        with pytest.raises(sqlite3.Error):
            await lost
    await settled()
    assert subscriber.told == []
    await happen(fed)
    await settled()
    assert subscriber.told == ids(fed)[-1:]


async def test_older_gaps_are_no_second_restart(fed: Sandbox, follow: Follow) -> None:
    await happen(fed, 8)
    there = ids(fed)
    await delete_events(fed, there[0], there[2])
    await delete_events(fed, there[4], there[5])
    subscriber = await follow(last="evt_nope")
    assert subscriber.told == ["restart: unknown", there[0], *there[3:5], *there[6:]]


async def test_a_feed_that_cannot_read_ends_its_streams(
    fed: Sandbox, follow: Follow, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    subscribers = await follow(3)

    def fail(*_: object) -> list[object]:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patched:
        patched.setattr(type(fed.store), "all", fail)
        fed.news.tell()
        await asyncio.gather(*(each.task for each in subscribers))
    assert "the feed of event of sandbox fed failed" in caplog.text
    again = await follow()
    await happen(fed)
    await settled()
    assert again.told == ids(fed)[-1:]


async def test_a_silent_stream_shows_that_it_is_alive(
    fed: Sandbox, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "BREATH", 0.001)
    subscriber = await follow(request_id="req_nothing")
    before = subscriber.sent.count(b": still here\n\n")
    await until(lambda: subscriber.sent.count(b": still here\n\n") >= before + 2)
    assert subscriber.told == []


async def test_those_who_wait_for_a_message_are_woken_a_few_at_a_time(application: FastAPI, fed: Sandbox) -> None:
    """However many wait for other messages, and by whatever was committed."""
    waiting = [
        Subscriber(application, "/_sandbox/messages/next", None, {"to": f"09900{number:05}", "wait": "60"})
        for number in range(500)
    ]
    await until(lambda: len(fed.feeds["message"]._waiting) == len(waiting) if fed.feeds else False)
    await settled()
    statements = Statements(fed, "message")
    await happen(fed)
    await settled()
    assert statements.number == 1, "nobody looks for a message but the feed"
    with watched(asyncio.get_running_loop()) as turns:
        unit = fed.unit("test")
        await unit.write()
        fed.store.connection.execute(
            "INSERT INTO message (channel, destination, kind, text, sent_at) VALUES ('sms', '0990000007', 'x', 'x', 1)"
        )
        unit.record("message.sent", None, "msg", 1)
        await unit.commit()
        await until(waiting[7].task.done)
        await settled()
    assert turns.longest <= 0.02
    assert json.loads(waiting[7].sent)["to"] == "0990000007"
    assert [each.status for each in waiting if each.status] == [200]
    fed.send_listeners_home()
    await asyncio.gather(*(each.task for each in waiting))
    assert {each.status for each in waiting} == {200, 404}
    assert fed.feeds == {}
