"""The metrics, from what collects them."""

from types import SimpleNamespace
from typing import cast

from prometheus_client.metrics_core import Metric

from handbook.markdown import code, codes, table
from sandbox.control.health import SandboxMetrics
from sandbox.http.metrics import Metrics
from sandbox.sandboxes.counts import Counts
from sandbox.sandboxes.registry import Registry


def families() -> list[Metric]:
    """Every family of ours, with a sample of each that shows its labels."""
    counted = Counts()
    counted.add("createTransfer", 409, 1_000, "insufficient_funds")
    nothing = SimpleNamespace(names=list, awake=list, rules=SimpleNamespace(current=SimpleNamespace(revision="")))
    return [*Metrics([counted]).collect(), *SandboxMetrics(cast(Registry, nothing)).collect()]


def text() -> str:
    """The table."""
    rows = [
        (
            code(f"{family.name}_total" if family.type == "counter" else family.name),
            family.type,
            codes(label for label in family.samples[0].labels if label != "le"),
            family.documentation,
        )
        for family in families()
    ]
    return table(("Metric", "Type", "Labels", "What it tells"), rows)
