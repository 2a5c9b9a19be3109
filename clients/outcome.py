"""What a check found, and how many findings it may have."""

from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML

CEILINGS = Path(__file__).parent / "ceilings.yaml"


@dataclass
class Outcome:
    """One row of the table. `checked` counts `what`: operations, requests, files, steps."""

    tool: str
    what: str
    checked: int = 0
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True)
class Ceiling:
    """The findings that a tool may have."""

    errors: int = 0
    warnings: int = 0


def ceilings(path: Path = CEILINGS) -> dict[str, Ceiling]:
    """The committed ceilings by tool; one that is not listed may have none. Raises TypeError on an unknown count."""
    listed = YAML(typ="safe").load(path.read_text(encoding="utf-8")) or {}
    return {tool: Ceiling(**counts) for tool, counts in listed.items()}


def excess(outcome: Outcome, ceiling: Ceiling) -> list[str]:
    """Why the outcome fails: nothing was checked, or a count exceeds its ceiling. Empty when it passes."""
    reasons = [] if outcome.checked else [f"{outcome.tool}: nothing was checked"]
    for name, found, most in (
        ("errors", len(outcome.errors), ceiling.errors),
        ("warnings", len(outcome.warnings), ceiling.warnings),
    ):
        if found > most:
            reasons.append(f"{outcome.tool}: {found} {name}, at most {most} allowed")
    return reasons


def slack(outcome: Outcome, ceiling: Ceiling) -> bool:
    """Whether a ceiling is higher than what was found, and can be lowered."""
    return len(outcome.errors) < ceiling.errors or len(outcome.warnings) < ceiling.warnings
