"""Thresholds: what each operation must keep, and where a run broke it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

THRESHOLDS = Path(__file__).parent / "thresholds.yaml"
MEASURES = ("p50", "p95", "p99", "error_share", "unserved_share")
Limits = dict[str, dict[str, float]]


class ThresholdsInvalid(ValueError):
    """The file cannot be used; says why."""


@dataclass(frozen=True)
class Broken:
    """A threshold that was not kept; milliseconds, or a share."""

    operation: str
    measure: str
    limit: float
    measured: float


def load(path: Path = THRESHOLDS) -> Limits:
    """The limits by operation. Raises ThresholdsInvalid for whatever is not one, all of it at once."""
    try:
        found = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise ThresholdsInvalid(f"{path.name}: {error}") from None
    if not isinstance(found, dict):
        raise ThresholdsInvalid(f"{path.name}: operations with their limits are wanted")
    mistakes = [mistake for operation, limits in found.items() for mistake in _mistakes(operation, limits)]
    if mistakes:
        raise ThresholdsInvalid("\n".join(f"{path.name}: {mistake}" for mistake in mistakes))
    limits: Limits = found
    return limits


def broken(limits: Limits, measured: dict[str, dict[str, Any]]) -> list[Broken]:
    """Every threshold that was not kept. An operation that was not called is not judged."""
    return [
        Broken(operation, measure, limit, measured[operation][measure])
        for operation, each in limits.items()
        if operation in measured
        for measure, limit in each.items()
        if measured[operation].get(measure, 0) > limit
    ]


def _mistakes(operation: Any, limits: Any) -> list[str]:
    if not isinstance(limits, dict):
        return [f"{operation}: limits by measure are wanted, such as {{p95: 250}}"]
    unknown = [f"{operation}: no measure {measure!r}" for measure in limits if measure not in MEASURES]
    no_numbers = [
        f"{operation}: {measure} is no number: {limit!r}"
        for measure, limit in limits.items()
        if measure in MEASURES and (isinstance(limit, bool) or not isinstance(limit, (int, float)) or not limit >= 0)
    ]
    return unknown + no_numbers
