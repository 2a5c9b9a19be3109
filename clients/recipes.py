"""The recipes of the how-to pages for front ends, as far as they run on one machine: Vite, wait-on, MSW, Cypress,
Capacitor."""

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx

from clients import pages
from clients.generating import compile_types, fresh
from clients.outcome import Outcome
from clients.processes import running
from clients.toolbox import HERE, environment, node, script
from loadtests.driver import free_port

_WRITTEN = "//127.0.0.1:8000"
_STRICT = (
    "--strict", "--noUncheckedIndexedAccess", "--noEmit", "--skipLibCheck", "--module", "ESNext",
    "--moduleResolution", "Bundler", "--target", "ES2024", "--lib", "ES2024,DOM",
)  # fmt: skip
_PASSED = re.compile(r"^. pass (\d+)$", re.MULTILINE)
_TEST = re.compile(r'^test\("', re.MULTILINE)
_SECONDS = 120


def recipes(base: str) -> Outcome:
    """Write the files of each page, and run what they are for against the server at `base`."""
    outcome = Outcome("recipes", "steps")
    for steps in (_vite(base), _wait_on(base), _msw(base), _cypress(base), _capacitor()):
        for name, mistakes in steps:
            outcome.checked += 1
            outcome.errors += [f"{name}: {mistake}" for mistake in mistakes]
    return outcome


Step = tuple[str, list[str]]
"""What was tried, and what was wrong with it."""


def _vite(base: str) -> Iterator[Step]:
    """Through the proxy a page reaches the bank and the control plane, and a page of another origin the bank alone."""
    place = fresh("recipe-vite")
    pages.write("vite", place)
    (place / "index.html").write_text("<!doctype html><title>App</title>", encoding="utf-8")
    address = f"http://127.0.0.1:{free_port()}"
    command = script("vite/bin/vite.js", "--host", "127.0.0.1", "--strictPort", "--port", address.rpartition(":")[2])
    here, elsewhere = {"Origin": address}, {"Origin": "http://evil.example"}
    with (
        running(command, address, place=place, variables={"SANDBOX_URL": base}),
        httpx.Client(base_url=address, timeout=30, trust_env=False) as page,
    ):
        for path, headers, wanted in (
            ("/", here, 200),
            ("/v1/app", here, 200),
            ("/s/default/v1/app", here, 200),
            ("/s/no-such/v1/app", here, 404),
            ("/_sandbox/clock", here, 200),
            ("/s/default/_sandbox/clock", here, 200),
            ("/_sandbox/console", here, 200),
            ("/_sandbox/clock", elsewhere, 403),
        ):
            status = page.get(path, headers=headers).status_code
            yield f"vite {path}", [] if status == wanted else [f"{status} instead of {wanted} to {headers['Origin']}"]


def _wait_on(base: str) -> Iterator[Step]:
    """Both forms return once the bank is ready, and fail where there is none."""
    place = fresh("recipe-wait-on")
    [listed] = pages.blocks("vite", "json")
    scripts = json.loads(listed)["scripts"]
    for name in ("bank:wait", "bank:wait-by-head"):
        program, *words = shlex.split(scripts[name])
        assert program == "wait-on"
        ready, closed = (
            script("wait-on/bin/wait-on", *(word.replace(_WRITTEN, address) for word in words))
            for address in (base.removeprefix("http:"), f"//127.0.0.1:{free_port()}")
        )
        yield f"wait-on {name}", _failure(ready, place)
        closed[closed.index("60s")] = "500ms"
        yield f"wait-on {name} without a bank", [] if _failure(closed, place) else ["it did not fail"]


def _msw(base: str) -> Iterator[Step]:
    place = fresh("recipe-msw")
    [(name, text)] = pages.write("msw", place).items()
    ran = _run([str(node()), "--test", name], place, SANDBOX_URL=base)
    passed = int(found[1]) if (found := _PASSED.search(ran.stdout)) else 0
    wanted = len(_TEST.findall(text))
    yield "msw", [] if passed == wanted else [f"{passed} of {wanted} tests pass: {ran.stdout[-800:]}"]


def _cypress(base: str) -> Iterator[Step]:
    """The files compile, and the tasks do what they are for. Cypress's program itself comes from no package."""
    place = fresh("recipe-cypress")
    shown = pages.write("cypress", place)
    yield from _compiled("cypress", place, [*shown], "cypress,node")
    shutil.copy(HERE / "cypress.tasks.mjs", place)
    yield "cypress tasks", _failure([str(node()), "cypress.tasks.mjs"], place, SANDBOX_URL=base)


def _capacitor() -> Iterator[Step]:
    place = fresh("recipe-capacitor")
    shown = pages.write("devices", place)
    yield from _compiled("capacitor", place, [name for name in shown if name.endswith(".ts")], "node")


def _compiled(name: str, place: Path, files: list[str], types: str) -> Iterator[Step]:
    outcome = Outcome(name, "files")
    compile_types(outcome, script("typescript/bin/tsc", *_STRICT, "--types", types, *files), place)
    yield f"{name} types", outcome.errors if outcome.checked else ["nothing was compiled"]


def _failure(command: list[str], place: Path, **variables: str) -> list[str]:
    ran = _run(command, place, **variables)
    return [] if ran.returncode == 0 else [f"exits {ran.returncode}: {(ran.stdout + ran.stderr)[-500:]}"]


def _run(command: list[str], place: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, cwd=place, env=environment() | variables, capture_output=True, text=True, check=False,
        timeout=_SECONDS,
    )  # fmt: skip
