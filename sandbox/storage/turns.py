"""Turns: one user of a database at a time, first come, first served."""

import asyncio
from collections import deque
from contextlib import suppress


class Turns:
    """Hands a turn from owner to owner in the order in which they asked for it.

    An owner is any object, compared by identity. A turn is handed over, never left for the next taker to grab, so that
    a file operation is not starved by a steady load of requests.
    """

    __slots__ = ("_waiting", "owner")

    def __init__(self) -> None:
        self.owner: object | None = None
        self._waiting: deque[tuple[asyncio.Future[None], object]] = deque()

    @property
    def is_free(self) -> bool:
        """Whether no owner has the turn or waits for it."""
        return self.owner is None and not self._waiting

    @property
    def is_awaited(self) -> bool:
        """Whether an owner waits for the turn."""
        return bool(self._waiting)

    async def take(self, owner: object) -> None:
        """Wait for the turn. Raises RuntimeError if `owner` has it already: two parts would share one turn."""
        if self.owner is None:
            self.owner = owner
            return
        if self.owner is owner:
            raise RuntimeError("this owner has the turn already")
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((turn, owner))
        try:
            await turn
        except asyncio.CancelledError:
            if self.owner is owner:  # the turn came at the same moment as the cancellation
                self.end(owner)
            with suppress(ValueError):
                self._waiting.remove((turn, owner))
            raise

    def end(self, owner: object) -> None:
        """Hand the turn to the next in line. Does nothing for an owner that does not have it."""
        if self.owner is not owner:
            return
        self.owner = None
        while self._waiting:
            turn, following = self._waiting.popleft()
            if not turn.done():
                self.owner = following
                turn.set_result(None)
                return
