"""`python -m clients`: start a server, put every tool to work on its document, and print what they found."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx2 as httpx
from rich.console import Console
from rich.table import Table

from clients import browsing, generating, linting, properties, proxying, recipes, scripting, toolbox
from clients.document import operations
from clients.outcome import Ceiling, Outcome, ceilings, excess, slack
from loadtests.driver import server

_EXAMPLES = 10
NAMES = (
    "spectral", "redocly", "openapi-typescript", "hey-api", "orval", "openapi-python-client", "prism", "schemathesis",
    "console", "playwright", "recipes",
)  # fmt: skip
Check = Callable[[], Outcome]


def main() -> int:
    """Run the checks that are named, or all; `--install` only installs the tools.

    0 when no count exceeds its ceiling, or when there is no Node or no registry; 2 on an unknown name.
    """
    console = Console(width=110)
    try:
        toolbox.install()
    except toolbox.NotToBeHad as reason:
        print(f"SKIPPED clients: {reason}")
        return 0
    if sys.argv[1:] == ["--install"]:
        return 0
    named = sys.argv[1:] or list(NAMES)
    unknown = [name for name in named if name not in NAMES]
    if unknown:
        print(f"no such check: {', '.join(unknown)}; there are {', '.join(NAMES)}")
        return 2
    if browsing.CHROMIUM is None and "playwright" in named:
        print("SKIPPED playwright: there is no browser; `make browser` installs one")
        named.remove("playwright")
    with server() as base, tempfile.TemporaryDirectory(prefix="clients-") as directory:
        checks = dict(zip(NAMES, _checks(base, Path(directory)), strict=True))
        outcomes = [_timed(name, checks[name]) for name in named]
    return _report(console, outcomes, ceilings())


def _checks(base: str, directory: Path) -> list[Check]:
    """The checks, in the order of their names. They share the document that the server at `base` gives."""
    document = directory / "openapi.json"
    described = httpx.get(f"{base}/openapi.json", timeout=60, trust_env=False).raise_for_status().json()
    document.write_text(json.dumps(described), encoding="utf-8")
    number = len(operations(described))
    return [
        lambda: linting.spectral(document, number),
        lambda: linting.redocly(document, number),
        lambda: generating.openapi_typescript(document, base, _sandbox(base, "example")),
        lambda: generating.hey_api(document),
        lambda: generating.orval(document),
        lambda: generating.openapi_python_client(document),
        lambda: proxying.prism(document, base),
        lambda: properties.schemathesis(base, examples=_EXAMPLES),
        scripting.console,
        lambda: browsing.playwright(document, base),
        lambda: recipes.recipes(base),
    ]


def _sandbox(base: str, name: str) -> str:
    made = {"name": name, "clock": {"rate": 0}}
    httpx.post(f"{base}/_sandbox/sandboxes", json=made, timeout=60, trust_env=False).raise_for_status()
    return name


def _timed(name: str, check: Check) -> Outcome:
    """What a check found. One that could not end is an error of its own, so that the others still run."""
    begun = time.monotonic()
    try:
        outcome = check()
    except (AssertionError, LookupError, RuntimeError, subprocess.SubprocessError, httpx.HTTPError) as error:
        outcome = Outcome(name, "requests or files", errors=[f"{type(error).__name__}: {error}"])
    outcome.seconds = time.monotonic() - begun
    return outcome


def _report(console: Console, outcomes: list[Outcome], allowed: dict[str, Ceiling]) -> int:
    """Print findings, the table, and why it fails. Gives the exit status."""
    table = Table("tool", "checked", "errors", "at most", "warnings", "at most", "seconds")
    reasons: list[str] = []
    failed = 0
    for outcome in outcomes:
        ceiling = allowed.get(outcome.tool, Ceiling())
        for kind, found in (("error", outcome.errors), ("warning", outcome.warnings)):
            for each in found:
                print(f"{outcome.tool} {kind}: {each}")
        exceeded = excess(outcome, ceiling)
        reasons += exceeded
        failed += bool(exceeded)
        if slack(outcome, ceiling):
            print(
                f"{outcome.tool}: lower its ceiling to {len(outcome.errors)} errors, {len(outcome.warnings)} warnings"
            )
        table.add_row(
            outcome.tool, f"{outcome.checked} {outcome.what}", str(len(outcome.errors)), str(ceiling.errors),
            str(len(outcome.warnings)), str(ceiling.warnings), f"{outcome.seconds:.0f}",
        )  # fmt: skip
    console.print(table)
    for reason in reasons:
        print(reason)
    print(f"{len(outcomes) - failed} passed, {failed} failed")
    return 1 if reasons else 0


if __name__ == "__main__":
    sys.exit(main())
