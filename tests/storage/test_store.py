"""Turns, savepoints and the commit that requests share."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from sandbox.storage.driver import Store
from sandbox.storage.statements import Command, Query


@pytest.fixture
async def store(tmp_path: Path):
    store = Store(tmp_path / "bank.sqlite")
    store.connection.execute("CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT UNIQUE) STRICT")
    yield store
    if not store.closed:
        store.close()


ADD = Command("INSERT INTO thing (name) VALUES (:name)")
NAMES = Query("SELECT name FROM thing ORDER BY id", lambda row: row[0])


def committed(store: Store) -> list[str]:
    """What another process would see."""
    with sqlite3.connect(store.path) as other:
        names = [name for (name,) in other.execute("SELECT name FROM thing ORDER BY id")]
    other.close()
    return names


async def work(store: Store, *names: str, fail: bool = False, pause: bool = False) -> list[str]:
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


async def test_nobody_is_told_before_the_commit(store: Store) -> None:
    for seen, name in zip(await asyncio.gather(*(work(store, name) for name in "abc")), "abc", strict=True):
        assert name in seen


async def test_requests_that_are_ready_together_share_one_commit(store: Store) -> None:
    commits = []
    store.connection.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)
    await asyncio.gather(*(work(store, f"n{number}") for number in range(10)))
    assert len(commits) == 1
    assert len(committed(store)) == 10


async def test_one_that_fails_takes_nothing_of_the_others_along(store: Store) -> None:
    await asyncio.gather(work(store, "a"), work(store, "b", "c", fail=True), work(store, "d"))
    assert committed(store) == ["a", "d"]


async def test_one_that_waits_in_the_middle_is_joined_by_nobody(store: Store) -> None:
    await asyncio.gather(work(store, "a1", "a2", pause=True), work(store, "b1", "b2", pause=True), work(store, "c"))
    names = committed(store)
    assert sorted(names) == ["a1", "a2", "b1", "b2", "c"]
    assert names.index("a2") == names.index("a1") + 1
    assert names.index("b2") == names.index("b1") + 1


async def test_one_that_gives_up_waiting_for_its_turn_blocks_nobody(store: Store) -> None:
    owner = object()
    await store.take_turn(owner)
    waiting = [asyncio.create_task(store.take_turn(object())) for _ in range(2)]
    await asyncio.sleep(0)
    store.end_turn(owner)
    waiting[0].cancel()
    await asyncio.wait(waiting, timeout=5)
    assert waiting[1].done()
    assert not waiting[1].cancelled()


async def test_a_commit_that_fails_is_told_to_everybody_in_it(store: Store) -> None:
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
    store.connection = Full(real)  # type: ignore[assignment]  # a stand-in
    outcomes = await asyncio.gather(work(store, "a"), work(store, "b"), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [sqlite3.OperationalError] * 2
    store.connection = real
    assert committed(store) == []
    assert "c" in await work(store, "c")


async def test_closing_commits_what_was_kept_and_wakes_who_waits(store: Store) -> None:
    owner = object()
    await store.take_turn(owner)
    store.begin()
    store.insert(ADD, {"name": "kept"})
    store.keep()
    waiting = asyncio.create_task(store.take_turn(object()))
    await asyncio.sleep(0)
    store.close()
    await asyncio.wait_for(waiting, 5)
    assert store.closed
    assert committed(store) == ["kept"]


async def test_reads_see_work_that_is_kept_and_know_that_it_is_undecided(store: Store) -> None:
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
