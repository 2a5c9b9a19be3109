"""Removing sandboxes that are not used: never what is in use, also where the use begins while the removal is under way."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from sandbox.app import Application
from sandbox.control import messages, streams
from sandbox.sandboxes.bounds import Bounds
from sandbox.sandboxes.feeds import Start
from sandbox.sandboxes.places import DATABASE
from sandbox.sandboxes.registry import Registry
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.settings import Settings
from sandbox.storage.schema import STATE_FACT
from sandbox.storage.unit import UnitOfWork
from tests.sandboxes.conftest import opened
from tests.waiting import until_on_the_loop as until

pytestmark = pytest.mark.slow

IDLE = 60.0


@pytest.fixture
async def sparing(registry: Registry) -> Registry:
    """Sandboxes that are removed after a minute without use."""
    registry.bounds = Bounds(idle_seconds=IDLE)
    return registry


async def unused(registry: Registry, name: str = "idle") -> Sandbox:
    """A sandbox that was not used for a second longer than is allowed."""
    sandbox = await registry.create(name)
    sandbox.used_at = time.monotonic() - IDLE - 1
    return sandbox


async def removed(registry: Registry) -> list[str]:
    """What is removed now."""
    return await registry.remove_idle(time.monotonic())


async def begun(sandbox: Sandbox) -> UnitOfWork:
    """A request in the middle of its transaction."""
    unit = sandbox.unit("test")
    await unit.change(STATE_FACT, key="note", value="x")
    return unit


async def ended(task: asyncio.Task[Any]) -> None:
    """Cancel what waits, as when its client has gone."""
    task.cancel()
    await asyncio.wait([task])


@pytest.fixture
async def asking(registry: Registry, application: Application) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application over these sandboxes."""
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield client


async def test_an_unused_sandbox_is_removed_with_its_files_and_its_name_is_free(sparing: Registry) -> None:
    await unused(sparing)
    assert await removed(sparing) == ["idle"]
    assert sparing.names() == ["default"]
    assert not sparing.places.home("idle").exists()
    assert sparing.peek("idle") is None
    assert (await sparing.create("idle")).used_at > time.monotonic() - IDLE


async def test_what_sleeps_is_removed_like_what_is_open(sparing: Registry) -> None:
    sandbox = await unused(sparing)
    await sandbox.sleep()
    assert await removed(sparing) == ["idle"]
    assert sparing.names() == ["default"]


async def test_the_time_allowed_is_kept_to_the_second(sparing: Registry) -> None:
    sandbox = await sparing.create("idle")
    assert await sparing.remove_idle(sandbox.used_at + IDLE) == []
    assert await sparing.remove_idle(sandbox.used_at + IDLE + 0.001) == ["idle"]


async def test_the_default_one_stays(sparing: Registry) -> None:
    (await sparing.open("default")).used_at = 0.0
    assert await removed(sparing) == []
    assert sparing.names() == ["default"]


async def test_nothing_is_removed_where_the_settings_name_no_time(registry: Registry) -> None:
    await unused(registry)
    assert await removed(registry) == []
    assert registry.names() == ["default", "idle"]


async def test_a_sandbox_with_a_transaction_under_way_stays(sparing: Registry) -> None:
    unit = await begun(await unused(sparing))
    assert await removed(sparing) == []
    await unit.commit()
    assert await removed(sparing) == ["idle"]


async def test_a_sandbox_whose_last_transaction_is_not_yet_committed_stays(sparing: Registry) -> None:
    sandbox = await unused(sparing)

    async def work() -> None:
        await (await begun(sandbox)).commit()

    _, gone = await asyncio.gather(work(), removed(sparing))
    assert gone == []
    assert await removed(sparing) == ["idle"]


async def test_a_sandbox_with_a_running_idempotency_key_stays(sparing: Registry) -> None:
    sandbox = await unused(sparing)
    sandbox.running_keys.add((1, "key"))
    assert await removed(sparing) == []
    sandbox.running_keys.clear()
    assert await removed(sparing) == ["idle"]


async def test_a_sandbox_whose_messages_somebody_waits_for_stays(sparing: Registry, asking: httpx.AsyncClient) -> None:
    sandbox = await unused(sparing)
    call = asking.get("/_sandbox/messages/next", params={"to": "0990000000", "wait": 60}, headers={"X-Sandbox": "idle"})
    waiting = asyncio.create_task(call)
    await until(lambda: sandbox.news.is_awaited)
    sandbox.used_at = time.monotonic() - IDLE - 1
    assert await removed(sparing) == []
    sandbox.news.tell()  # of something else: it is looked at, and waited for again
    assert await removed(sparing) == []
    await until(lambda: bool(sandbox.news._waiting))
    await ended(waiting)
    assert await removed(sparing) == ["idle"]


async def test_a_sandbox_with_a_listener_to_its_stream_stays_also_between_two_rows(sparing: Registry) -> None:
    sandbox = await unused(sparing)
    stream = listening_to(sandbox)
    assert await anext(stream) == b": listening\n\n"
    assert await removed(sparing) == []
    waiting = asyncio.create_task(anext(stream))
    await until(lambda: bool(sandbox.news._waiting))
    assert await removed(sparing) == []
    sandbox.news.tell()
    assert await removed(sparing) == []
    await until(lambda: bool(sandbox.news._waiting))
    await ended(waiting)
    assert await removed(sparing) == ["idle"]


async def test_a_sandbox_used_while_another_one_is_removed_stays(sparing: Registry) -> None:
    for name in ("first", "second", "third"):
        await unused(sparing, name)
    gone, second = await asyncio.gather(removed(sparing), sparing.open("second"))
    assert gone == ["first", "third"]
    await (await begun(second)).commit()
    assert sparing.names() == ["default", "second"]


async def test_a_sandbox_used_between_the_decision_and_the_turn_stays(sparing: Registry) -> None:
    sandbox = await unused(sparing)
    async with sandbox.whole._folding:  # as while its log is folded: the removal has the turn, and waits
        removing = asyncio.create_task(removed(sparing))
        await until(lambda: not sandbox.store.is_idle)
        assert await sparing.open("idle") is sandbox
    assert await removing == []
    await (await begun(sandbox)).commit()
    assert sparing.names() == ["default", "idle"]


async def test_a_sandbox_whose_turn_somebody_waits_for_stays(sparing: Registry) -> None:
    sandbox = await unused(sparing)
    async with sandbox.whole._folding:
        removing = asyncio.create_task(removed(sparing))
        await until(lambda: not sandbox.store.is_idle)
        waiting = asyncio.create_task(begun(sandbox))
        await asyncio.sleep(0)
    assert await removing == []
    await (await waiting).commit()
    assert await removed(sparing) == ["idle"]


async def test_a_request_that_comes_once_it_is_being_removed_finds_nothing(sparing: Registry) -> None:
    sandbox = await unused(sparing)
    removing = asyncio.create_task(removed(sparing))
    await until(lambda: sandbox.asleep)
    outcome = (await asyncio.gather(sparing.open("idle"), return_exceptions=True))[0]
    assert type(outcome).__name__ == "SandboxNotFound"
    assert sandbox.whole.removed
    assert await removing == ["idle"]


async def test_what_is_deleted_meanwhile_keeps_nothing_else_from_being_removed(sparing: Registry) -> None:
    for name in ("first", "second", "third"):
        await unused(sparing, name)
    gone, _ = await asyncio.gather(removed(sparing), sparing.delete("second"))
    assert gone == ["first", "third"]
    assert sparing.names() == ["default"]


async def test_what_a_copy_is_made_of_is_used_by_that(settings: Settings, data: Path) -> None:
    async with opened(settings, data) as registry:
        await registry.create("template")
        await registry.snapshot("template", "s")
    for step in ("fork", "export", "snapshots"):
        async with opened(settings, data) as registry:  # a process that has not used it yet
            registry.bounds = Bounds(idle_seconds=IDLE)
            begun = time.monotonic()
            if step == "fork":
                await registry.create("child", parent=("template", None))
            elif step == "export":
                await registry.export("template")
            else:
                await registry.snapshots("template")
            assert await registry.remove_idle(begun + IDLE) == []
            assert "template" in registry.names()


@pytest.mark.sqlite("a file that is damaged")
async def test_a_damaged_sandbox_that_was_asked_for_is_not_removed_for_that(settings: Settings, data: Path) -> None:
    async with opened(settings, data) as registry:
        home = (await registry.create("hurt")).home
    (home / DATABASE).write_bytes(b"no database")
    async with opened(settings, data) as registry:
        registry.bounds = Bounds(idle_seconds=IDLE)
        outcome = (await asyncio.gather(registry.open("hurt"), return_exceptions=True))[0]
        assert type(outcome).__name__ == "SandboxDamaged"
        assert await registry.remove_idle(time.monotonic() + IDLE - 1) == []
        assert registry.names() == ["default", "hurt"]


def listening_to(sandbox: Sandbox) -> AsyncIterator[bytes]:
    """A stream of messages that never come."""
    return streams.follow(sandbox, messages.STREAM, Start(sandbox.generation, 0, 0), lambda row: True)
