"""The console's own modules: their types, written as JSDoc, by `tsc --checkJs --strict`, and what ESLint finds."""

import json
import re
import subprocess

from clients.outcome import Outcome
from clients.toolbox import HERE, ROOT, environment, script

_MODULES = ROOT / "sandbox" / "console" / "assets"
_MISTAKE = re.compile(r"^(?P<place>\S+\(\d+,\d+\)): error (?P<words>.*)$", re.MULTILINE)
_SECONDS = 300
_ERROR = 2


def console() -> Outcome:
    """What the type checker and the linter find in the modules of the console. Raises RuntimeError where one could not
    run."""
    outcome = Outcome("console", "modules", len(list(_MODULES.rglob("*.js"))))
    outcome.errors += _type_errors()
    for file in _linted():
        name = str(file["filePath"]).removeprefix(f"{_MODULES}/")
        for each in file["messages"]:
            kept = outcome.errors if each["severity"] == _ERROR else outcome.warnings
            kept.append(f"{each['ruleId']} {name}:{each['line']}: {each['message']}")
    return outcome


def _type_errors() -> list[str]:
    ran = _run(script("typescript/bin/tsc", "-p", str(HERE / "console.tsconfig.json"), "--pretty", "false"))
    found = [f"{each['place']} {each['words']}" for each in _MISTAKE.finditer(ran.stdout)]
    if ran.returncode and not found:
        raise RuntimeError(f"tsc: {ran.stdout[-500:]} {ran.stderr[-500:]}")
    return found


def _linted() -> list[dict[str, list[dict[str, str | int]]]]:
    """ESLint's report, file by file."""
    config = str(HERE / "console.eslint.config.mjs")
    ran = _run(script("eslint/bin/eslint.js", "--config", config, "--format", "json", str(_MODULES)))
    try:
        report: list[dict[str, list[dict[str, str | int]]]] = json.loads(ran.stdout)
    except json.JSONDecodeError as error:
        raise RuntimeError(f"eslint: {ran.stdout[-500:]} {ran.stderr[-500:]}") from error
    return report


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False, timeout=_SECONDS
    )
