"""Data directories of their own, started and stopped like the server's."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from sandbox.app import Application, create_app
from sandbox.sandboxes.registry import Registry
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.settings import Settings
from tests import goldens
from tests.answers import answered
from tests.sandboxes.beside import Pair
from tests.sandboxes.following import Follow, Subscriber, settled
from tests.transport import serving
from tests.waiting import until_on_the_loop as until

_NAMES = itertools.count(1)
Start = Callable[..., AbstractContextManager[TestClient]]


@pytest.fixture
def name(pair: Pair) -> Iterator[str]:
    """A sandbox of the test's own that two processes serve, its clock frozen."""
    name = f"t{next(_NAMES)}"
    answered(pair.keeper.post("/_sandbox/sandboxes", json={"name": name, "clock": {"rate": 0}}))
    yield name
    pair.keeper.delete(f"/_sandbox/sandboxes/{name}")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def start(settings: Settings, data: Path) -> Start:
    """Starts a server on `data`, as often as a test wants; on leaving, the server stops."""

    @contextmanager
    def starting(**changes: object) -> Iterator[TestClient]:
        own = settings.model_copy(update={"data_dir": data, "members": 12, **changes})
        goldens.place(own)
        with serving(create_app(own)) as client:
            yield client

    return starting


@pytest.fixture
async def application(settings: Settings, data: Path) -> AsyncIterator[Application]:
    """An application without the server around it: nothing happens but what a test does."""
    async with made(settings, data) as application:
        yield application


@pytest.fixture
def registry(application: Application) -> Registry:
    """The sandboxes of that application."""
    return application.registry


@asynccontextmanager
async def made(settings: Settings, data: Path) -> AsyncIterator[Application]:
    """The application over a data directory; on leaving, it ends."""
    own = settings.model_copy(update={"data_dir": data, "members": 12})
    await asyncio.to_thread(goldens.place, own)
    application = await asyncio.to_thread(create_app, own)
    try:
        yield application
    finally:
        await application.registry.close()
        application._unlock()


@asynccontextmanager
async def opened(settings: Settings, data: Path) -> AsyncIterator[Registry]:
    """The sandboxes of a data directory, as a process has them that was just started; on leaving, it ends."""
    async with made(settings, data) as application:
        yield application.registry


@pytest.fixture
async def fed(registry: Registry) -> Sandbox:
    """The sandbox that is followed."""
    return await registry.create("fed")


@pytest.fixture
async def follow(application: Application, fed: Sandbox) -> AsyncIterator[Follow]:
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
