"""One reader for all who follow a stream: nothing twice, nothing missing, and no long turn of the event loop."""

import asyncio
import json
import sqlite3
import time

import httpx2 as httpx
import pytest

from sandbox.app import Application
from sandbox.sandboxes import feeds
from sandbox.sandboxes.registry import Registry
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.storage.driver import SqliteStore
from tests.databases import file_of
from tests.probes import slowness, watched
from tests.sandboxes.following import Follow, Subscriber, happen, ids, settled
from tests.waiting import until_on_the_loop as until

pytestmark = [pytest.mark.slow, pytest.mark.sqlite("counts the statements of its driver")]


class Statements:
    """Counts the statements that read a table."""

    def __init__(self, sandbox: Sandbox, table: str) -> None:
        self.number = 0
        self._part = f" FROM {table} "
        file_of(sandbox).connection.set_trace_callback(self._note)

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
    application: Application, fed: Sandbox, follow: Follow
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
    slow = slowness()
    assert max(waits) <= 0.05 * slow
    assert turns.longest <= 0.02 * slow
    assert {tuple(each.told) for each in subscribers} == {tuple(ids(fed)[-3:])}


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
    first, *others = ids(fed)
    with watched(asyncio.get_running_loop()) as turns:
        subscribers = await follow(30, last=first)
        await until(lambda: all(each.sent.count(b"\nevent: message") == len(others) for each in subscribers))
    assert turns.longest <= 0.05 * slowness()
    assert {tuple(each.told) for each in subscribers} == {tuple(others)}


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
        file_of(fed).connection.execute(
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
        await until(lambda: file_of(fed).undecided)
        statements = Statements(fed, "event")
        fed.news.tell()  # of something else
        await until(lambda: statements.number == 1)
        await settled()
        assert subscriber.told == []
        file_of(fed).connection.execute("ROLLBACK")  # as SQLite does by itself
        fed.store.settle()
        with pytest.raises(sqlite3.Error):
            await lost
    await settled()
    assert subscriber.told == []
    await happen(fed)
    await settled()
    assert subscriber.told == ids(fed)[-1:]


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


async def test_those_who_wait_for_a_message_are_woken_a_few_at_a_time(application: Application, fed: Sandbox) -> None:
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
        file_of(fed).connection.execute(
            "INSERT INTO message (channel, destination, kind, text, sent_at) VALUES ('sms', '0990000007', 'x', 'x', 1)"
        )
        unit.record("message.sent", None, "msg", 1)
        await unit.commit()
        await until(waiting[7].task.done)
        await settled()
    assert turns.longest <= 0.02 * slowness()
    assert json.loads(waiting[7].sent)["to"] == "0990000007"
    assert [each.status for each in waiting if each.status] == [200]
    fed.send_listeners_home()
    await asyncio.gather(*(each.task for each in waiting))
    assert {each.status for each in waiting} == {200, 404}
    assert fed.feeds == {}
