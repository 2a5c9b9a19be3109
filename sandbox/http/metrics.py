"""What the sandboxes of a process have counted together, as Prometheus wants it."""

from collections.abc import Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from sandbox.sandboxes.counts import BOUNDS, Counts


class Metrics:
    """Latency histograms by operation, answers by operation and status, and refusals by operation and problem."""

    def __init__(self, counted: Iterable[Counts]) -> None:
        self._counted = counted

    def collect(self) -> Iterator[Metric]:
        """As Prometheus wants it."""
        counts = Counts()
        for each in self._counted:
            counts.join(each)
        answers = CounterMetricFamily(
            "sandbox_requests",
            "Calls of the bank by operation and status; status 0 where a fault cut the connection.",
            labels=["operation", "status"],
        )
        for (operation, status), number in sorted(counts.answers.items()):
            answers.add_metric([operation, str(status)], number)
        yield answers
        refusals = CounterMetricFamily(
            "sandbox_refusals", "Refused calls of the bank by operation and problem.", labels=["operation", "code"]
        )
        for (operation, code), number in sorted(counts.refusals.items()):
            refusals.add_metric([operation, code], number)
        yield refusals
        conflicts = CounterMetricFamily(
            "sandbox_conflicts", "Units of work that the database server refused for what others did at the same time."
        )
        conflicts.add_metric([], counts.conflicts)
        yield conflicts
        latency = HistogramMetricFamily(
            "sandbox_request_seconds",
            "How long calls of the bank took inside the server, in seconds.",
            labels=["operation"],
        )
        for operation, buckets in sorted(counts.buckets.items()):
            cumulative = 0
            told = []
            for bound, number in zip((*map(str, BOUNDS), "+Inf"), buckets, strict=True):
                cumulative += number
                told.append((bound, float(cumulative)))
            latency.add_metric([operation], told, counts.sums[operation] / 1_000_000)
        yield latency
