"""Several processes that make shares of the seed, one after the other, in the order in which they are written."""

import marshal
import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from mmap import ACCESS_READ, mmap
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from typing import NamedTuple

from sandbox.seeding.shares import Made, Share

_MOST = 3  # processes that one writes for: each takes as long for a share as writing two
_WORTH_IT = 600  # members; a process costs as much as making some fifty
_FORMAT = 2  # of `marshal`: later ones look for every value among those before it
_AHEAD = 2  # shares that a process is given at once, and can leave in memory, so that it does not wait

Make = Callable[[Iterable[Share]], Iterator[tuple[Share, Made]]]


class WorkerLost(RuntimeError):
    """A process that made members ended before its work did."""


def processes_for(members: int) -> int:
    """How many processes are to make so many members; 1: this one alone.

    Only a process with a single thread can be forked safely, and Apple's libraries cannot be forked at all. To start
    one from scratch takes longer than making two thousand members.
    """
    if members < _WORTH_IT or not sys.platform.startswith("linux") or threading.active_count() > 1:
        return 1
    return min(len(os.sched_getaffinity(0)), _MOST)


@contextmanager
def crew(make: Callable[[Share], Made], processes: int) -> Iterator[Make]:
    """A function that makes shares, by so many processes besides this one, which are ended with the context. With 1,
    this one makes them."""
    if processes == 1:
        yield lambda shares: ((share, make(share)) for share in shares)
        return
    workers: list[_Worker] = []
    try:
        for _ in range(processes):
            workers.append(_hired(make))  # noqa: PERF401  # one by one, so that all that were begun are ended
        yield lambda shares: _made(workers, shares)
    finally:
        for worker in workers:
            worker.line.close()
            worker.process.terminate()
            for file in worker.files:
                os.close(file)
        for worker in workers:
            worker.process.join()


class _Worker(NamedTuple):
    """A process. What it makes, megabytes each, it leaves in its files in memory, one after the other, and says on the
    line how much that is: a pipe would have it wait until all has been read."""

    process: ForkProcess
    line: "Connection[bytes, bytes]"
    files: list[int]
    next: Iterator[int]


def _hired(make: Callable[[Share], Made]) -> _Worker:
    forking = multiprocessing.get_context("fork")
    here, there = forking.Pipe()
    files = [os.memfd_create("share") for _ in range(_AHEAD)]
    process = forking.Process(target=_work, args=(make, there, here, files), daemon=True)
    process.start()
    there.close()  # so that the end of the process ends the line
    return _Worker(process, here, files, cycle(files))


def _work(
    make: Callable[[Share], Made], line: "Connection[bytes, bytes]", other: "Connection[bytes, bytes]", files: list[int]
) -> None:
    """Make shares until the line ends."""
    other.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches both: the parent ends this one
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for file in cycle(files):
        try:
            share = Share(*marshal.loads(line.recv_bytes()))  # noqa: S302  # of the process that forked this one
        except EOFError:
            return
        made = marshal.dumps(tuple(make(share)), _FORMAT)
        os.truncate(file, len(made))
        with mmap(file, len(made)) as left:
            left[:] = made
        line.send_bytes(marshal.dumps(len(made)))


def _made(workers: list[_Worker], shares: Iterable[Share]) -> Iterator[tuple[Share, Made]]:
    """The shares in their order, with what was made of them. Raises WorkerLost."""
    given: deque[tuple[_Worker, Share]] = deque()
    coming = zip(cycle(workers), shares)
    for _ in range(_AHEAD * len(workers)):
        _give(coming, given)
    while given:
        worker, share = given.popleft()
        made = _answer(worker)
        _give(coming, given)
        yield share, made


def _give(coming: Iterator[tuple[_Worker, Share]], given: deque[tuple[_Worker, Share]]) -> None:
    """Give the next worker the next share, if there is one."""
    for worker, share in islice(coming, 1):
        try:
            worker.line.send_bytes(marshal.dumps(tuple(share)))
        except OSError:
            raise _lost(worker) from None
        given.append((worker, share))


def _answer(worker: _Worker) -> Made:
    try:
        length = marshal.loads(worker.line.recv_bytes())  # noqa: S302  # of a process that this one forked
    except (EOFError, OSError):
        raise _lost(worker) from None
    with mmap(next(worker.next), length, access=ACCESS_READ) as left:
        return Made(*marshal.loads(left))  # noqa: S302  # as above


def _lost(worker: _Worker) -> WorkerLost:
    worker.process.join()
    return WorkerLost(f"a process that made members ended with status {worker.process.exitcode}")
