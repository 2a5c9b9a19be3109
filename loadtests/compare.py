"""This run beside an earlier one: ratios, because machines differ and times do not travel."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadtests.wire import Json

MEASURES = ("per_second", "p50", "p95", "p99")
ALIKE = ("scenarios", "shape", "workload", "users", "rate", "arrivals", "asked_seconds", "codes", "processes")
WORSE = 1.2
"""A time that grew by this factor, or a rate that shrank by it, is pointed out."""


class NoSummary(ValueError):
    """The file is no summary of a run; says why."""


@dataclass(frozen=True)
class Compared:
    """One measure of an operation, then and now. `ratio` is now by then; None when there was nothing then."""

    operation: str
    measure: str
    then: float
    now: float

    @property
    def ratio(self) -> float | None:
        """Now by then."""
        return self.now / self.then if self.then else None

    @property
    def is_worse(self) -> bool:
        """Notably slower, or notably less of it."""
        if self.ratio is None:
            return False
        return self.ratio * WORSE <= 1 if self.measure == "per_second" else self.ratio >= WORSE


@dataclass(frozen=True)
class Comparison:
    """`differing` names what was asked for otherwise then: the runs are the less alike, the more there is."""

    differing: dict[str, tuple[Any, Any]]
    compared: list[Compared]


def load(file: Path) -> Json:
    """An earlier run's summary. Raises NoSummary."""
    try:
        earlier = json.loads(file.read_text(encoding="utf-8"))
        _rows(earlier)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoSummary(f"{file}: no summary of a run ({type(error).__name__}: {error})") from None
    found: Json = earlier
    return found


def compare(earlier: Json, now: Json) -> Comparison:
    """Two summaries, as they are written."""
    differing = {name: (earlier.get(name), now[name]) for name in ALIKE if earlier.get(name) != now[name]}
    then = _rows(earlier)
    compared = [
        Compared(operation, measure, float(then[operation][measure]), float(measured[measure]))
        for operation, measured in _rows(now).items()
        if operation in then
        for measure in MEASURES
    ]
    return Comparison(differing, compared)


def _rows(summary: Json) -> dict[str, dict[str, float]]:
    rows = {**summary["operations"], **{f"turn {name}": each for name, each in summary["turns"].items()}}
    return {name: {measure: float(each[measure]) for measure in MEASURES} for name, each in rows.items()}
