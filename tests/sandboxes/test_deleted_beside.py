"""A sandbox, or a snapshot, that is deleted between two steps of an operation on it: the operation is answered as if it
had come before the deletion, or behind it."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sandbox.problems import SandboxNotFound
from sandbox.sandboxes import inspection, snapshots, survey
from sandbox.sandboxes import registry as registries
from sandbox.sandboxes.census import Listed
from sandbox.sandboxes.places import remove
from sandbox.sandboxes.problems import SnapshotNotFound
from sandbox.sandboxes.registry import Registry
from sandbox.sandboxes.sqlite import SqliteEngine

pytestmark = pytest.mark.slow
Act = Callable[[Registry, str], Awaitable[Any]]
# There are a sandbox `name` with a snapshot `s`, and a deleted one called `old-name`.
ACTS: dict[str, Act] = {
    "take": lambda registry, name: registry.snapshot(name, "t"),
    "snapshots": lambda registry, name: registry.snapshots(name),
    "restore": lambda registry, name: registry.restore(name, "s"),
    "fork": lambda registry, name: registry.create(f"new-{name}", parent=(name, None)),
    "fork a snapshot": lambda registry, name: registry.create(f"new-{name}", parent=(name, "s")),
    "forget": lambda registry, name: registry.forget(name, "s"),
    "reset": lambda registry, name: registry.reset(name),
    "list": lambda registry, _: survey.listed(registry),
    "inspect": lambda registry, _: survey.inspect(registry),
    "make": lambda registry, name: registry.create(f"new-{name}"),
    "undelete": lambda registry, name: registry.undelete(f"old-{name}"),
}
DELETIONS: dict[str, Act] = {
    "the sandbox": lambda registry, name: registry.delete(name),
    "the snapshot": lambda registry, name: registry.forget(name, "s"),
    "the one taken": lambda registry, name: registry.forget(name, "t"),
    "the one made": lambda registry, name: registry.delete(f"new-{name}"),
    "the one brought back": lambda registry, name: registry.delete(f"old-{name}"),
}
PAIRS = (
    *((act, "the sandbox") for act in ACTS),
    *((act, "the snapshot") for act in ("snapshots", "restore", "fork a snapshot", "forget")),
    ("take", "the one taken"), ("fork", "the one made"), ("make", "the one made"),
    ("undelete", "the one brought back"),
)  # fmt: skip
GONE = (SandboxNotFound, SnapshotNotFound)


class Between:
    """Has a deletion begin before the step of that number, and gives it time to end, unless it waits for the step."""

    def __init__(self, step: int, delete: Callable[[], Awaitable[Any]]) -> None:
        self._steps = itertools.count()
        self._step = step
        self._delete = delete
        self.deleting: asyncio.Task[None] | None = None

    def watch(self, monkeypatch: pytest.MonkeyPatch, module: ModuleType) -> None:
        """Have each step that the module takes in a thread be one."""
        in_thread = vars(module)["in_thread"]

        async def watched(*arguments: Any, **options: Any) -> Any:
            if next(self._steps) == self._step:
                self.deleting = asyncio.ensure_future(self._deleted())
                await asyncio.wait([self.deleting], timeout=0.1)
            return await in_thread(*arguments, **options)

        monkeypatch.setattr(module, "in_thread", watched)

    async def _deleted(self) -> None:
        with suppress(*GONE):  # not there yet, or no more
            await self._delete()


@pytest.mark.parametrize(("act", "deletion"), PAIRS)
async def test_it_is_answered_as_before_or_as_behind(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, act: str, deletion: str
) -> None:
    for step in itertools.count():
        name = f"s{step}"
        for made in (name, f"old-{name}"):
            await registry.create(made)
        await registry.snapshot(name, "s")
        await registry.delete(f"old-{name}")
        between = Between(step, lambda name=name: DELETIONS[deletion](registry, name))
        told: Any = None
        with monkeypatch.context() as patched:
            for module in (registries, snapshots, survey):
                between.watch(patched, module)
            with suppress(*GONE):
                told = await ACTS[act](registry, name)
        if between.deleting is None:
            assert step > 0
            return
        await between.deleting
        looks = told if isinstance(told, list) else [told]
        assert {look.state for look in looks if isinstance(look, Listed)} <= {"ready"}
        assert {look.state for look in await survey.listed(registry)} == {"ready"}
        assert list((registry.places.data_dir / "unfinished").iterdir()) == []


@pytest.mark.parametrize("when", ["before", "behind"])
async def test_what_is_deleted_while_it_is_looked_at_is_not_listed(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    for name in ("gone", "here"):
        await registry.create(name)
        await registry.snapshot(name, "gone")
        await registry.snapshot(name, "here")
        await registry.get(name).sleep()
    gone = [registry.places.home("gone"), registry.get("here").snapshots / "gone.sqlite"]
    read = inspection.version_of

    def deleted(path: Path) -> str:
        """The version, of a file that goes while it is read."""
        version = read(path) if when == "behind" else ""
        for each in gone:
            if path.is_relative_to(each):
                remove(each)
        return version or read(path)

    monkeypatch.setattr(inspection, "version_of", deleted)
    assert [(each.name, each.state) for each in await registry.snapshots("here")] == [("here", "ready")]
    if isinstance(registry.engine, SqliteEngine):
        assert [(each.name, each.state) for each in await survey.listed(registry)] == [
            (name, "ready") for name in ("default", "here")
        ]
