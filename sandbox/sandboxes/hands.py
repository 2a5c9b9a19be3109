"""What a process does for the others that serve the same sandboxes: `Hands` over a registry."""

import asyncio
import logging
from contextlib import AsyncExitStack, suppress

from sandbox.problem import Problem
from sandbox.problems import SandboxNotFound
from sandbox.sandboxes import notes
from sandbox.sandboxes.peers import UNUSED, Noted, Use
from sandbox.sandboxes.registry import Registry
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.storage.failures import FAILURES, storage_problem

log = logging.getLogger("sandbox")

_AGAIN = 1.0
"""Seconds after which the keeper is ready to hear again of a sandbox that it could not open."""


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
            return UNUSED
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

    async def follow(self, name: str) -> None:
        """Have units that begin read the clock in the database; one that is not open yet may be opened meanwhile."""
        with suppress(SandboxNotFound):  # removed meanwhile
            self._registry.look_up(name).moving.is_on = True

    async def settle(self, name: str) -> None:
        """Read the clock again, and have units go on from memory."""
        await self.reread(name)
        sandbox = self._registry.seen(name)
        if sandbox is not None:
            sandbox.moving.is_on = False

    async def give(self, name: str) -> Noted:
        """What was noted since the last call, to be forgotten here."""
        sandbox = self._registry.seen(name)
        return notes.nothing() if sandbox is None else sandbox.notes.take()

    async def uses(self) -> dict[str, float]:
        """When each sandbox was used here last."""
        return {sandbox.name: sandbox.used_at for sandbox in self._registry.known()}

    async def awake(self) -> dict[str, Use]:
        """How each sandbox is used that is open here, or about to be."""
        known = self._registry.known()
        return {
            sandbox.name: Use(sandbox.used_at, sandbox.is_idle)
            for sandbox in known
            if not (sandbox.asleep and sandbox.is_left_alone)
        }

    async def sleep(self, name: str) -> None:
        """Close a sandbox that the keeper has closed. Whatever uses it next opens it, and the keeper is told."""
        sandbox = self._registry.peek(name)
        if sandbox is not None:
            with suppress(SandboxNotFound):  # removed meanwhile
                await sandbox.sleep()
            sandbox.news.tell()  # who began to listen meanwhile reads it, which opens it again

    def told(self, name: str) -> None:
        """Another process has opened the sandbox, or has committed something. The keeper opens it as well, for what
        falls due in it."""
        sandbox = self._registry.peek(name)
        if sandbox is not None:
            sandbox.told()
        elif self._registry.peers.keeps and name not in self._opening:
            self._opening[name] = asyncio.get_running_loop().create_task(self._open(name))

    def lost(self) -> None:
        """Another process has ended, perhaps before it told what it committed last, in whatever sandbox, and with what
        it had noted."""
        for sandbox in self._registry.known():
            sandbox.notes.note_loss()
        for sandbox in self._registry.awake():
            sandbox.told()

    async def create(self, name: str) -> None:
        """Make a sandbox that was named for the first time. For the keeper. Raises a problem also where the disk or the
        server of the databases fails: another process answers it."""
        try:
            await self._registry.create(name)
        except FAILURES as failure:
            problem = storage_problem(failure, self._registry.places.data_dir)
            if problem is None:
                raise
            log.warning("sandbox %s could not be made: %s (%s)", name, problem.code, failure)
            raise problem from failure

    async def close(self) -> None:
        """End what was begun, and release what is still held: the tie with the keeper has ended before it could say so,
        and a sandbox that is held cannot be closed."""
        opening = list(self._opening.values())
        for task in opening:
            task.cancel()
        await asyncio.gather(*opening, return_exceptions=True)
        for name in list(self._held):
            await self.release(name)

    async def _open(self, name: str) -> None:
        try:
            await self._registry.open(name)
        except SandboxNotFound:
            pass  # removed meanwhile
        except (Problem, *FAILURES) as failure:
            log.warning("sandbox %s, which another process uses, cannot be opened: %s", name, failure)
            await asyncio.sleep(_AGAIN)
            self._registry.peers.put_to_sleep(name)  # or it would hear no more of it
        finally:
            del self._opening[name]
