"""Processes that hang without ending, such as one that was stopped by a signal, or whose loop is blocked.

What waits for one would wait for ever, and if it were given up, it could go on later with a memory of what has changed
meanwhile. So it is ended, and the supervisor starts another one. What a worker waits for is no silence: its loop goes
round, however long a request, a thread or the server of databases takes.
"""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

from sandbox.workers.tie import Tie

log = logging.getLogger("sandbox")

SILENCE = 30.0
"""Seconds after which a process is ended that gave no sign of life. No step of a loop takes a second; a machine that
has too much to do may let a process wait for several."""
_QUESTIONS = 3  # in that time; so one that hangs is ended a third later at most
Kill = Callable[[int], None]
"""Ends a process at once."""


class Watched(NamedTuple):
    """A process at the other end of a tie, and what it is called."""

    called: str
    process: int
    tie: Tie


@asynccontextmanager
async def watching(there: Callable[[], Iterable[Watched]], silence: float, kill: Kill) -> AsyncIterator[None]:
    """End, as long as the block runs, which of the processes that are `there` is silent for so many seconds."""
    task = asyncio.create_task(_watch(there, silence, kill))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _watch(there: Callable[[], Iterable[Watched]], silence: float, kill: Kill) -> None:
    # Questions are counted, not seconds: where all processes were suspended, none hangs.
    while True:
        await asyncio.sleep(silence / _QUESTIONS)
        for called, process, tie in there():
            if tie.unanswered >= _QUESTIONS:
                log.error("%s hangs: no sign of life for %s seconds; process %s is ended", called, silence, process)
                kill(process)
            tie.ask_for_a_sign()


def kill(process: int) -> None:
    """End a process at once; its ties end with it."""
    assert process != os.getpid()
    with suppress(ProcessLookupError):  # it has just ended
        os.kill(process, signal.SIGKILL)
