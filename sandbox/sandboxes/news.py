"""Word of commits, for those who wait for something new."""

import asyncio


class News:
    """Wakes everyone that waits when something is committed."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def tell(self) -> None:
        """Something was committed."""
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()

    async def wait(self, seconds: float) -> bool:
        """Whether something was committed within `seconds`."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        try:
            await asyncio.wait_for(waiter, seconds)
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(waiter)
        return True

    @property
    def is_awaited(self) -> bool:
        """Whether anyone waits."""
        return bool(self._waiting)
