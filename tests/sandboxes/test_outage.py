"""A PostgreSQL server that is away for a while: what goes on without a request waits for it, and says so in one line."""

import asyncio
import io
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from sandbox import background
from sandbox.app import Application
from sandbox.bank.jobs import service as jobs
from sandbox.control import events, retention
from sandbox.control.webhooks import Courier
from sandbox.sandboxes import feeds, survey
from sandbox.sandboxes.deleted import Bin
from sandbox.sandboxes.hands import RegistryHands
from sandbox.sandboxes.pointers import Pointer
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.sandboxes.server import ServerDatabase
from sandbox.settings import Settings
from sandbox.storage.errors import Lost, ServerGone
from sandbox.storage.problems import StorageUnreachable
from tests import logged, postgres
from tests.databases import server_of
from tests.sandboxes.conftest import made
from tests.sandboxes.following import Follow, Subscriber, happen, ids
from tests.sandboxes.test_journal import EMPTY

pytest.importorskip("psycopg", reason="psycopg is not installed")
pytestmark = pytest.mark.workers
T = TypeVar("T")
# The work beside the requests that asks the server.
ASKING: tuple[tuple[Any, str], ...] = (
    (jobs.Lookout, "run_due"), (Courier, "go_round"), (retention, "prune"), (Bin, "make_room"), (survey, "inspect"),
)  # fmt: skip
SAID = ["the database server is away", "the database server is back"]


@dataclass
class Cluster:
    """A PostgreSQL server that a test stops and starts."""

    programs: Path
    home: Path

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """Have no server for a block."""
        await asyncio.to_thread(postgres.stop, self.home)
        try:
            yield
        finally:
            await asyncio.to_thread(postgres.start, self.programs, self.home)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    programs = postgres.programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres.server(programs) as home:
        yield Cluster(programs, home)


@pytest.fixture
async def application(settings: Settings, data: Path, cluster: Cluster) -> AsyncIterator[Application]:
    """An application on that server, without the server of HTTP around it."""
    own = {"database_url": postgres.url(cluster.home), "database_spares": 0, "database_durable": True}
    async with made(settings.model_copy(update=own), data) as application:
        yield application


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    with logged.lines() as lines:
        yield lines


async def eventually(is_so: Callable[[], bool]) -> None:
    """Wait for what the server or a thread does."""
    end = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end
        await asyncio.sleep(0.005)


def told(log: io.StringIO) -> list[str]:
    """What the log says from warnings on, without what libpq says to it."""
    return [line["event"].partition(":")[0] for line in logged.read(log) if line["level"] not in ("info", "debug")]


async def test_streams_stay_up_and_miss_nothing(
    fed: Sandbox, follow: Follow, cluster: Cluster, log: io.StringIO
) -> None:
    subscribers = [await follow(), await follow(), await follow(path="messages")]
    of_events = subscribers[:2]
    await happen(fed)
    await eventually(lambda: all(each.told for each in of_events))
    async with cluster.away():
        fed.news.tell()
        await eventually(lambda: told(log) == SAID[:1])
        for _ in range(20):  # each has those who wait look again
            fed.news.tell()
            await asyncio.sleep(0.01)
        assert told(log) == SAID[:1]
        assert not any(each.task.done() for each in subscribers)
    await happen(fed, 3)
    await eventually(lambda: all(len(each.told) >= 4 for each in of_events))
    assert [each.told for each in of_events] == [ids(fed)[-4:]] * 2
    assert told(log) == SAID
    assert not any(each.task.done() for each in subscribers)


async def test_one_who_reads_older_rows_goes_on_where_it_was(
    fed: Sandbox, follow: Follow, cluster: Cluster, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "KEPT", 2)
    slow, quick = await follow(2)
    await happen(fed)
    await eventually(lambda: len(slow.told) == len(quick.told) == 1)
    slow.reading.clear()
    for number in range(2, 9):
        await happen(fed)
        await eventually(lambda number=number: len(quick.told) == number)
    async with cluster.away():
        slow.reading.set()
        await eventually(lambda: told(log) == SAID[:1])
    await eventually(lambda: slow.task.done() or len(slow.told) >= 8)
    assert slow.told == quick.told == ids(fed)[-8:]
    assert told(log) == SAID


async def test_a_page_that_a_lost_connection_kept_from_being_read_is_no_gap(
    fed: Sandbox, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sandbox.storage.server.unit import ServerUnit

    await happen(fed, 6)
    there = ids(fed)
    real, lost = ServerUnit.all, 2

    async def losing(self: ServerUnit, query: Any, **params: Any) -> Any:
        nonlocal lost
        if query is events.STREAM.behind and lost and params["after"] < fed.feeds["event"].position:
            lost -= 1
            raise Lost("the connection was lost")
        return await real(self, query, **params)

    monkeypatch.setattr(ServerUnit, "all", losing)
    subscriber = await follow(last=there[-6])
    await eventually(lambda: len(subscriber.told) >= 5)
    assert subscriber.told == there[-5:]
    assert not lost


async def test_a_page_of_requests_waits_for_the_names_of_members(
    application: Application, fed: Sandbox, cluster: Cluster, log: io.StringIO
) -> None:
    page = Subscriber(application, "/_sandbox/stream", None, {"topics": "requests"})
    await eventually(lambda: page.chunks > 0)
    async with cluster.away():
        fed.notes.journal.add(EMPTY._replace(member_id=1))
        await eventually(lambda: told(log) == SAID[:1])
    await eventually(lambda: page.task.done() or b"req_1" in page.sent)
    assert b"req_1" in page.sent
    assert told(log) == SAID
    await page.leave()


async def test_what_may_have_been_committed_is_told(
    fed: Sandbox, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sandbox.storage.server.link import Link

    monkeypatch.setattr(feeds, "BREATH", 1000.0)
    subscriber = await follow()
    commit = Link.commit

    async def lost(self: Link, ended: Callable[[], None]) -> None:
        await commit(self, ended)
        raise ServerGone("the connection was lost")

    unit, read_again = fed.unit("req_test"), list[Any]()
    unit.record("transfer.created", None, "trf", 1, amount="1.00")
    unit.on_commit(read_again.append)
    with monkeypatch.context() as patched:
        patched.setattr(Link, "commit", lost)
        with pytest.raises(ServerGone):
            await unit.commit()
    unit.rollback()
    assert fed.store.closed or read_again, "memory may be behind the database"
    await eventually(lambda: bool(subscriber.told))
    assert subscriber.told == ids(fed)[-1:]


def noted(
    work: Callable[..., Awaitable[T]], tried: set[str], done: set[str]
) -> Callable[..., Coroutine[None, None, T]]:
    """The work, which tells that it met no server, or that it ended."""

    async def doing(*arguments: Any) -> T:
        try:
            result = await work(*arguments)
        except ServerGone:
            tried.add(work.__qualname__)
            raise
        done.add(work.__qualname__)
        return result

    return doing


async def test_work_beside_the_requests_goes_on_when_the_server_is_back(
    settings: Settings, application: Application, fed: Sandbox, cluster: Cluster, log: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(background, "_PRUNING", 0.01)
    monkeypatch.setattr(background, "_TICK", 0.01)
    registry = application.registry
    await registry.create("gone")
    await registry.delete("gone")
    fed.has_webhooks = True
    tried, done = set[str](), set[str]()
    for owner, work in ASKING:
        monkeypatch.setattr(owner, work, noted(getattr(owner, work), tried, done))
    async with AsyncExitStack() as running:
        async with cluster.away():
            server_of(registry)._sizes.clear()  # or it is known how much room the deleted one takes
            fed.store.note_change()
            await running.enter_async_context(background.running(registry, registry.rules, settings))
            await eventually(lambda: len(tried) == len(ASKING))
            assert told(log) == SAID[:1]
            assert not done
        await eventually(lambda: done == tried)
    assert told(log) == SAID


@pytest.mark.parametrize("is_recorded", [False, True], ids=["reset", "recorded anew"])
async def test_what_cannot_be_opened_at_once_is_another_database_all_the_same(
    application: Application, fed: Sandbox, monkeypatch: pytest.MonkeyPatch, *, is_recorded: bool
) -> None:
    """The reset is done, although it is answered 503: what was noted before is forgotten, and a recording that did not
    begin leaves none that goes on with another database."""
    registry = application.registry
    await registry.reset("fed", is_recorded=True)
    recording = fed.notes.recording
    assert recording is not None
    recording.add(EMPTY, b"")
    fed.notes.journal.add(EMPTY)
    real = ServerDatabase.open

    def cannot(self: ServerDatabase, *, is_new: bool) -> Any:
        if is_new:
            raise ServerGone("the connection was lost")
        return real(self, is_new=is_new)

    generation = fed.generation
    with monkeypatch.context() as patched:
        patched.setattr(ServerDatabase, "open", cannot)
        with pytest.raises(ServerGone):
            await registry.reset("fed", is_recorded=is_recorded)
    assert not list(fed.notes.journal)
    if is_recorded:
        assert fed.notes.recording is None
    else:
        assert fed.notes.recording is recording
        assert recording.lost == 1
    await fed.open()
    assert fed.generation == generation + 1


async def test_a_sandbox_that_another_process_names_first_is_refused_as_here(
    application: Application, cluster: Cluster, log: io.StringIO
) -> None:
    hands = RegistryHands(application.registry)
    async with cluster.away():
        with pytest.raises(StorageUnreachable):
            await hands.create("fresh")
    await hands.create("fresh")
    assert told(log) == [SAID[0], "sandbox fresh could not be made", SAID[1]]


@pytest.mark.parametrize("failures", [0, 1, 2])
async def test_a_database_is_blamed_for_what_fails_between_two_answers_of_the_server(
    fed: Sandbox, cluster: Cluster, log: io.StringIO, monkeypatch: pytest.MonkeyPatch, failures: int
) -> None:
    """One attempt may meet a server that is coming up, and is by the time it is asked whether the database is there."""
    from sandbox.storage.server.cluster import Cluster as Databases

    connect, left = Databases.connect, failures

    def coming_up(self: Databases, database: str | None = None) -> Any:
        nonlocal left
        if database is not None and left:
            left -= 1
            raise ServerGone("the database system is starting up")
        return connect(self, database)

    await fed.sleep()
    monkeypatch.setattr(Databases, "connect", coming_up)
    if failures < 2:
        await fed.open()
        assert told(log) == []
        return
    with pytest.raises(ServerGone):
        await fed.open()
    left = failures
    with pytest.raises(ServerGone):
        await fed.open()
    assert told(log) == [f"the server is there, but database {Pointer.read(fed.path).database} cannot be used"]
    await fed.open()
