"""Work in threads whose files and connections stay in use until it has ended."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(work: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    """The result of `work`, run in a thread. A cancelled caller waits for the end of the work before it gives up.

    `asyncio.to_thread` returns at once when it is cancelled, and the caller then releases a connection or a file that
    the thread still uses: SQLite answers that with a segmentation fault.
    """
    running = asyncio.get_running_loop().run_in_executor(None, partial(work, *args, **options))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        while not running.done():
            try:
                await asyncio.wait([running])
            except asyncio.CancelledError:
                continue  # asked again: the thread cannot be stopped, only awaited
        if not running.cancelled():
            running.exception()  # seen, so that it is not reported as lost
        raise
