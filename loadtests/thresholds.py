"""Thresholds: what each operation must keep, and where a run broke it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

if TYPE_CHECKING:  # importing Locust patches the process it is imported into
    from locust.stats import RequestStats, StatsEntry

THRESHOLDS = Path(__file__).parent / "thresholds.yaml"
PERCENTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
Limits = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Broken:
    """A threshold that was not kept; milliseconds, or a share."""

    operation: str
    measure: str
    limit: float
    measured: float


def load(path: Path = THRESHOLDS) -> Limits:
    """The limits by operation. Raises ValueError for a measure there is not."""
    found: Limits = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    for operation, limits in found.items():
        for measure in limits:
            if measure not in (*PERCENTILES, "error_share"):
                raise ValueError(f"{path.name}: {operation}: no measure {measure!r}")
    return found


def summary(stats: RequestStats) -> dict[str, dict[str, float]]:
    """What was measured, by operation, and `total`."""
    entries = {entry.name: entry for entry in stats.entries.values()}
    return {name: _measured(entry) for name, entry in {**entries, "total": stats.total}.items() if entry.num_requests}


def broken(limits: Limits, measured: dict[str, dict[str, float]]) -> list[Broken]:
    """Every threshold that was not kept."""
    return [
        Broken(operation, measure, limit, measured[operation][measure])
        for operation, each in limits.items()
        if operation in measured
        for measure, limit in each.items()
        if measured[operation][measure] > limit
    ]


def _measured(entry: StatsEntry) -> dict[str, Any]:
    told: dict[str, Any] = {name: entry.get_response_time_percentile(share) for name, share in PERCENTILES.items()}
    return {"requests": entry.num_requests, "error_share": entry.fail_ratio, **told}
