"""All sandboxes of a data directory at a glance: their states, and what keeps some from being used."""

import asyncio
from contextlib import suppress
from functools import partial

from sandbox.sandboxes import census
from sandbox.sandboxes.census import Listed
from sandbox.sandboxes.inspection import FileRefused
from sandbox.sandboxes.registry import Registry
from sandbox.storage.threads import in_thread


async def note_uses(registry: Registry) -> None:
    """Know of each sandbox when it was used last, in whichever process that was."""
    for name, used_at in (await registry.peers.uses()).items():
        sandbox = registry.seen(name)
        if sandbox is not None:
            sandbox.used_at = max(sandbox.used_at, used_at)


async def listed(registry: Registry) -> list[Listed]:
    """All sandboxes there are, in order, each with its state. Those not in use are looked at in a thread."""
    in_use = {sandbox.name for sandbox in registry.awake()}
    return await in_thread(_all, registry, in_use)


async def inspect(registry: Registry) -> None:
    """Read every sandbox through that is not in use, and say in the log which cannot be used and what to do."""
    for name in await in_thread(registry.names):
        if registry.peek(name) is None:
            with suppress(FileRefused, FileNotFoundError):  # remembered, and told below
                await in_thread(registry.engine.inspect, registry.places.home(name) / registry.engine.file)
    for each in await listed(registry):
        census.report(each)


async def gather(registry: Registry) -> None:
    """Have what other processes noted of the sandboxes here as well."""
    await asyncio.gather(*(sandbox.notes.gather() for sandbox in registry.known()))


def _all(registry: Registry, in_use: set[str]) -> list[Listed]:
    looks = (
        census.settled(registry.places.home(name), partial(_look_at, registry, name, in_use))
        for name in registry.names()
    )
    return [look for look in looks if look is not None]


def _look_at(registry: Registry, name: str, in_use: set[str]) -> Listed:
    path = registry.places.home(name) / registry.engine.file
    return registry.engine.in_use(name, path) if name in in_use else registry.engine.look_at(name, path)
