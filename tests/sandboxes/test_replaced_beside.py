"""A sandbox that is replaced, deleted or closed between two steps of an operation on it: both have the effect that they
have one behind the other, in some order."""

import asyncio
import dataclasses
import errno
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sandbox.bank.jobs import service as jobs
from sandbox.kernel import clock
from sandbox.kernel.clock import DAY
from sandbox.problems import SandboxNotFound
from sandbox.sandboxes import inspection, survey
from sandbox.sandboxes.contents import Given
from sandbox.sandboxes.problems import DeletedSandboxNotFound
from sandbox.sandboxes.registry import Registry
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.storage import driver, schema

Act = Callable[[], Awaitable[Any]]
pytestmark = pytest.mark.slow


async def begun(act: Act) -> asyncio.Task[Any]:
    """Have an operation begin, and give it time to end, unless it waits for the one that is under way."""
    task = asyncio.ensure_future(act())
    await asyncio.wait([task], timeout=0.1)
    return task


def meanwhile(monkeypatch: pytest.MonkeyPatch, owner: Any, step: str, act: Act) -> list[asyncio.Task[Any]]:
    """Have an operation begin just before the first call of a step."""
    real, tasks = getattr(owner, step), list[asyncio.Task[Any]]()

    async def stepping(*arguments: Any, **options: Any) -> Any:
        monkeypatch.setattr(owner, step, real)
        tasks.append(await begun(act))
        return await real(*arguments, **options)

    monkeypatch.setattr(owner, step, stepping)
    return tasks


def moved(monkeypatch: pytest.MonkeyPatch, act: Act) -> list[asyncio.Task[Any]]:
    """The same just before a sandbox is moved out of its place, with its turn held."""
    return meanwhile(monkeypatch, Sandbox, "_remove_in_turn", act)


async def test_a_server_that_stops_beside_a_deletion_closes_all_the_same(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    await registry.create("gone")
    other = await registry.create("other")
    closing = moved(monkeypatch, registry.close)
    await registry.delete("gone")
    await closing[0]
    assert other.asleep


async def test_an_idle_removal_that_is_cancelled_goes_on_to_its_end(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.bounds = dataclasses.replace(registry.bounds, idle_seconds=1.0)
    idle = await registry.create("idle")
    other = await registry.create("other")
    removing = asyncio.ensure_future(asyncio.sleep(0))

    async def cancel() -> None:
        removing.cancel()

    tasks = moved(monkeypatch, cancel)
    removing = asyncio.ensure_future(registry.remove_idle(idle.used_at + 1.5))
    other.used_at = idle.used_at + 1.0
    await asyncio.wait([removing])
    assert removing.cancelled()
    assert tasks
    assert registry.seen("idle") is None
    assert [each.name for each in await registry.bin.kept()] == []
    await registry.close()
    assert other.asleep


async def test_what_is_deleted_for_good_is_in_the_bin_at_no_moment(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it could be undeleted, or take the place of an earlier one of its name, which is kept."""
    await registry.create("mine")
    await registry.delete("mine")
    await registry.create("mine")
    remove_home, kept = registry.engine.remove_home, []

    def removing(home: Path) -> None:
        kept.append(registry.bin._make_room())
        remove_home(home)

    monkeypatch.setattr(registry.engine, "remove_home", removing)
    await registry.delete("mine", permanent=True)
    assert kept == [[]]
    assert [each.name for each in await registry.bin.kept()] == ["mine"]
    await registry.undelete("mine")
    await registry.delete("mine", permanent=True)
    with pytest.raises(DeletedSandboxNotFound):
        await registry.undelete("mine")
    assert list((registry.places.data_dir / "unfinished").iterdir()) == []


async def test_a_reset_beside_a_recording_that_begins_leaves_its_clock_standing(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    await registry.create("mine")
    tasks = meanwhile(monkeypatch, registry.goldens, "copy", partial(registry.reset, "mine", is_recorded=True))
    await registry.reset("mine")
    await asyncio.gather(*tasks)
    sandbox = registry.get("mine")
    assert sandbox.notes.recording is not None
    assert sandbox.clock.rate_millis == 0


async def test_a_reset_beside_an_import_makes_either_bank_anew(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    await registry.create("mine", Given(members=3))
    await registry.create("other", Given(members=5))
    file = await registry.export("other")
    tasks = meanwhile(monkeypatch, registry.goldens, "copy", partial(registry.replace, "mine", file, lambda _: []))
    await registry.reset("mine")
    await asyncio.gather(*tasks)
    assert registry.get("mine").origin.members == 5  # the import waited
    await registry.reset("mine")
    assert registry.get("mine").origin.members == 5


async def test_a_sandbox_is_replaced_only_once_it_is_set_up(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fork with a clock of its own: beside a reset, it is moved before it or not at all."""
    parent = await registry.create("parent", Given(rate_millis=0))
    target = clock.Micros(parent.clock.now() + 3 * DAY)
    tasks = meanwhile(monkeypatch, jobs, "advance", partial(registry.reset, "mine"))

    async def set_up(sandbox: Sandbox) -> None:
        await jobs.advance(sandbox, target)

    made = await registry.create("mine", Given(rate_millis=0), parent=("parent", None), set_up=set_up)
    await asyncio.gather(*tasks)
    assert made.clock.now() == made.origin.clock_start


@pytest.mark.parametrize("other", ["replace", "delete"])
async def test_where_a_sandbox_cannot_be_set_up_nobody_elses_goes_with_it(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    await registry.create("other")
    file = await registry.export("other")
    acts: dict[str, Act] = {
        "replace": partial(registry.replace, "mine", file, lambda _: []),
        "delete": partial(registry.delete, "mine"),
    }
    tasks = list[asyncio.Task[Any]]()

    async def set_up(_: Sandbox) -> None:
        tasks.append(await begun(acts[other]))
        raise OSError(errno.ENOSPC, "no room")

    with pytest.raises(OSError, match="no room"):
        await registry.create("mine", set_up=set_up)
    with pytest.raises(SandboxNotFound):
        await tasks[0]
    assert registry.names() == ["default", "other"]
    await registry.create("mine")
    await registry.open("mine")


@pytest.mark.sqlite("files that are looked at")
async def test_one_that_is_made_again_while_others_are_looked_at_is_not_listed_as_damaged(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("mine", "other"):
        await registry.create(name)
        await registry.get(name).sleep()
    loop, real, made = asyncio.get_running_loop(), survey._look_at, list[Sandbox]()

    def looking(registry: Registry, name: str, in_use: set[str]) -> Any:
        if name != "mine" or made:
            return real(registry, name, in_use)
        asyncio.run_coroutine_threadsafe(registry.delete("mine"), loop).result()
        told = real(registry, name, in_use)
        made.append(asyncio.run_coroutine_threadsafe(registry.create("mine"), loop).result())
        return told

    monkeypatch.setattr(survey, "_look_at", looking)
    assert [(each.name, each.state) for each in await survey.listed(registry)] == [
        (name, "ready") for name in ("default", "mine", "other")
    ]


async def test_a_snapshot_that_was_away_for_a_moment_is_as_good_as_before(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    await registry.create("mine")
    await registry.snapshot("mine", "s")
    registry._trust.forget(registry.get("mine").snapshots / "s.sqlite")
    loop, real = asyncio.get_running_loop(), driver.unchanging

    def opening(path: Path) -> Any:
        monkeypatch.setattr(inspection, "unchanging", real)
        asyncio.run_coroutine_threadsafe(registry.delete("mine"), loop).result()
        try:
            return real(path)
        finally:
            asyncio.run_coroutine_threadsafe(registry.undelete("mine"), loop).result()

    monkeypatch.setattr(inspection, "unchanging", opening)
    await registry.snapshots("mine")
    assert [each.state for each in await registry.snapshots("mine")] == ["ready"]
    await registry.restore("mine", "s")


async def test_nothing_is_remembered_of_files_that_are_gone(registry: Registry) -> None:
    await registry.create("other")
    known = set(registry._trust._whole)
    for permanent in (True, False):
        await registry.create("mine")
        for name in ("s", "t"):
            await registry.snapshot("mine", name)
        await registry.forget("mine", "s")
        await registry.delete("mine", permanent=permanent)
    assert set(registry._trust._whole) == known


@pytest.mark.sqlite("a file that another process reads")
async def test_an_export_of_what_was_reset_meanwhile_is_one_of_the_new_bank(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = await registry.create("mine")
    await sandbox.sleep()
    with registry.engine.connected(sandbox.path) as connection:
        schema.state(connection, schema_version="another")
    real = sandbox.image_as_it_is

    async def behind_a_reset(*arguments: Any) -> None:
        await registry.reset("mine")
        await real(*arguments)

    monkeypatch.setattr(sandbox, "image_as_it_is", behind_a_reset)
    file = await registry.export("mine")
    facts = schema.facts(driver.connect(file))
    assert (facts["schema_version"], facts["clock_origin"]) == (schema.version(), "")
