"""Copies of a sandbox: they have all that was done, also in the same turn of the loop, and the moment of the copy."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sandbox.kernel import clock
from sandbox.kernel.clock import HOUR, MINUTE, SECOND
from sandbox.sandboxes import registry as registry_module
from sandbox.sandboxes import sandbox as sandbox_module
from sandbox.sandboxes.contents import Given
from sandbox.sandboxes.places import DATABASE
from sandbox.sandboxes.registry import Registry
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.settings import Settings
from sandbox.storage.schema import STATE_FACT
from tests.databases import file_of
from tests.sandboxes.conftest import opened

pytestmark = [pytest.mark.slow, pytest.mark.sqlite("copies of files")]


async def note(sandbox: Sandbox, value: str) -> None:
    """A unit of work, from beginning to commit."""
    unit = sandbox.unit("test")
    await unit.change(STATE_FACT, key="note", value=value)
    await unit.commit()


def noted(path: Path) -> str | None:
    """The note that a file holds."""
    return facts(path).get("note")


def facts(path: Path) -> dict[str, str]:
    with closing(sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)) as connection:
        return dict(connection.execute("SELECT key, value FROM sandbox_fact"))


async def fork(registry: Registry) -> Path:
    await registry.create("fork", parent=("default", None))
    await registry.get("fork").sleep()
    return registry.places.home("fork") / DATABASE


async def snapshot(registry: Registry) -> Path:
    await registry.snapshot("default", "s")
    return registry.get("default").snapshots / "s.sqlite"


async def export(registry: Registry) -> Path:
    return await registry.export("default")


async def sleep(registry: Registry) -> Path:
    await registry.get("default").sleep()
    return registry.places.home("default") / DATABASE


Copying = Callable[[Registry], Awaitable[Path]]


@pytest.mark.parametrize("copying", [fork, snapshot, export, sleep])
async def test_what_is_kept_and_not_yet_committed_is_in_a_copy_made_in_the_same_turn_of_the_loop(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, copying: Copying
) -> None:
    async def at_once(work: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Work without a thread: the loop gets no turn in which it could commit."""
        return work(*args, **options)

    for module in (registry_module, sandbox_module):
        monkeypatch.setattr(module, "in_thread", at_once)
    default = await registry.open("default")
    seen = []

    async def copy() -> Path:
        seen.append(file_of(default).undecided)
        return await copying(registry)

    _, path = await asyncio.gather(note(default, "kept"), copy())
    assert seen == [True]
    assert noted(path) == "kept"


class Machine:
    """The machine's own time, which passes when the test says so."""

    def __init__(self) -> None:
        self.now = 1_900_000_000 * SECOND

    def time_ns(self) -> int:
        return self.now * 1000

    def passes(self, micros: int) -> None:
        self.now += micros


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(clock, "time", machine)
    return machine


RATES = pytest.mark.parametrize("rate", [1, 60])


async def running(registry: Registry, machine: Machine, rate: int) -> Sandbox:
    """A sandbox whose clock has run for an hour of the machine's at `rate` times its speed."""
    sandbox = await registry.create("running", Given(rate_millis=rate * 1000))
    start = sandbox.clock.now()
    assert start == sandbox.origin.clock_start
    machine.passes(HOUR)
    assert sandbox.clock.now() == start + rate * HOUR
    return sandbox


@RATES
async def test_a_fork_goes_on_from_the_moment_it_was_made_at(machine: Machine, registry: Registry, rate: int) -> None:
    parent = await running(registry, machine, rate)
    moment = parent.clock.now()
    child = await registry.create("child", parent=("running", None))
    assert child.clock.now() == parent.clock.now() == moment
    machine.passes(MINUTE)
    assert child.clock.now() == parent.clock.now() == moment + rate * MINUTE


@RATES
async def test_the_clock_of_a_fork_stands_until_the_fork_is_opened(
    machine: Machine, registry: Registry, monkeypatch: pytest.MonkeyPatch, rate: int
) -> None:
    parent = await running(registry, machine, rate)
    moment = parent.clock.now()
    publish = registry._publish

    def publish_late(scratch: Path, home: Path) -> None:
        """As where the copy takes an hour."""
        machine.passes(HOUR)
        publish(scratch, home)

    monkeypatch.setattr(registry, "_publish", publish_late)
    child = await registry.create("child", parent=("running", None))
    assert child.clock.now() == moment
    assert parent.clock.now() == moment + rate * HOUR


@RATES
@pytest.mark.parametrize("copying", [snapshot, export])
async def test_a_copy_states_the_moment_it_was_made_at_and_that_its_clock_stands(
    machine: Machine, registry: Registry, copying: Copying, rate: int
) -> None:
    default = await registry.open("default")
    await default.set_clock(None, rate * 1000)
    machine.passes(HOUR)
    stated = facts(await copying(registry))
    assert int(stated["clock_anchor"]) == default.clock.now() == default.origin.clock_start + rate * HOUR
    assert stated["clock_origin"] == ""
    assert stated["clock_rate_millis"] == str(rate * 1000)


@RATES
async def test_a_snapshot_restored_later_goes_on_from_its_moment(
    machine: Machine, registry: Registry, rate: int
) -> None:
    sandbox = await running(registry, machine, rate)
    moment = sandbox.clock.now()
    await registry.snapshot("running", "s")
    machine.passes(HOUR)
    assert sandbox.clock.now() == moment + rate * HOUR
    for _ in range(2):  # as often as one likes
        await registry.restore("running", "s")
        assert sandbox.clock.now() == moment
        machine.passes(MINUTE)
        assert sandbox.clock.now() == moment + rate * MINUTE


@RATES
async def test_a_sandbox_made_of_a_snapshot_goes_on_from_the_moment_of_the_snapshot(
    machine: Machine, registry: Registry, rate: int
) -> None:
    sandbox = await running(registry, machine, rate)
    moment = sandbox.clock.now()
    await registry.snapshot("running", "s")
    machine.passes(HOUR)
    child = await registry.create("child", parent=("running", "s"))
    assert child.clock.now() == moment
    machine.passes(MINUTE)
    assert child.clock.now() == moment + rate * MINUTE


@pytest.mark.parametrize(("made_at", "forked_at", "expected"), [(60, 0, 0), (60, None, 60), (0, 2, 2), (None, None, 1)])
async def test_a_reset_copy_runs_at_the_rate_that_it_or_its_parent_was_made_with(
    machine: Machine, registry: Registry, made_at: int | None, forked_at: int | None, expected: int
) -> None:
    def given(rate: int | None) -> Given:
        return Given(rate_millis=None if rate is None else rate * 1000)

    parent = await registry.create("parent", given(made_at))
    await parent.set_clock(None, 7_000)
    child = await registry.create("child", given(forked_at), parent=("parent", None))
    await registry.reset("child")
    machine.passes(MINUTE)
    assert child.clock.now() == child.origin.clock_start + expected * MINUTE


async def test_a_fork_made_to_stand_stands_at_the_moment_it_was_made_at(machine: Machine, registry: Registry) -> None:
    parent = await running(registry, machine, 60)
    child = await registry.create("child", Given(rate_millis=0), parent=("running", None))
    machine.passes(HOUR)
    assert child.clock.now() == child.origin.clock_start + 60 * HOUR
    assert parent.clock.now() == child.origin.clock_start + 120 * HOUR


@RATES
async def test_a_clock_runs_on_while_its_sandbox_sleeps(machine: Machine, registry: Registry, rate: int) -> None:
    sandbox = await running(registry, machine, rate)
    moment = sandbox.clock.now()
    await sandbox.sleep()
    machine.passes(HOUR)
    await sandbox.open()
    assert sandbox.clock.now() == moment + rate * HOUR


@RATES
async def test_a_clock_runs_on_while_no_process_runs(
    machine: Machine, settings: Settings, data: Path, rate: int
) -> None:
    async with opened(settings, data) as registry:
        moment = (await running(registry, machine, rate)).clock.now()
    machine.passes(HOUR)
    async with opened(settings, data) as registry:
        assert (await registry.open("running")).clock.now() == moment + rate * HOUR


async def test_a_reset_begins_with_the_first_moment_again(machine: Machine, registry: Registry) -> None:
    sandbox = await running(registry, machine, 60)
    await sandbox.set_clock(None, 0)
    await registry.reset("running")
    assert sandbox.clock.now() == sandbox.origin.clock_start
    machine.passes(MINUTE)
    assert sandbox.clock.now() == sandbox.origin.clock_start + 60 * MINUTE
