"""Linters of the document: Spectral with `spectral:oas`, Redocly with `recommended`."""

import json
import subprocess
from pathlib import Path
from typing import Any

from clients.outcome import Outcome
from clients.toolbox import HERE, environment, script

_SPECTRAL_ERROR, _SPECTRAL_WARNING = 0, 1


def spectral(document: Path, operations: int) -> Outcome:
    """What Spectral finds, by its rules' severities; hints count as warnings."""
    found = _lint(
        script("@stoplight/spectral-cli/dist/index.js", "lint", "--ruleset", str(HERE / "spectral.yaml"),
               "--format", "json", "--quiet", str(document)),
    )  # fmt: skip
    outcome = Outcome("spectral", "operations", operations)
    for each in found:
        place = "/".join(str(step) for step in each["path"])
        kept = outcome.errors if each["severity"] == _SPECTRAL_ERROR else outcome.warnings
        kept.append(f"{each['code']} {place}: {each['message']}")
    return outcome


def redocly(document: Path, operations: int) -> Outcome:
    """What Redocly finds. Problems that `redocly.yaml` excuses are not among them."""
    found = _lint(
        script("@redocly/cli/bin/cli.js", "lint", "--config", str(HERE / "redocly.yaml"), "--format", "json",
               "--max-problems", "100000", str(document)),
    )  # fmt: skip
    outcome = Outcome("redocly", "operations", operations)
    for each in found["problems"]:
        place = each["location"][0].get("pointer", "")
        kept = outcome.errors if each["severity"] == "error" else outcome.warnings
        kept.append(f"{each['ruleId']} {place}: {each['message']}")
    return outcome


def _lint(command: list[str]) -> Any:
    """What a linter prints as JSON. It exits 1 when it has findings. Raises RuntimeError when it could not run."""
    ran = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False, timeout=300)
    try:
        return json.loads(ran.stdout)
    except json.JSONDecodeError as error:
        raise RuntimeError(f"{command[1]}: {ran.stdout[-500:]} {ran.stderr[-500:]}") from error
