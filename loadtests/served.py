"""The server's own measures: its latency histogram and its memory, out of /metrics."""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

from prometheus_client.parser import text_string_to_metric_families

HISTOGRAM = "sandbox_request_seconds"
MEMORY = "process_resident_memory_bytes"


@dataclass
class Served:
    """By operation, how many calls took at most so many seconds; and the server's memory in bytes."""

    buckets: dict[str, dict[float, float]] = field(default_factory=lambda: defaultdict(dict))
    memory: float = 0

    @classmethod
    def parse(cls, text: str) -> "Served":
        """Out of Prometheus' text format. Raises ValueError."""
        served = cls()
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == f"{HISTOGRAM}_bucket":
                    served.buckets[sample.labels["operation"]][float(sample.labels["le"])] = sample.value
                elif sample.name == MEMORY:
                    served.memory = sample.value
        return served

    def since(self, before: "Served") -> dict[str, dict[float, float]]:
        """What came after `before`, cumulative, by operation."""
        return {
            operation: {bound: count - before.buckets.get(operation, {}).get(bound, 0) for bound, count in each.items()}
            for operation, each in self.buckets.items()
        }


def count(cumulative: dict[float, float]) -> int:
    """How many calls there were."""
    return int(max(cumulative.values(), default=0))


def quantile(cumulative: dict[float, float], share: float) -> float | None:
    """The milliseconds within which this share of calls was answered, as far as buckets tell: interpolated in a
    straight line, as Prometheus does; the greatest bound for what lies above. None when there were no calls."""
    number = count(cumulative)
    if not number:
        return None
    wanted = share * number
    edges = [(0.0, 0.0), *sorted(cumulative.items())]
    for (low, below), (high, within) in pairwise(edges):
        if within >= wanted:
            if high == float("inf"):
                return low * 1000
            inside = (wanted - below) / (within - below) if within > below else 0
            return (low + (high - low) * inside) * 1000
    return None
