"""Waiting for what other threads and processes do: as long as that takes on a machine that has much else to do."""

import asyncio
import threading
import time
from collections.abc import Callable

LONGEST = 120.0
"""Seconds after which it is taken that it never comes."""
_PAUSE = 0.005


def until(is_so: Callable[[], object], told: Callable[[], object] = lambda: "it never came to that") -> None:
    """Wait until it is so. Where it never is, this fails with what is `told`."""
    end = time.monotonic() + LONGEST
    while not is_so():
        assert time.monotonic() < end, told()
        threading.Event().wait(_PAUSE)


async def until_on_the_loop(is_so: Callable[[], object]) -> None:
    """The same while the loop goes round: no turn of it is missed."""
    end = time.monotonic() + LONGEST
    while not is_so():
        assert time.monotonic() < end, "it never came to that"
        await asyncio.sleep(0)
