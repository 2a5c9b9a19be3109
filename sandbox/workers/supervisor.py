"""The process above the workers: it starts them, starts again those that end, and ends all of them together.

It does nothing else, so that it does not end by itself: it has no thread and no event loop, and workers are forks of it
that have imported the program already.
"""

import logging
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, NoReturn

log = logging.getLogger("sandbox")

KEEPER = 1
"""The number of the worker that is the keeper."""
CANNOT_START = 1
"""The exit status of a worker whose settings do not allow a start; it has said why."""
TRY_AGAIN = os.EX_TEMPFAIL if hasattr(os, "EX_TEMPFAIL") else 75
"""The exit status of a worker that cannot start now: its database is away."""
_MOST_FAILURES = 5
_SOUND = 1.0
"""Seconds that a worker has to be ready for: one that ends sooner has failed to start."""
_GRACE = 8.0
"""Seconds that workers have to end: less than those after which Docker kills."""
_TICK = 1.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Post(NamedTuple):
    """What a worker is told when it starts: its number, which others there are, and how to say that it is ready, with
    words for the user."""

    number: int
    others: frozenset[int]
    ready: Callable[[str], None]


class _Worker:
    """A worker as the supervisor knows it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.pid: int | None = None
        self.pipe: int | None = None  # says when it is ready
        self.words = b""
        self.ready_at: float | None = None
        self.was_ready = False
        self.failures = 0
        self.start_at: float | None = None  # when to start it, by the machine's steady clock


class Supervisor:
    """Runs `count` workers, each of which does `work` and exits with the status that it gives. `begun` is called once
    all are ready, with the keeper's words and the processes by the numbers of their workers."""

    def __init__(self, count: int, work: Callable[[Post], int], begun: Callable[[str, dict[int, int]], None]) -> None:
        self._work = work
        self._begun = begun
        self._workers = {number: _Worker(number) for number in range(KEEPER, count + 1)}
        self._has_begun = False
        self._status: int | None = None  # once it stops
        self._kill_at = 0.0
        self._signals: list[int] = []  # that have come, and were not acted on yet
        self._life: tuple[int, int] = (-1, -1)  # a pipe that closes with this process
        self._wakeups: tuple[int, int] = (-1, -1)

    def run(self) -> int:
        """The exit status, once all workers have ended: as a shell has it where a signal stopped them."""
        self._workers[KEEPER].start_at = time.monotonic()
        with self._listening_to_signals():
            while self._status is None or any(worker.pid for worker in self._workers.values()):
                self._wait()
                self._obey()
                self._hear()
                self._reap()
                if self._status is None:
                    self._start_due()
                elif time.monotonic() > self._kill_at:
                    self._tell(signal.SIGKILL)
        return self._status

    def _wait(self) -> None:
        """Until something happens."""
        now = time.monotonic()
        due = [worker.start_at - now for worker in self._workers.values() if worker.start_at is not None]
        timeout = max(0.0, min([_TICK, *due]))
        pipes = [worker.pipe for worker in self._workers.values() if worker.pipe is not None]
        found, _, _ = select.select([self._wakeups[0], *pipes], [], [], timeout)
        if self._wakeups[0] in found:
            os.read(self._wakeups[0], 4096)

    def _note(self, number: int, _: object) -> None:
        if number != signal.SIGCHLD:  # which has woken the loop up: that is all
            self._signals.append(number)

    def _obey(self) -> None:
        """Act on the signals that have come."""
        while self._signals:
            number = self._signals.pop(0)
            if self._status is not None and number == signal.SIGINT:
                self._kill_at = 0.0  # asked for twice
            self._stop(128 + number)

    def _hear(self) -> None:
        """Take note of the workers that have become ready."""
        for worker in self._workers.values():
            while worker.pipe is not None and select.select([worker.pipe], [], [], 0)[0]:
                read = os.read(worker.pipe, 65_536)
                worker.words += read
                if not read:
                    os.close(worker.pipe)
                    worker.pipe = None
                    if worker.words:
                        self._is_ready(worker)

    def _is_ready(self, worker: _Worker) -> None:
        worker.ready_at = time.monotonic()
        if worker.was_ready:
            log.warning("worker %s is back, as process %s", worker.number, worker.pid)
        worker.was_ready = True
        if self._has_begun or self._status is not None:
            return
        if worker.number == KEEPER:
            for other in self._workers.values():
                if other.pid is None:
                    other.start_at = worker.ready_at
        if all(each.was_ready for each in self._workers.values()):
            self._has_begun = True
            pids = {each.number: each.pid for each in self._workers.values() if each.pid is not None}
            self._begun(self._workers[KEEPER].words.decode(), pids)

    def _reap(self) -> None:
        """Take note of the workers that have ended."""
        for worker in self._workers.values():
            if worker.pid is not None:
                pid, status = os.waitpid(worker.pid, os.WNOHANG)
                if pid:
                    worker.pid = None
                    if self._status is None:
                        self._restart(worker, os.waitstatus_to_exitcode(status))

    def _restart(self, worker: _Worker, status: int) -> None:
        now = time.monotonic()
        if not worker.was_ready and status in (CANNOT_START, TRY_AGAIN):
            self._stop(CANNOT_START)
            return
        how = f"by signal {-status}" if status < 0 else f"with status {status}"
        log.error("worker %s has ended %s; it is started again", worker.number, how)
        if status == TRY_AGAIN:
            worker.start_at = now + _TICK
            return
        if worker.ready_at is not None and now - worker.ready_at > _SOUND:
            worker.failures = 0
        else:
            worker.failures += 1
        if worker.failures == _MOST_FAILURES:
            log.critical("worker %s has ended %s times at once: the server stops", worker.number, _MOST_FAILURES)
            self._stop(CANNOT_START)
            return
        worker.start_at = now + (0.1 * 2**worker.failures if worker.failures else 0)

    def _start_due(self) -> None:
        now = time.monotonic()
        for worker in self._workers.values():
            if worker.start_at is not None and worker.start_at <= now:
                worker.start_at = None
                self._start(worker)

    def _start(self, worker: _Worker) -> None:
        worker.words = b""
        worker.ready_at = None
        if worker.pipe is not None:
            os.close(worker.pipe)
        worker.pipe, pipe = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)  # none is taken by handlers that are not the fork's
        worker.pid = os.fork()
        if worker.pid == 0:
            self._become(worker, pipe)
        os.close(pipe)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)

    def _become(self, worker: _Worker, pipe: int) -> NoReturn:
        """Be the worker from now on."""
        status = CANNOT_START
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the supervisor ends its workers
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            os.close(self._life[1])
            threading.Thread(target=_end_with, args=(self._life[0],), daemon=True).start()
            others = frozenset(each.number for each in self._workers.values() if each.pid)
            status = self._work(Post(worker.number, others, lambda words: _say(pipe, words)))
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else CANNOT_START
        except BaseException:
            log.exception("worker %s failed", worker.number)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _stop(self, status: int) -> None:
        """Have all workers end."""
        if self._status is None:
            self._status = status
            self._kill_at = time.monotonic() + _GRACE
            self._tell(signal.SIGTERM)

    def _tell(self, number: int) -> None:
        for worker in self._workers.values():
            if worker.pid is not None:
                os.kill(worker.pid, number)

    @contextmanager
    def _listening_to_signals(self) -> Iterator[None]:
        self._life, self._wakeups = os.pipe(), os.pipe()
        os.set_blocking(self._wakeups[1], False)
        former_fd = signal.set_wakeup_fd(self._wakeups[1], warn_on_full_buffer=False)
        former = {number: signal.signal(number, self._note) for number in (*_SIGNALS, signal.SIGCHLD)}
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(former_fd)
            for descriptor in (*self._life, *self._wakeups):
                os.close(descriptor)


def _say(pipe: int, words: str) -> None:
    with open(pipe, "wb") as end:  # a descriptor, not a path
        end.write(words.encode() or b"\n")


def _end_with(life: int) -> None:
    """End at once when the supervisor has, even by SIGKILL: this worker could not be started again or stopped."""
    os.read(life, 1)
    os._exit(1)
