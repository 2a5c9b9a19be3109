"""Word of commits, for those who wait for something new."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class News:
    """Wakes everyone that waits when something is committed."""

    __slots__ = ("_listeners", "_waiting", "told")

    def __init__(self) -> None:
        self.told = 0  # how often there were news, for those who are busy when they come
        self._listeners = 0
        self._waiting: set[asyncio.Future[None]] = set()

    def tell(self) -> None:
        """Something was committed."""
        self.told += 1
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()

    async def wait(self, seconds: float) -> bool:
        """Whether something was committed within `seconds`."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        try:
            async with asyncio.timeout(seconds):  # `wait_for` swallows a cancellation that comes with the news
                await waiter
        except TimeoutError:
            return not waiter.cancelled()  # the news came with the end of the wait
        finally:
            self._waiting.discard(waiter)
        return True

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen for as long as the block runs: between two waits a listener looks at what was committed."""
        self._listeners += 1
        try:
            yield
        finally:
            self._listeners -= 1

    @property
    def is_awaited(self) -> bool:
        """Whether anyone listens."""
        return self._listeners > 0
