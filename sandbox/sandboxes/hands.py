"""What a process does for the others that serve the same sandboxes: `Hands` over a registry."""

import asyncio
import logging
from contextlib import AsyncExitStack, suppress

from sandbox.problem import Problem
from sandbox.problems import SandboxNotFound
from sandbox.sandboxes import notes
from sandbox.sandboxes.peers import Noted, Use
from sandbox.sandboxes.registry import Registry
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.storage.failures import FAILURES

log = logging.getLogger("sandbox")

_UNUSED = Use(0.0, is_left_alone=True)


class RegistryHands:
    """Sandboxes let go of, read again, and told of."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._held: dict[str, tuple[Sandbox, AsyncExitStack]] = {}
        self._opening: dict[str, asyncio.Task[None]] = {}

    async def hold(self, name: str) -> Use:
        """Wait until nothing goes on in a sandbox, close its connections, and keep units waiting. One that is not there
        cannot be used, and one that was not used here is kept from being opened."""
        held = AsyncExitStack()
        try:
            sandbox = self._registry.look_up(name)
            await held.enter_async_context(sandbox.let_go())
        except SandboxNotFound:
            return _UNUSED
        self._held[name] = sandbox, held
        return Use(sandbox.used_at, sandbox.is_left_alone)

    async def release(self, name: str) -> None:
        """Go on with what is in place now: the same database, another one, or none."""
        found = self._held.pop(name, None)
        if found is None:
            return  # there was nothing to keep from
        sandbox, held = found
        await held.aclose()
        if sandbox.whole.removed:
            self._registry.part_with(sandbox)

    async def reread(self, name: str) -> None:
        """Read again what memory holds of the database; one that is closed is read when it is opened."""
        sandbox = self._registry.peek(name)
        if sandbox is not None:
            with suppress(SandboxNotFound):  # removed meanwhile
                await sandbox.reread()

    async def give(self, name: str) -> Noted:
        """What was noted since the last call, to be forgotten here."""
        sandbox = self._registry.seen(name)
        return notes.nothing() if sandbox is None else sandbox.notes.take()

    def told(self, name: str) -> None:
        """Another process has opened the sandbox, or has committed something. The keeper opens it as well, for what
        falls due in it."""
        sandbox = self._registry.peek(name)
        if sandbox is not None:
            sandbox.told()
        elif self._registry.peers.keeps and name not in self._opening:
            self._opening[name] = asyncio.get_running_loop().create_task(self._open(name))

    def lost(self) -> None:
        """Another process has ended, perhaps before it told what it committed last, in whatever sandbox."""
        for sandbox in self._registry.awake():
            sandbox.told()

    async def create(self, name: str) -> None:
        """Make a sandbox that was named for the first time. For the keeper."""
        await self._registry.create(name)

    async def close(self) -> None:
        """End what was begun."""
        opening = list(self._opening.values())
        for task in opening:
            task.cancel()
        await asyncio.gather(*opening, return_exceptions=True)

    async def _open(self, name: str) -> None:
        try:
            await self._registry.open(name)
        except SandboxNotFound:
            pass  # removed meanwhile
        except (Problem, *FAILURES) as failure:
            log.warning("sandbox %s, which another process uses, cannot be opened: %s", name, failure)
        finally:
            del self._opening[name]
