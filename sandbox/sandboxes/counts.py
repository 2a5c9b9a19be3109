"""How many calls of the bank a sandbox had, how answered, how fast: counted in two list steps."""

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

BOUNDS = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""The upper bounds of the buckets of a histogram in seconds; one more bucket has no bound."""
NONE = "none"
"""What calls of addresses at which there is no operation are counted as."""
_MICROS = tuple(round(bound * 1_000_000) for bound in BOUNDS)


class Counts:
    """Latency histograms by operation, answers by operation and status, and refusals by operation and problem, of one
    sandbox in one process. They go on when the sandbox is reset or restored."""

    __slots__ = ("answers", "buckets", "conflicts", "refusals", "since", "sums")

    def __init__(self) -> None:
        self.since = time.monotonic()
        self.buckets: dict[str, list[int]] = {}
        self.sums: dict[str, int] = {}
        self.answers: dict[tuple[str, int], int] = {}
        self.refusals: Counter[tuple[str, str]] = Counter()
        self.conflicts = 0
        """How often a call was begun again, because of what another did at the same time."""

    def add(self, operation: str, status: int, micros: int, problem: str | None = None) -> None:
        """One call was answered; status 0 when a fault cut its connection, `problem` the code of a refusal."""
        buckets = self.buckets.get(operation)
        if buckets is None:
            buckets = self.buckets[operation] = [0] * (len(BOUNDS) + 1)
            self.sums[operation] = 0
        buckets[bisect_left(_MICROS, micros)] += 1
        self.sums[operation] += micros
        key = (operation, status)
        self.answers[key] = self.answers.get(key, 0) + 1
        if problem is not None:
            self.refusals[operation, problem] += 1

    def join(self, other: "Counts") -> None:
        """Count what another one has counted, too."""
        for operation, buckets in other.buckets.items():
            own = self.buckets.get(operation, [0] * len(buckets))
            self.buckets[operation] = together([own, buckets])
            self.sums[operation] = self.sums.get(operation, 0) + other.sums[operation]
        for key, number in other.answers.items():
            self.answers[key] = self.answers.get(key, 0) + number
        self.refusals += other.refusals
        self.since = min(self.since, other.since)
        self.conflicts += other.conflicts


def together(histograms: Sequence[Sequence[int]]) -> list[int]:
    """The histogram of all."""
    return [sum(bucket) for bucket in zip(*histograms, strict=True)]


def quantile(buckets: Sequence[int], part: float) -> float | None:
    """The seconds within which that part of the calls were answered: within a bucket, evenly. The last bound where it
    lies beyond all of them; None without calls."""
    wanted, counted, below = sum(buckets) * part, 0, 0.0
    if not wanted:
        return None
    for bound, number in zip(BOUNDS, buckets, strict=False):
        if counted + number >= wanted:
            return below + (bound - below) * (wanted - counted) / number
        counted, below = counted + number, bound
    return below
