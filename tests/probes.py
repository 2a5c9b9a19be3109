"""How long the event loop works without a break: the CPU time of each of its turns, however busy the machine is."""

import asyncio
import gc
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

LOOKS = 10_000
QUIET = 0.013
"""The seconds of CPU that so many looks take on a machine that nobody else uses."""


class Turns:
    """The CPU seconds of the turns of a loop while it was watched."""

    def __init__(self) -> None:
        self.longest = 0.0
        self.total = 0.0
        self.number = 0

    def add(self, seconds: float) -> None:
        self.longest = max(self.longest, seconds)
        self.total += seconds
        self.number += 1


@contextmanager
def watched(loop: asyncio.AbstractEventLoop) -> Iterator[Turns]:
    """Watch the turns of `loop`, from within or from another thread. Waiting for the selector costs no CPU time, and
    Python's garbage collector rests, since it has all that other tests made to look through."""
    turns = Turns()
    watching: Any = loop
    run_once = watching._run_once

    def timed() -> None:
        start = time.thread_time()
        run_once()
        turns.add(time.thread_time() - start)

    gc.collect()
    gc.disable()
    watching._run_once = timed
    try:
        yield turns
    finally:
        watching._run_once = run_once
        gc.enable()


def looked() -> float:
    """The seconds of CPU that a short look at each of `LOOKS` things takes here and now."""
    begun = time.thread_time()
    for number in range(LOOKS):
        json.dumps({"member": number})
    return time.thread_time() - begun


def slowness() -> float:
    """How many times as long as on a quiet machine the processor takes here and now: others use it, or its caches."""
    return max(1.0, looked() / QUIET)
