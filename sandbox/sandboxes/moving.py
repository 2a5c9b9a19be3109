"""The clock of a sandbox while jobs move it: its database is ahead of what a process has in memory.

A job takes the clock with it in its own transaction. Whatever begins after that was committed must not be earlier, in
whichever process: so units read the clock in the database as long as jobs move it, and only then.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from sandbox.sandboxes.peers import Peers
from sandbox.storage.threads import to_the_end


class Moving:
    """Whether jobs move the clock of the sandbox `name`."""

    def __init__(self, name: str, peers: Peers) -> None:
        self.is_on = False
        """Whether a unit that begins has to read the clock in the database."""
        self._name = name
        self._peers = peers
        self._spans = 0
        self._others = AsyncExitStack()
        self._changing = asyncio.Lock()

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """Have units of every process read the clock in the database for a block, and go on from memory behind it."""
        try:
            await to_the_end(self._begin())
            yield
        finally:
            await to_the_end(self._end())

    async def _begin(self) -> None:
        async with self._changing:
            self._spans += 1
            self.is_on = True
            if self._spans == 1:
                await self._others.enter_async_context(self._peers.moving(self._name))

    async def _end(self) -> None:
        async with self._changing:
            self._spans -= 1
            if not self._spans:
                self.is_on = False
                await self._others.aclose()
