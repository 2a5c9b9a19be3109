"""Work that goes on to its end, whatever becomes of its caller: what it uses stays in use until then.

`asyncio.to_thread` returns at once when it is cancelled, and the caller then releases a connection or a file that the
thread still uses: SQLite answers that with a segmentation fault. And a file operation that is cancelled between two of
its steps would leave an open connection that has no owner, or a database that was replaced but not read again.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(work: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    """The result of `work`, run in a thread. A cancelled caller waits for the end of the work before it gives up."""
    return await _awaited(asyncio.get_running_loop().run_in_executor(None, partial(work, *args, **options)))


async def to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, none of whose steps is cancelled. A cancelled caller waits for its end, as above."""
    return await _awaited(asyncio.get_running_loop().create_task(work))


def uncancelled(work: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Have each call of `work` go on to its end, as above."""

    @wraps(work)
    async def whole(*args: P.args, **options: P.kwargs) -> T:
        return await to_the_end(work(*args, **options))

    return whole


async def _awaited(running: asyncio.Future[T]) -> T:
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        while not running.done():
            try:
                await asyncio.wait([running])
            except asyncio.CancelledError:
                continue  # asked again: it cannot be stopped, only awaited
        if not running.cancelled():
            running.exception()  # seen, so that it is not reported as lost
        raise
