"""What a process of several has the others that serve a sandbox know."""

import asyncio

from sandbox.sandboxes.peers import ALONE, Peers
from sandbox.storage.threads import to_the_end


class Sharing:
    """The word of the sandbox `name` to the other processes, where there are any."""

    def __init__(self, name: str, peers: Peers) -> None:
        self.is_ahead = False
        """Whether memory has something of the database that the others have not."""
        self._name = name
        self._peers = peers
        self._sharing = asyncio.Lock()

    def tell(self) -> None:
        """Tell them that something was committed."""
        self._peers.tell(self._name)

    def note_opened(self) -> None:
        """This process has opened it. The keeper has to have it open as well: it runs what falls due."""
        if not self._peers.keeps:
            self.tell()

    def note_closed(self) -> None:
        """This process has closed it without the others. Where this is the keeper, it has to hear of the next use, and
        a process that has it open says nothing of that: so they close it as well."""
        if self._peers.keeps:
            self._peers.put_to_sleep(self._name)

    async def catch_up(self) -> None:
        """Have them read again what this process has read again."""
        if self._peers is not ALONE and (self.is_ahead or self._sharing.locked()):
            await to_the_end(self._catch_up())

    async def _catch_up(self) -> None:
        async with self._sharing:  # also where it is another unit that shares what this one changed
            if self.is_ahead:
                self.is_ahead = False
                await self._peers.reread(self._name)
