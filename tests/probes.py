"""How long the event loop works without a break: the CPU time of each of its turns, however busy the machine is."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


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
    """Watch the turns of `loop`, from within or from another thread. Waiting for the selector costs no CPU time."""
    turns = Turns()
    watching: Any = loop
    run_once = watching._run_once

    def timed() -> None:
        start = time.thread_time()
        run_once()
        turns.add(time.thread_time() - start)

    watching._run_once = timed
    try:
        yield turns
    finally:
        watching._run_once = run_once
