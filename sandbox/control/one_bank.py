"""Reading in pieces, between which others have their turn."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sandbox.http.call import Call

T = TypeVar("T")


async def of_one_bank(call: Call, read: Callable[[], Awaitable[T]]) -> T:
    """What `read` gives, all of it of one bank. It begins with the turn held: what memory and database say then is of
    the same bank. Where a reset, a restore or an import puts another one in place while it pauses, it reads again."""
    while True:
        await call.unit.hold_turn()
        generation = call.sandbox.generation
        found = await read()
        if call.sandbox.generation == generation:
            return found
