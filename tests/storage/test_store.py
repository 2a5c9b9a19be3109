"""Turns, savepoints and the commit that requests share."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from sandbox.storage.driver import MOST_TOGETHER, SqliteStore, connect
from sandbox.storage.queries import Command, Query, numbered


@pytest.fixture
async def store(tmp_path: Path):
    store = SqliteStore()
    store.attach(connect(tmp_path / "bank.sqlite", create=True), is_new=True)
    store.connection.execute("CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT UNIQUE) STRICT")
    yield store
    if not store.closed:
        store.detach().close()


ADD = Command(*numbered("INSERT INTO thing (name) VALUES (:name)"))
NAMES = Query(*numbered("SELECT name FROM thing ORDER BY id"), lambda row: row[0])


def path_of(store: SqliteStore) -> str:
    return store.connection.execute("PRAGMA database_list").fetchone()[2]


def committed(store: SqliteStore) -> list[str]:
    """What another process would see."""
    with sqlite3.connect(path_of(store)) as other:
        names = [name for (name,) in other.execute("SELECT name FROM thing ORDER BY id")]
    other.close()
    return names


async def work(store: SqliteStore, *names: str, fail: bool = False, pause: bool = False) -> list[str]:
    """One unit of work: adds things, then keeps or undoes them; what was committed when it was told so."""
    owner = object()
    await store.take_turn(owner)
    store.begin()
    for name in names:
        store.insert(ADD, {"name": name})
        if pause:
            await asyncio.sleep(0.001)
    if fail:
        store.undo()
        store.end_turn(owner)
        return []
    store.keep()
    store.end_turn(owner)
    await store.durable()
    return committed(store)


def commits_of(store: SqliteStore) -> list[str]:
    """Grows by an item with every commit."""
    commits: list[str] = []
    store.connection.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)
    return commits


async def test_nobody_is_told_before_the_commit(store: SqliteStore) -> None:
    for seen, name in zip(await asyncio.gather(*(work(store, name) for name in "abc")), "abc", strict=True):
        assert name in seen


async def test_requests_that_are_ready_together_share_one_commit(store: SqliteStore) -> None:
    commits = commits_of(store)
    await asyncio.gather(*(work(store, f"n{number}") for number in range(10)))
    assert len(commits) == 1
    assert len(committed(store)) == 10


async def queued(store: SqliteStore, number: int) -> list[asyncio.Task[list[str]]]:
    """So many units of work that have waited for a turn, which is now the first one's."""
    operation = object()
    await store.take_turn(operation)
    waiting = [asyncio.create_task(work(store, f"n{each}")) for each in range(number)]
    await asyncio.sleep(0)
    store.end_turn(operation)
    return waiting


async def test_requests_that_had_to_wait_for_their_turn_share_one_commit(store: SqliteStore) -> None:
    """Each gets its turn in another round of the loop. With a commit for each round the queue would never dissolve
    under a steady load: those that are answered ask again, and queue up behind the others."""
    commits = commits_of(store)
    await asyncio.gather(*await queued(store, 10))
    assert len(commits) == 1
    assert len(committed(store)) == 10


@pytest.mark.parametrize(("units", "expected"), [(MOST_TOGETHER, 1), (MOST_TOGETHER + 1, 2), (3 * MOST_TOGETHER, 3)])
async def test_a_queue_that_does_not_end_commits_all_the_same(store: SqliteStore, units: int, expected: int) -> None:
    commits = commits_of(store)
    await asyncio.gather(*await queued(store, units))
    assert len(commits) == expected


async def test_those_that_are_done_do_not_wait_for_one_that_reads_for_long(store: SqliteStore) -> None:
    reader = object()
    operation = object()
    await store.take_turn(operation)
    done = asyncio.create_task(work(store, "a"))
    await asyncio.sleep(0)
    reading = asyncio.create_task(store.take_turn(reader))
    behind = asyncio.create_task(work(store, "b"))
    await asyncio.sleep(0)
    store.end_turn(operation)
    await reading
    assert "a" in await asyncio.wait_for(done, 5)
    assert not behind.done()
    store.end_turn(reader)
    assert "b" in await behind


async def test_one_that_fails_takes_nothing_of_the_others_along(store: SqliteStore) -> None:
    await asyncio.gather(work(store, "a"), work(store, "b", "c", fail=True), work(store, "d"))
    assert committed(store) == ["a", "d"]


async def test_one_that_waits_in_the_middle_is_joined_by_nobody(store: SqliteStore) -> None:
    await asyncio.gather(work(store, "a1", "a2", pause=True), work(store, "b1", "b2", pause=True), work(store, "c"))
    names = committed(store)
    assert sorted(names) == ["a1", "a2", "b1", "b2", "c"]
    assert names.index("a2") == names.index("a1") + 1
    assert names.index("b2") == names.index("b1") + 1


async def test_one_that_gives_up_waiting_for_its_turn_blocks_nobody(store: SqliteStore) -> None:
    owner = object()
    await store.take_turn(owner)
    waiting = [asyncio.create_task(store.take_turn(object())) for _ in range(2)]
    await asyncio.sleep(0)
    store.end_turn(owner)
    waiting[0].cancel()
    await asyncio.wait(waiting, timeout=5)
    assert waiting[1].done()
    assert not waiting[1].cancelled()


async def test_a_commit_that_fails_is_told_to_everybody_in_it(store: SqliteStore) -> None:
    class Full:
        """A connection whose disk is full at the commit."""

        def __init__(self, real: sqlite3.Connection) -> None:
            self._real = real

        def execute(self, sql: str, *params: object) -> sqlite3.Cursor:
            if sql == "COMMIT":
                raise sqlite3.OperationalError("database or disk is full")
            return self._real.execute(sql, *params)

        def __getattr__(self, name: str) -> object:
            return getattr(self._real, name)

    real = store.connection
    store.connection = Full(real)
    outcomes = await asyncio.gather(work(store, "a"), work(store, "b"), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [sqlite3.OperationalError] * 2
    store.connection = real
    assert committed(store) == []
    assert "c" in await work(store, "c")


async def test_detaching_commits_what_was_kept_and_leaves_the_turn_where_it_is(store: SqliteStore) -> None:
    path = path_of(store)
    operation = object()
    await store.take_turn(operation)
    store.begin()
    store.insert(ADD, {"name": "kept"})
    store.keep()
    waiting = asyncio.create_task(store.take_turn(object()))
    await asyncio.sleep(0)
    store.detach().close()
    await asyncio.sleep(0)
    assert store.closed
    assert not waiting.done()
    with sqlite3.connect(path) as other:
        assert other.execute("SELECT name FROM thing").fetchall() == [("kept",)]
    other.close()
    store.end_turn(operation)
    await asyncio.wait_for(waiting, 5)


async def test_an_owner_is_not_let_in_twice(store: SqliteStore) -> None:
    operation = object()
    await store.take_turn(operation)
    with pytest.raises(RuntimeError):
        await store.take_turn(operation)


async def test_the_turn_goes_to_who_asked_first_and_not_to_who_comes_by(store: SqliteStore) -> None:
    first, second, third = object(), object(), object()
    order = []

    async def take(owner: object) -> None:
        await store.take_turn(owner)
        order.append(owner)
        store.end_turn(owner)

    await store.take_turn(first)
    waiting = asyncio.create_task(take(second))
    await asyncio.sleep(0)
    store.end_turn(first)
    await asyncio.gather(take(third), waiting)
    assert order == [second, third]


async def test_a_turn_that_comes_with_a_cancellation_is_passed_on(store: SqliteStore) -> None:
    first = object()
    await store.take_turn(first)
    cancelled, waiting = (asyncio.create_task(store.take_turn(object())) for _ in range(2))
    await asyncio.sleep(0)
    store.end_turn(first)  # the turn is handed to `cancelled` …
    cancelled.cancel()  # … which does not live to take it
    await asyncio.wait([cancelled, waiting], timeout=5)
    assert cancelled.cancelled()
    assert waiting.done()
    assert not waiting.cancelled()


async def test_a_transaction_that_sqlite_rolls_back_is_told_to_everyone_in_it_and_to_nobody_after(
    store: SqliteStore,
) -> None:
    """As a full disk in the middle of a statement does: SQLite ends the whole common transaction, savepoints and all."""
    await work(store, "taken")
    rolls_back = Command(*numbered("INSERT OR ROLLBACK INTO thing (name) VALUES (:name)"))

    async def break_it() -> None:
        owner = object()
        await store.take_turn(owner)
        store.begin()
        try:
            store.insert(rolls_back, {"name": "taken"})
        finally:
            store.undo()
            store.end_turn(owner)

    outcomes = await asyncio.gather(work(store, "before"), break_it(), work(store, "after"), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [sqlite3.IntegrityError, sqlite3.IntegrityError, list]
    assert committed(store) == ["taken", "after"]


async def test_reads_see_work_that_is_kept_and_know_that_it_is_undecided(store: SqliteStore) -> None:
    owner = object()
    await store.take_turn(owner)
    store.begin()
    store.insert(ADD, {"name": "a"})
    store.keep()
    assert store.all(NAMES, {}) == ["a"]
    assert store.undecided
    assert committed(store) == []
    store.end_turn(owner)
    await store.durable()
    assert not store.undecided
    assert committed(store) == ["a"]


async def test_a_query_that_was_not_read_to_its_end_keeps_no_log_from_folding(store: SqliteStore) -> None:
    await work(store, "a", "b")
    assert store.one(NAMES, {}) == "a"
    store.settle()
    busy, *_ = store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert not busy
    assert store.one(NAMES, {}) == "a"
    path = path_of(store)
    store.detach().close()
    assert not Path(f"{path}-wal").exists()
