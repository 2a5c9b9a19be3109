"""What goes on beside the requests: due work, checkpoints, rule documents that change."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator

from watchfiles import awatch

from sandbox.bank.jobs import service as jobs
from sandbox.control import retention
from sandbox.control.webhooks import Courier, courier_client
from sandbox.domain.rules import RuleSource
from sandbox.http.logs import fields
from sandbox.problems import SandboxNotFound
from sandbox.sandboxes import survey
from sandbox.sandboxes.registry import Registry
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.settings import Settings
from sandbox.storage.errors import Lost, ServerGone

log = logging.getLogger("sandbox")
_TICK = 0.5
_PRUNING = 10.0  # seconds: what comes in meanwhile is kept beyond the bounds


async def _ended(work: Awaitable[object], failure: str, *names: str) -> bool:
    """Whether the work came to an end, also to that of a failure, which the log tells. What found the server of the
    databases away is to be done again: that is no failure, and is told where connections are made."""
    try:
        await work
    except SandboxNotFound:
        pass  # removed meanwhile
    except ServerGone as gone:
        if isinstance(gone, Lost):  # the server is there
            log.warning(f"{failure} for now: %s", *names, gone)
        return False
    except Exception:
        log.exception(failure, *names)
    return True


async def run_due_work(registry: Registry) -> None:
    """Run what falls due in every open sandbox whose clock runs: one that has months to catch up on holds up no
    other."""
    lookout = jobs.Lookout()
    await _go_rounds(
        registry,
        _TICK,
        lambda sandbox: sandbox.clock.rate_millis > 0 and lookout.is_wanted(sandbox),
        lambda sandbox: _ended(lookout.run_due(sandbox), "due work of sandbox %s failed", sandbox.name),
    )


async def carry_webhooks(registry: Registry, settings: Settings) -> None:
    """Send events on, for every open sandbox that has webhooks: a receiver that hangs holds up no other sandbox."""
    async with courier_client() as client:
        courier = Courier(client, settings)
        await _go_rounds(
            registry,
            _TICK / 5,
            lambda sandbox: sandbox.has_webhooks,
            lambda sandbox: _ended(courier.go_round(sandbox), "webhooks of sandbox %s failed", sandbox.name),
        )


async def _go_rounds(
    registry: Registry,
    every: float,
    is_wanted: Callable[[Sandbox], bool],
    go: Callable[[Sandbox], Coroutine[None, None, object]],
) -> None:
    """Have each open sandbox that wants it go rounds of its own: a new one as soon as the last one has ended."""
    rounds: dict[Sandbox, asyncio.Task[object]] = {}
    try:
        while True:
            await asyncio.sleep(every)
            rounds = {sandbox: task for sandbox, task in rounds.items() if not task.done()}
            for sandbox in registry.awake():
                if sandbox not in rounds and is_wanted(sandbox):
                    rounds[sandbox] = asyncio.create_task(go(sandbox))
    finally:
        for task in rounds.values():
            task.cancel()
        await asyncio.gather(*rounds.values(), return_exceptions=True)


async def remove_idle(registry: Registry) -> None:
    """Remove sandboxes that have been idle for as long as the settings say."""
    while True:
        await asyncio.sleep(_TICK)
        await _ended(_remove_idle(registry), "idle sandboxes could not be removed")


async def _remove_idle(registry: Registry) -> None:
    for name in await registry.remove_idle(time.monotonic()):
        log.info("sandbox %s was idle and is gone", name)


async def forget_deleted(registry: Registry) -> None:
    """Remove deleted sandboxes for good when their time is over or the disk needs the room."""
    while True:
        await _ended(_forget_deleted(registry), "deleted sandboxes could not be removed")
        await asyncio.sleep(_PRUNING)


async def _forget_deleted(registry: Registry) -> None:
    for name in await registry.bin.make_room():
        log.info("sandbox %s, which was deleted, is kept no longer", name)


class _Changed:
    """Which open sandboxes have been written to since they were last asked for."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._seen: dict[Sandbox, int] = {}

    def __iter__(self) -> Iterator[Sandbox]:
        awake = self._registry.awake()
        self._seen = {sandbox: changes for sandbox, changes in self._seen.items() if sandbox in awake}
        for sandbox in awake:
            if sandbox.asleep:
                continue  # put to sleep while another one was worked on
            changes = sandbox.store.changes
            if self._seen.get(sandbox) != changes:
                self._seen[sandbox] = changes
                yield sandbox

    def keep(self, sandbox: Sandbox) -> None:
        """Give it again the next time: nothing was done for it."""
        self._seen.pop(sandbox, None)


async def fold_logs(registry: Registry) -> None:
    """Fold the logs into the database files, in threads, so that no request pays for it, and keep them bounded."""
    changed = _Changed(registry)
    while True:
        await asyncio.sleep(_TICK / 2)
        for sandbox in changed:
            folding = sandbox.whole.fold(registry.bounds.log_bytes)
            await _ended(folding, "the log of sandbox %s could not be folded", sandbox.name)


async def prune(registry: Registry, bounds: retention.Bounds) -> None:
    """Delete what sandboxes no longer keep of their past."""
    changed = _Changed(registry)
    while True:
        await asyncio.sleep(_PRUNING)
        for sandbox in changed:
            pruning = retention.prune(sandbox, bounds)
            if not await _ended(pruning, "the past of sandbox %s could not be pruned", sandbox.name):
                changed.keep(sandbox)


async def watch_files(registry: Registry) -> None:
    """Notice when a database is taken away from under its sandbox: what is written afterwards is lost."""
    while True:
        await asyncio.sleep(_TICK)
        for sandbox in registry.awake():
            sandbox.whole.note_missing()


async def inspect(registry: Registry) -> None:
    """Say once which sandboxes cannot be used."""
    while True:
        if await _ended(survey.inspect(registry), "the sandboxes could not be looked at"):
            return
        await asyncio.sleep(_TICK)


async def watch_rules(source: RuleSource) -> None:
    """Take over rule documents as they change; a broken edit is told and not taken."""
    async for _ in awatch(source.directory):
        errors = source.reload()
        for error in errors:
            log.error("rules not reloaded: %s", error)
        if not errors:
            log.info("rules reloaded", extra=fields(revision=source.current.revision))


def _of_the_keeper(registry: Registry, settings: Settings) -> Iterator[Coroutine[None, None, None]]:
    for work in (run_due_work, fold_logs, watch_files, remove_idle, forget_deleted, inspect):
        yield work(registry)
    yield carry_webhooks(registry, settings)
    yield prune(registry, retention.Bounds(settings.events_kept, settings.messages_kept))


@contextlib.asynccontextmanager
async def running(registry: Registry, source: RuleSource, settings: Settings) -> AsyncIterator[None]:
    """Everything above, until the server stops; of several processes, in the keeper. Rules are each process's own."""
    works = list(_of_the_keeper(registry, settings)) if registry.peers.keeps else []
    tasks = [asyncio.create_task(work) for work in works]
    if settings.watch_rules:
        tasks.append(asyncio.create_task(watch_rules(source)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
