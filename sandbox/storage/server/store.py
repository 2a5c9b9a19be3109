"""A database of the server in use: the connections of this process to it, and who may use them."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from sandbox.storage.connection import Connection
from sandbox.storage.server.link import Link
from sandbox.storage.server.plain import PlainConnection
from sandbox.storage.shares import Shares
from sandbox.storage.threads import in_thread

R = TypeVar("R")
Connect = Callable[[], Any]
"""Opens another connection to the database. For a thread. Raises ServerGone."""


class _Idle(NamedTuple):
    """A connection that no unit uses, and since when, by the loop's clock."""

    link: Link
    since: float


class ServerStore:
    """A few connections, each for one unit of work at a time; units of different members overlap.

    Who works on the database as a whole takes the turn, and then no unit has a connection. `room` is how many units may
    have one at a time. A connection that no unit has used for `idle_seconds` is closed: each is a process of the
    server.
    """

    __slots__ = (
        "_closing", "_connect", "_idle", "_idle_seconds", "_shares", "changes", "closed", "generation", "refreshing",
        "revision",
    )  # fmt: skip

    def __init__(self, room: int, idle_seconds: float) -> None:
        self.closed = True
        self.generation = 0
        self.revision = 0
        self.changes = 0
        self.refreshing = asyncio.Lock()  # held by one who reads again what memory holds: the last one read the latest
        self._idle_seconds = idle_seconds
        self._shares = Shares(room)
        self._idle: deque[_Idle] = deque()  # the one used longest ago stands first
        self._closing: asyncio.TimerHandle | None = None  # of those that are idle for long enough
        self._connect: Connect | None = None

    def attach(self, connection: tuple[Any, Connect], *, is_new: bool) -> None:
        """Use a connection, and others that are opened alike where it is not enough."""
        first, self._connect = connection
        self._rest(Link(first))
        self.closed = False
        self.generation += is_new
        self.revision += 1

    def detach(self) -> None:
        """Close every connection, for the holder of the turn."""
        self.withdraw()
        self.closed = True

    def withdraw(self) -> None:
        """Close the connections that no unit uses; the next unit opens one."""
        idle, self._idle = self._idle, deque()
        for each in idle:
            each.link.close()
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None

    @property
    def is_idle(self) -> bool:
        """Whether no unit is under way and none waits, and there is no owner."""
        return self._shares.is_free

    @property
    def is_awaited(self) -> bool:
        """Whether a unit waits for a connection, or an owner for the turn."""
        return self._shares.is_awaited

    async def take_turn(self, owner: object) -> None:
        """Wait until no unit has a connection. Raises RuntimeError if `owner` has the turn already."""
        await self._shares.take(owner)

    def end_turn(self, owner: object) -> None:
        """Let units in. Does nothing for an owner that does not have the turn."""
        self._shares.end(owner)

    def note_change(self) -> None:
        """Count that something was written, here or by another process."""
        self.changes += 1

    def settle(self) -> None:
        """Each unit commits by itself: with the turn, nothing is under way."""

    async def durable(self) -> None:
        """What a unit reads has been committed."""

    async def enter(self) -> None:
        """Wait for a share of the database, to give back by `leave`."""
        await self._shares.enter()

    def leave(self) -> None:
        """Give a share back."""
        self._shares.leave()

    async def link(self) -> Link:
        """A connection, for one who has a share. Raises ServerGone."""
        while self._idle:
            link = self._idle.pop().link
            if link.is_alive():
                return link
        assert self._connect is not None  # attached
        return Link(await in_thread(self._connect))

    async def run(self, work: Callable[[Connection], R]) -> R:
        """What `work` gives, in a transaction of its own and in a thread. For one who has the turn or a share. Raises
        an error of the engine; whether it was committed is then open."""
        link = await self.link()
        try:
            return await link.lend(lambda connection: _in_transaction(PlainConnection(connection), work), in_thread)
        except BaseException:
            link.close()
            raise
        finally:
            self.give_back(link)

    def give_back(self, link: Link) -> None:
        """Take a connection back from a unit that has ended its transaction."""
        if self.closed:
            link.close()
        elif not link.closed:
            self._rest(link)

    def _rest(self, link: Link) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._idle.append(_Idle(link, now))
        if self._closing is None:
            self._closing = loop.call_at(now + self._idle_seconds, self._close_idle)

    def _close_idle(self) -> None:
        """Close what has been idle for long enough, and look again when the next one will have been."""
        loop = asyncio.get_running_loop()
        self._closing = None
        while self._idle:
            end = self._idle[0].since + self._idle_seconds
            if end > loop.time():
                self._closing = loop.call_at(end, self._close_idle)
                return
            self._idle.popleft().link.close()


def _in_transaction(connection: PlainConnection, work: Callable[[Connection], R]) -> R:
    connection.execute("BEGIN")
    result = work(connection)
    connection.execute("COMMIT")
    return result
