"""Generators of clients: what they generate compiles under the strictest options, and the example runs with it."""

import shutil
import subprocess
from pathlib import Path

from clients.outcome import Outcome
from clients.toolbox import HERE, PLACE, ROOT, environment, program, script

_EXAMPLE = ROOT / "examples" / "typescript"
# What @hey-api/openapi-ts copies from its own templates does not compile under `exactOptionalPropertyTypes`.
_STRICT = ("--strict", "--noUncheckedIndexedAccess")
_STRICTEST = (*_STRICT, "--exactOptionalPropertyTypes")
_SAID = (": completed", "Refused: same_account → account")
_COMPILER = "typescript/bin/tsc"
_LIBRARY = (
    "--noEmit", "--module", "ESNext", "--moduleResolution", "Bundler", "--target", "ES2024",
    "--lib", "ES2024,DOM,DOM.Iterable", "--types", "node",
)  # fmt: skip
_SECONDS = 300


def openapi_typescript(document: Path, base: str, sandbox: str) -> Outcome:
    """openapi-typescript with openapi-fetch: the example compiles without a cast and runs against the server."""
    outcome = Outcome("openapi-typescript", "files")
    place = fresh("openapi-typescript")
    for source in (*_EXAMPLE.glob("*.ts"), *_EXAMPLE.glob("*.json")):
        shutil.copy(source, place / source.name)
    _run(outcome, script("openapi-typescript/bin/cli.js", str(document), "--output", "schema.d.ts"), place)
    compile_types(outcome, script(_COMPILER, *_STRICTEST, "--project", "."), place)
    said = _run(outcome, script(str(place / "dist" / "app.js"), base, sandbox), place)
    outcome.errors += [f"the example did not say «{each}»" for each in _SAID if each not in said]
    return outcome


def hey_api(document: Path) -> Outcome:
    """@hey-api/openapi-ts: types, an SDK and a fetch client."""
    outcome = Outcome("hey-api", "files")
    place = fresh("hey-api")
    said = _run(
        outcome, script("@hey-api/openapi-ts/bin/run.js", "--input", str(document), "--output", "generated"), place
    )
    outcome.warnings += _warnings(said)
    compile_types(outcome, script(_COMPILER, *_STRICT, *_LIBRARY, "generated/index.ts"), place)
    return outcome


def orval(document: Path) -> Outcome:
    """Orval: types and fetch functions."""
    outcome = Outcome("orval", "files")
    place = fresh("orval")
    command = script(
        "orval/dist/bin/orval.mjs", "--input", str(document), "--output", "generated.ts", "--client", "fetch"
    )
    outcome.warnings += _warnings(_run(outcome, command, place))
    compile_types(outcome, script(_COMPILER, *_STRICTEST, *_LIBRARY, "generated.ts"), place)
    return outcome


def openapi_python_client(document: Path) -> Outcome:
    """openapi-python-client: generated without a warning, and every module of it compiles."""
    outcome = Outcome("openapi-python-client", "files")
    place = fresh("openapi-python-client")
    config = str(HERE / "openapi-python-client.yaml")
    command = [program("openapi-python-client"), "generate", "--path", str(document), "--output-path", "generated"]
    said = _run(outcome, [*command, "--overwrite", "--config", config], place)
    outcome.warnings += _warnings(said)
    modules = sorted((place / "generated").rglob("*.py"))
    outcome.checked = len(modules)
    _run(outcome, [program("python"), "-m", "compileall", "-q", "generated"], place)
    return outcome


def fresh(name: str) -> Path:
    """An empty folder below the installed packages, so that what is generated finds them."""
    place = PLACE / "work" / name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    return place


def _run(outcome: Outcome, command: list[str], place: Path) -> str:
    """What a tool says. That it failed is an error of the outcome."""
    ran = subprocess.run(
        command, cwd=place, env=environment(), capture_output=True, text=True, check=False, timeout=_SECONDS
    )
    said = ran.stdout + ran.stderr
    if ran.returncode != 0:
        outcome.errors.append(f"{Path(command[1]).name} exits {ran.returncode}: {said.strip()[-300:]}")
    return said


def compile_types(outcome: Outcome, command: list[str], place: Path) -> None:
    """Count the compiler's errors, one each, and the files below the folder that it read."""
    ran = subprocess.run(
        [*command, "--pretty", "false", "--listFiles"], cwd=place, env=environment(), capture_output=True, text=True,
        check=False, timeout=_SECONDS,
    )  # fmt: skip
    lines = ran.stdout.splitlines()
    outcome.checked = sum(line.endswith(".ts") and "node_modules" not in line for line in lines)
    found = [line for line in lines if ": error TS" in line or line.startswith("error TS")]
    if ran.returncode != 0 and not found:
        found = [f"tsc exits {ran.returncode}: {(ran.stdout + ran.stderr)[-300:]}"]
    outcome.errors += found


def _warnings(said: str) -> list[str]:
    """Lines in which a generator warns."""
    return [
        line.strip() for line in said.splitlines() if "warning" in line.lower() and "encountered" not in line.lower()
    ]
