"""The open workload: arrivals come at their rate whether or not a user is free, and wait in a queue until one
is. A turn is measured from the moment at which it was due, so that a server that stalls cannot hide who waited."""

import time
from random import Random
from typing import Literal

import gevent
from gevent.queue import Empty, SimpleQueue

Spacing = Literal["constant", "poisson"]
_SHORTEST_SLEEP, _LONGEST_SLEEP = 0.0005, 0.1


class Arrivals:
    """Arrivals of this process: a greenlet puts the moments at which they are due into a queue."""

    def __init__(self, spacing: Spacing, seed: str) -> None:
        self.due = 0
        self.begun = 0
        self._rate = 0.0
        self._last = time.perf_counter()
        self._spacing = spacing
        self._draws = Random(seed)
        self._next_gap = self._gap()
        self._queue: SimpleQueue[float] = SimpleQueue()
        self._greenlet: gevent.Greenlet | None = None

    def pace(self, rate: float) -> None:
        """From now on so many a second; 0 ends them."""
        self.change(rate, time.perf_counter())
        if self._greenlet is None:
            self._greenlet = gevent.spawn(self._come)

    def change(self, rate: float, now: float) -> None:
        """From `now` (perf_counter) on so many a second. Who was due before has come, though nobody looked; a gap that
        began at another rate is none of this one's."""
        self.arrive(now)
        self._rate = rate
        self._last = now

    def take(self, seconds: float) -> float | None:
        """The next arrival's moment (perf_counter); None when none came within so many seconds."""
        try:
            moment: float = self._queue.get(timeout=seconds)
        except Empty:
            return None
        self.begun += 1
        return moment

    def arrive(self, now: float) -> float:
        """Queue all who are due by `now` (perf_counter); gives how many seconds may pass until the next look."""
        while self._rate and self._last + self._next_gap / self._rate <= now:
            self._last += self._next_gap / self._rate
            self.due += 1
            self._queue.put(self._last)
            self._next_gap = self._gap()
        return self._last + self._next_gap / self._rate - now if self._rate else _LONGEST_SLEEP

    def _come(self) -> None:
        while True:
            left = self.arrive(time.perf_counter())
            gevent.sleep(min(max(left, _SHORTEST_SLEEP), _LONGEST_SLEEP))

    def _gap(self) -> float:
        """The time to the next arrival, as a multiple of the mean."""
        return 1.0 if self._spacing == "constant" else self._draws.expovariate(1)
