"""Shares of a database: several users at a time, or one alone; first come, first served."""

import asyncio
from collections import deque
from contextlib import suppress


class Shares:
    """Room for `room` users at a time, or for one owner that wants it all.

    An owner that waits keeps later users out, so that it is not starved by a steady load. It is any object, compared
    by identity.
    """

    __slots__ = ("_room", "_used", "_waiting", "owner")

    def __init__(self, room: int) -> None:
        self.owner: object | None = None
        self._room = room
        self._used = 0
        self._waiting: deque[tuple[asyncio.Future[None], object | None]] = deque()

    @property
    def is_free(self) -> bool:
        """Whether there is no user and no owner, and none waits."""
        return not self._used and self.owner is None and not self._waiting

    @property
    def is_awaited(self) -> bool:
        """Whether a user or an owner waits."""
        return bool(self._waiting)

    async def enter(self) -> None:
        """Wait for a share."""
        if self._used < self._room and self.owner is None and not self._waiting:
            self._used += 1
        else:
            await self._wait(None)

    def leave(self) -> None:
        """Give a share back."""
        self._used -= 1
        self._admit()

    async def take(self, owner: object) -> None:
        """Wait until there is no user, and keep others out. Raises RuntimeError if `owner` has it all already."""
        if self.owner is owner:
            raise RuntimeError("this owner has the turn already")
        if self.is_free:
            self.owner = owner
        else:
            await self._wait(owner)

    def end(self, owner: object) -> None:
        """Let others in. Does nothing for an owner that does not have it all."""
        if self.owner is owner:
            self.owner = None
            self._admit()

    async def _wait(self, owner: object | None) -> None:
        admitted = asyncio.get_running_loop().create_future()
        self._waiting.append((admitted, owner))
        try:
            await admitted
        except asyncio.CancelledError:
            if admitted.done() and not admitted.cancelled():  # it was admitted at the moment of the cancellation
                if owner is None:
                    self.leave()
                else:
                    self.end(owner)
            with suppress(ValueError):
                self._waiting.remove((admitted, owner))
            self._admit()
            raise

    def _admit(self) -> None:
        while self._waiting and self.owner is None:
            admitted, owner = self._waiting[0]
            if not admitted.done():
                if owner is None and self._used < self._room:
                    self._used += 1
                elif owner is not None and not self._used:
                    self.owner = owner
                else:
                    return
                admitted.set_result(None)
            self._waiting.popleft()
