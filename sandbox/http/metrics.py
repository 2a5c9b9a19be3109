"""How many calls, how answered, how fast: counted in two list steps, told to Prometheus when it asks."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

# Seconds; the last bucket has no bound.
BOUNDS = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_MICROS = tuple(round(bound * 1_000_000) for bound in BOUNDS)


class Metrics:
    """Latency histograms by operation, answers by operation and status, and refusals by operation and problem."""

    def __init__(self) -> None:
        self._buckets: dict[str, list[int]] = {}
        self._sums: dict[str, int] = {}
        self._answers: dict[tuple[str, int], int] = {}
        self._refusals: Counter[tuple[str, str]] = Counter()
        self._conflicts = 0

    def note_conflict(self) -> None:
        """A call met with what another did at the same time, and was begun again."""
        self._conflicts += 1

    def count(self, operation: str, status: int, micros: int, problem: str | None = None) -> None:
        """One call was answered; status 0 when a fault cut its connection, `problem` the code of a refusal."""
        buckets = self._buckets.get(operation)
        if buckets is None:
            buckets = self._buckets[operation] = [0] * (len(BOUNDS) + 1)
            self._sums[operation] = 0
        buckets[bisect_left(_MICROS, micros)] += 1
        self._sums[operation] += micros
        key = (operation, status)
        self._answers[key] = self._answers.get(key, 0) + 1
        if problem is not None:
            self._refusals[operation, problem] += 1

    def collect(self) -> Iterator[Metric]:
        """As Prometheus wants it."""
        answers = CounterMetricFamily(
            "sandbox_requests", "Calls of the bank by operation and status.", labels=["operation", "status"]
        )
        for (operation, status), number in sorted(self._answers.items()):
            answers.add_metric([operation, str(status)], number)
        yield answers
        refusals = CounterMetricFamily(
            "sandbox_refusals", "Refused calls of the bank by operation and problem.", labels=["operation", "code"]
        )
        for (operation, code), number in sorted(self._refusals.items()):
            refusals.add_metric([operation, code], number)
        yield refusals
        conflicts = CounterMetricFamily(
            "sandbox_conflicts", "Units of work that the database server refused for what others did at the same time."
        )
        conflicts.add_metric([], self._conflicts)
        yield conflicts
        latency = HistogramMetricFamily(
            "sandbox_request_seconds", "How long calls of the bank took inside the server.", labels=["operation"]
        )
        for operation, buckets in sorted(self._buckets.items()):
            cumulative = 0
            told = []
            for bound, number in zip((*map(str, BOUNDS), "+Inf"), buckets, strict=True):
                cumulative += number
                told.append((bound, float(cumulative)))
            latency.add_metric([operation], told, self._sums[operation] / 1_000_000)
        yield latency
