"""Sizes of databases that are dropped while they are looked at: that is no damage, and no outage."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sandbox.sandboxes import survey
from sandbox.sandboxes.registry import Registry
from sandbox.sandboxes.server import ServerEngine
from sandbox.settings import Settings
from sandbox.storage.server.cluster import Cluster
from tests import postgres
from tests.databases import server_of
from tests.sandboxes.conftest import made

pytest.importorskip("psycopg", reason="psycopg is not installed")
pytestmark = pytest.mark.slow


@pytest.fixture
async def on_server(settings: Settings, data: Path, url: str) -> AsyncIterator[Registry]:
    """Sandboxes on the server."""
    own = {"database_url": url, "database_spares": 0, "database_temporary": True}
    async with made(settings.model_copy(update=own), data) as application:
        yield application.registry


@pytest.fixture
def engine(on_server: Registry) -> ServerEngine:
    return server_of(on_server)


@pytest.fixture
def cluster(url: str) -> Iterator[Cluster]:
    """One that asks the server over one connection."""
    with closing(Cluster(url, "sandbox_sizes_")) as cluster:
        yield cluster


def dropped(engine: ServerEngine) -> None:
    """Wait until what is no longer needed is dropped."""
    engine._aside.submit(lambda: None).result(30)


async def test_a_sandbox_that_is_reset_while_it_is_looked_at_is_listed_as_ready(
    on_server: Registry, engine: ServerEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = await on_server.create("mine")
    former, loop, size = engine.named_by(sandbox.path), asyncio.get_running_loop(), engine._cluster.size

    def size_behind_a_reset(database: str) -> int | None:
        if database == former:
            asyncio.run_coroutine_threadsafe(on_server.reset("mine"), loop).result(60)
            dropped(engine)
        return size(database)

    monkeypatch.setattr(engine._cluster, "size", size_behind_a_reset)
    (mine,) = [each for each in await survey.listed(on_server) if each.name == "mine"]
    assert former != engine.named_by(sandbox.path)
    assert (mine.state, mine.reason) == ("ready", None)
    assert mine.size >= postgres.size_of(1)


def test_a_database_that_is_dropped_while_its_size_is_asked_for_has_none(cluster: Cluster, url: str) -> None:
    database = cluster.create()
    assert cluster.size(database)
    with cluster._server() as server:  # as long as this goes on, a statement finds the name that there was
        server.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        server.execute("SELECT datname FROM pg_database")
    postgres.drop(url, database)
    assert cluster.size(database) is None


async def test_no_size_is_kept_of_what_was_dropped(on_server: Registry, engine: ServerEngine) -> None:
    database, may_drop = engine._cluster.create(), threading.Event()
    engine._aside.submit(may_drop.wait, 30)
    engine.drop_later(database)
    assert engine._size(database) >= postgres.size_of(1)
    may_drop.set()
    await asyncio.to_thread(dropped, engine)
    assert engine._size(database) == 0
    assert engine._sizes == {}
