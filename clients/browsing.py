"""Playwright's example: it is typed, its tests pass in a real browser, and they notice an app that does wrong."""

import json
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from clients import pages
from clients.generating import compile_types, fresh
from clients.outcome import Outcome
from clients.toolbox import ROOT, environment, script
from loadtests.driver import free_port

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
EXAMPLE = ROOT / "examples" / "playwright"
_RUNNER = "@playwright/test/cli.js"
_COMPILER = "typescript/bin/tsc"
_SECONDS = 240
_WORKERS = "2"


@dataclass(frozen=True)
class Mutant:
    """An app that does one thing wrong, and the test that must fail because of it."""

    fault: str
    file: str
    right: str
    wrong: str
    test: str


class Result(NamedTuple):
    """What came of a test: its title, why it failed, if it did, and what its report has."""

    title: str
    reason: str
    attached: set[str]


MUTANTS = (
    Mutant(
        "every try of an order has a key of its own",
        "app/bank.ts",
        "const response = await fetch(request.clone());",
        'if (request.headers.has("Idempotency-Key")) request.headers.set("Idempotency-Key", crypto.randomUUID());'
        " const response = await fetch(request.clone());",
        "an order whose answer is lost is made once",
    ),
    Mutant(
        "the language of the member is not asked for",
        "app/bank.ts",
        'request.headers.set("Accept-Language", this.language);',
        'request.headers.set("Accept-Language", "es");',
        "a limit refuses in the words of its rule, in the member's language",
    ),
    Mutant(
        "the end of a session is not noticed",
        "app/main.ts",
        'reason === "session_expired"',
        'reason === "never"',
        "a session that was idle for five minutes ends",
    ),
)


def playwright(document: Path, base: str) -> Outcome:
    """Generate its types from the document, compile it, run its tests, and that of its page, against the server at
    `base`; then run the test of each mutant, which must fail."""
    outcome = Outcome("playwright", "tests")
    place = fresh("playwright")
    _copy(place)
    pages.write("front-end", place)
    _generate_types(document, place)
    typed = Outcome("playwright", "files")
    compile_types(typed, script(_COMPILER, "--project", "."), place)
    outcome.errors += typed.errors
    results = list(_run(place, base))
    outcome.checked = len(results)
    outcome.errors += [f"{result.title}: {result.reason}" for result in results if result.reason]
    if not outcome.errors:
        outcome.errors += [found for mutant in MUTANTS if (found := _survived(mutant, place, base))]
    return outcome


def _copy(place: Path) -> None:
    generated = shutil.ignore_patterns("node_modules", "test-results", "playwright-report", "schema.d.ts")
    shutil.copytree(EXAMPLE, place, dirs_exist_ok=True, ignore=generated)


def _generate_types(document: Path, place: Path) -> None:
    """As `npm run types` does, from the document instead of a server's address."""
    scripts = json.loads((place / "package.json").read_text(encoding="utf-8"))["scripts"]
    _, _, *options = shlex.split(scripts["types"])
    command = script("openapi-typescript/bin/cli.js", str(document), *options)
    subprocess.run(command, cwd=place, env=environment(), capture_output=True, check=True, timeout=_SECONDS)


def _survived(mutant: Mutant, place: Path, base: str) -> str:
    """That the tests do not notice a mutant, or that the report does not say what the bank saw; nothing when all is
    well."""
    source = place / mutant.file
    text = source.read_text(encoding="utf-8")
    assert mutant.right in text, f"{mutant.file} has no «{mutant.right}» for a mutant"
    source.write_text(text.replace(mutant.right, mutant.wrong), encoding="utf-8")
    try:
        failed = [result for result in _run(place, base, "--grep", mutant.test) if result.reason]
    finally:
        source.write_text(text, encoding="utf-8")
    if [result.title for result in failed] != [mutant.test]:
        return f"no test notices that {mutant.fault}"
    missing = {"bank.txt", "bank.sqlite"} - failed[0].attached
    return f"the report of «{mutant.test}» has no {', '.join(sorted(missing))}" if missing else ""


def _run(place: Path, base: str, *words: str) -> Iterator[Result]:
    """The results of the tests. Raises RuntimeError where none could run."""
    variables = {"SANDBOX_URL": base, "APP_PORT": str(free_port()), "CHROMIUM": str(CHROMIUM)}
    ran = subprocess.run(
        script(_RUNNER, "test", "--reporter", "json", "--workers", _WORKERS, *words),
        cwd=place, env=environment() | variables, capture_output=True, text=True, check=False, timeout=_SECONDS,
    )  # fmt: skip
    try:
        report = json.loads(ran.stdout)
    except json.JSONDecodeError:
        raise RuntimeError(f"playwright exits {ran.returncode}: {(ran.stdout + ran.stderr)[-500:]}") from None
    if report["errors"]:
        raise RuntimeError(f"playwright: {report['errors'][0]['message'][:500]}")
    for suite in report["suites"]:
        yield from _results(suite)


def _results(suite: dict[str, Any]) -> Iterator[Result]:
    for inner in suite.get("suites", ()):
        yield from _results(inner)
    for spec in suite["specs"]:
        tries = [result for test in spec["tests"] for result in test["results"]]
        errors = [error["message"] for result in tries for error in result["errors"]]
        reason = "" if spec["ok"] else " ".join("".join(errors[:1]).split())[:400] or "it did not run"
        yield Result(spec["title"], reason, {each["name"] for result in tries for each in result["attachments"]})
