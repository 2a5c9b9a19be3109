"""A connection to PostgreSQL on the event loop: what is answered in which order, and what an error leaves behind."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from sandbox.storage.errors import Conflict, Lost, ServerError, ServerGone
from sandbox.storage.server.link import Link
from sandbox.storage.server.plain import PlainConnection, numbered
from sandbox.storage.threads import in_thread
from tests.storage.conftest import Server

pytestmark = pytest.mark.slow

ADD = "INSERT INTO thing (id, name) VALUES ($1, $2)"
NAMES = "SELECT name FROM thing ORDER BY id"
NEW = "SELECT $1::bigint"
_LAST_WORDS = b"SWARNING\0C57P02\0Mterminating connection due to immediate shutdown command\0\0"


def connect(server: Server) -> Any:
    from psycopg import pq

    connection = pq.PGconn.connect(f"host={server._home} user=postgres dbname=writing".encode())
    assert connection.status == pq.ConnStatus.OK
    return connection


@pytest.fixture
async def link(server: Server) -> AsyncIterator[Link]:
    plain = connect(server)
    plain.exec_(b"CREATE TEMPORARY TABLE thing (id bigint PRIMARY KEY, name text)")
    made = Link(plain)
    yield made
    made.close()


def ended() -> None:
    """Nothing waits for the end of a transaction but the test itself."""


def first(row: Any) -> Any:
    return row[0]


async def names(link: Link) -> list[str]:
    """What is there, in a transaction of its own."""
    link.later("BEGIN")
    found = await link.all(NAMES, (), first)
    link.leave()
    return found


async def test_what_is_sent_for_later_comes_before_what_is_waited_for(link: Link) -> None:
    link.later("BEGIN")
    link.later(ADD, (1, "one"))
    link.later(ADD, (2, None))
    assert await link.all("SELECT id, name FROM thing ORDER BY id", (), tuple) == [(1, "one"), (2, None)]
    assert await link.count("UPDATE thing SET name = $1 WHERE id >= $2", ("new", 1)) == 2
    await link.commit(ended)
    assert await names(link) == ["new", "new"]


async def test_texts_and_numbers_arrive_as_they_were(link: Link) -> None:
    link.later("BEGIN")
    odd = ("", "ñandú 🦤", "a'b\\c\n\t", "NULL")
    for key, text in enumerate(odd):
        link.later(ADD, (key, text))
    assert await link.all(NAMES, (), first) == list(odd)
    assert await link.one("SELECT $1::bigint, $2::bigint", (2**63 - 1, -(2**63)), tuple) == (2**63 - 1, -(2**63))
    link.undo()


async def test_an_error_of_what_was_sent_for_later_is_raised_where_something_is_waited_for(link: Link) -> None:
    link.later("BEGIN")
    link.later(ADD, (1, "one"))
    link.later(ADD, (1, "again"))
    with pytest.raises(Conflict, match="thing_pkey"):
        await link.all(NAMES, (), first)
    link.undo()
    assert await names(link) == []


async def test_an_error_of_what_was_sent_for_later_is_raised_by_the_commit(link: Link) -> None:
    link.later("BEGIN")
    link.later(ADD, (1, "one"))
    link.later(ADD, (1, "again"))
    with pytest.raises(Conflict) as met:
        await link.commit(ended)
    assert met.value.state == "23505"
    link.undo()
    assert await names(link) == []


async def test_a_statement_that_was_skipped_is_prepared_again(link: Link) -> None:
    """The server skips also what prepares a statement, once another one has failed."""
    link.later("BEGIN")
    link.later(ADD, (1, "one"))
    link.later(ADD, (1, "again"))
    link.later("UPDATE thing SET name = 'skipped'")
    with pytest.raises(Conflict):
        await link.commit(ended)
    link.undo()
    link.later("BEGIN")
    link.later(ADD, (1, "one"))
    link.later("UPDATE thing SET name = 'skipped'")
    await link.commit(ended)
    assert await names(link) == ["skipped"]


async def test_a_mistake_in_a_statement_is_no_conflict(link: Link) -> None:
    link.later("BEGIN")
    with pytest.raises(ServerError) as met:
        await link.all("SELECT nothing FROM nowhere", (), first)
    assert (type(met.value), met.value.state) == (ServerError, "42P01")
    link.undo()
    assert await names(link) == []


async def test_the_next_unit_is_not_told_the_error_of_the_one_before(link: Link) -> None:
    link.later("BEGIN")
    link.later(ADD, (1, "one"))
    link.later(ADD, (1, "again"))
    link.undo()  # before the error has arrived
    link.later("BEGIN")
    link.later(ADD, (2, "two"))
    await link.commit(ended)
    assert await names(link) == ["two"]


async def test_a_waiter_that_is_cancelled_leaves_the_others_their_answers(link: Link) -> None:
    link.later("BEGIN")
    waiting = asyncio.ensure_future(link.one(NEW, (1,), first))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await link.one(NEW, (2,), first) == 2
    link.leave()


async def test_a_transaction_may_write_more_than_fits_into_the_socket(link: Link) -> None:
    long = "x" * 100_000
    link.later("BEGIN")
    for key in range(100):
        link.later(ADD, (key, long))
    assert await link.one("SELECT sum(length(name))::bigint FROM thing", (), first) == 100 * len(long)
    await link.commit(ended)
    assert len(await names(link)) == 100


async def test_it_is_lent_out_in_the_middle_of_a_transaction(link: Link) -> None:
    link.later("BEGIN")
    link.later(ADD, (1, "one"))

    def work(connection: Any) -> int:
        plain = PlainConnection(connection)
        plain.executemany("INSERT INTO thing (id, name) VALUES (?, ?)", [(2, "two"), (3, "three")])
        return len(plain.execute("SELECT 1 FROM thing WHERE id < ?", (10,)).fetchall())

    assert await link.lend(work, in_thread) == 3
    link.later(ADD, (4, "four"))
    await link.commit(ended)
    assert await names(link) == ["one", "two", "three", "four"]


async def test_a_connection_that_is_lost_says_so_to_all_who_wait_and_is_closed(link: Link, server: Server) -> None:
    link.later("BEGIN")
    number = await link.one("SELECT pg_backend_pid()::bigint", (), first)
    waiting = asyncio.ensure_future(link.all("SELECT pg_sleep(60)::text", (), first))
    await asyncio.sleep(0)
    with server.connect("postgres") as other:
        other.execute("SELECT pg_terminate_backend($1::integer)", (number,))
    with pytest.raises(ServerGone):
        await waiting
    assert link.closed
    link.undo()
    with pytest.raises(ServerGone):
        await link.all(NAMES, (), first)


def test_places_are_numbered_outside_of_texts() -> None:
    assert numbered("SELECT '?', 'it''s ?' WHERE a = ? AND b = ?") == "SELECT '?', 'it''s ?' WHERE a = $1 AND b = $2"
    assert numbered("SELECT ?2, ?1, ?2") == "SELECT $2, $1, $2"


async def test_a_commit_whose_unit_was_cancelled_is_still_heard_of(link: Link) -> None:
    """The server goes on with it: what was read before it ended may be of before."""
    heard: list[str] = []
    link.later("BEGIN")
    link.later(ADD, (1, "one"))
    committing = asyncio.ensure_future(link.commit(lambda: heard.append("ended")))
    await asyncio.sleep(0)  # it is sent
    committing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await committing
    assert heard == ["ended"]
    assert await names(link) == ["one"]
    assert heard == ["ended", "ended"]


@contextmanager
def played(place: Path) -> Iterator[tuple[Any, socket.socket]]:
    """A connection to a server that the test plays, and the server's end of it."""
    from psycopg import pq

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(place / ".s.PGSQL.5432"))
        listener.listen()
        listener.settimeout(10)
        connection = pq.PGconn.connect_start(f"host={place} user=postgres".encode())
        server, _ = listener.accept()
        with server:
            while connection.connect_poll() == pq.PollingStatus.WRITING:
                pass
            server.recv(1024)
            server.sendall(b"R\0\0\0\x08\0\0\0\0" + b"Z\0\0\0\x05I")  # let in, and ready
            while connection.connect_poll() == pq.PollingStatus.READING:
                pass
            assert connection.status == pq.ConnStatus.OK
            yield connection, server


def end(server: socket.socket, last_words: bytes) -> None:
    """Have the server that the test plays end, with a notice."""
    if last_words:
        server.sendall(b"N" + (4 + len(last_words)).to_bytes(4, "big") + last_words)
    server.close()


@pytest.mark.parametrize("factory", ["asyncio", "uvloop"])
def test_a_server_that_ends_with_a_question_unread_is_lost(tmp_path: Path, factory: str) -> None:
    """The descriptor has an error then: a loop of libuv tells so once, when the last words can be read, and no more."""
    loops = pytest.importorskip(factory, reason=f"{factory} is not installed")
    with played(tmp_path) as (connection, server):

        async def ask() -> None:
            link = Link(connection)
            asking = asyncio.ensure_future(link.one(NEW, (1,), first))
            while not asking.done() and not link._expected:
                await asyncio.sleep(0)
            end(server, _LAST_WORDS)
            with pytest.raises(Lost):
                await asyncio.wait_for(asking, 10)
            assert link.closed

        with asyncio.Runner(loop_factory=loops.new_event_loop) as runner:
            runner.run(ask())


async def undone(link: Link) -> None:
    link.undo()


async def left(link: Link) -> None:
    link.leave()


@pytest.mark.parametrize("last_words", [b"", _LAST_WORDS], ids=["silently", "with last words"])
@pytest.mark.parametrize("begun", [True, False], ids=["in a transaction", "before one"])
@pytest.mark.parametrize(
    ("use", "told"),
    [
        (lambda link: link.one(NEW, (1,), first), Lost),
        (lambda link: link.all(NEW, (1,), first), Lost),
        (lambda link: link.count(NEW, (1,)), Lost),
        (lambda link: link.commit(ended), ServerGone),
        (lambda link: link.lend(lambda connection: None, in_thread), Lost),
        (left, None),
        (undone, None),
    ],
    ids=["one", "all", "count", "commit", "lend", "leave", "undo"],
)
async def test_whatever_finds_the_server_gone_says_so(
    tmp_path: Path,
    use: Callable[[Link], Awaitable[object]],
    told: type[ServerGone] | None,
    begun: bool,
    last_words: bytes,
) -> None:
    """What ends a transaction says nothing: the next one who uses the connection is told."""
    with played(tmp_path) as (connection, server):
        link = Link(connection)
        if begun:
            link.later("BEGIN")
        end(server, last_words)
        with pytest.raises(told) if told else suppress(Lost):
            await asyncio.wait_for(use(link), 10)
        while link.is_alive():
            await asyncio.sleep(0)
        link.undo()
        with pytest.raises(Lost):
            await link.one(NEW, (1,), first)
