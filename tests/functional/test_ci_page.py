"""The jobs of docs/how-to/ci.md, run in bash as GitHub and GitLab would run them, with a test that fails."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from select import select
from typing import Any

import httpx2 as httpx
import pytest
from ruamel.yaml import YAML

from clients import pages
from loadtests.driver import free_port
from sandbox.settings import Settings
from tests import goldens
from tests.functional.processes import Server

pytestmark = pytest.mark.sqlite("jobs as a page has them, whose banks are in files")
FILES = pages.files("ci")
GITHUB = ".github/workflows/end-to-end.yml"
CONTAINER = ".github/workflows/service-container.yml"
GITLAB = ".gitlab-ci.yml"
_SECONDS = 120
# Instead of npm, npx and pipx: says what it was asked for. A test run leaves a bank and a report behind, and fails.
_STAND_IN = """\
#!/bin/bash
echo "${0##*/} $*" >> asked
if [ "${0##*/} $*" = "npx playwright test" ]; then
  curl -sS "$BANK/_sandbox/sandboxes" -H "Authorization: Bearer ${SANDBOX_CONTROL_TOKEN:-none}" -H 'Content-Type: application/json' -d '{"name": "left"}' || exit 9
  curl -sS "$BANK/s/left/v1/app" || exit 9
  mkdir playwright-report && touch playwright-report/index.html
  exit 1
fi
"""

Job = dict[str, Any]


def job(name: str) -> Job:
    """The only job of a file."""
    document = YAML(typ="safe").load(FILES[name])
    [found] = document["jobs"].values() if "jobs" in document else document.values()
    return found


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A checkout of an app, with the wheel where the page says it is, and stand-ins for programs."""
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "cooprogreso_sandbox-0.1.0-py3-none-any.whl").touch()
    (tmp_path / "programs").mkdir()
    for name in ("npm", "npx", "pipx"):
        program = tmp_path / "programs" / name
        program.write_text(_STAND_IN, encoding="utf-8")
        program.chmod(0o755)
    return tmp_path


Run = Callable[..., int]


@pytest.fixture
def run(place: Path) -> Iterator[Run]:
    """Runs a script of a job, and gives its exit status. What it leaves in the background ends with the test."""
    groups: list[int] = []
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SANDBOX_")}
    path = os.pathsep.join([str(place / "programs"), str(Path(sys.executable).parent), os.environ["PATH"]])

    def script(text: str, **variables: str) -> int:
        process = subprocess.Popen(
            ["bash", "-eo", "pipefail", "-c", text],
            cwd=place, env=inherited | {"PATH": path} | variables, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        groups.append(process.pid)
        return process.wait(_SECONDS)

    yield script
    for pid in _members(groups):
        _end(pid)


def _members(groups: list[int]) -> list[int]:
    """The processes of these groups."""
    listed = subprocess.run(["ps", "-eo", "pid=,pgid="], capture_output=True, text=True, check=True).stdout
    return [int(pid) for pid, group in (line.split() for line in listed.splitlines()) if int(group) in groups]


def _end(pid: int) -> None:
    """End a process that is no child of this one, and wait until it has ended."""
    handle = os.pidfd_open(pid)
    try:
        os.kill(pid, signal.SIGTERM)
        ended, _, _ = select([handle], [], [], _SECONDS)
        assert ended, f"{pid} did not end"
    finally:
        os.close(handle)


def _settings_in(variables: dict[str, str]) -> dict[str, str]:
    """Those variables that are settings of a server; SANDBOX_URL is what clients read."""
    named = {name.removeprefix("SANDBOX_").lower(): value for name, value in variables.items() if "SANDBOX_" in name}
    return {name: value for name, value in named.items() if name != "url"}


@pytest.mark.slow
@pytest.mark.docs
@pytest.mark.skipif(shutil.which("jq") is None, reason="no jq: the job calls it")
def test_the_github_job_keeps_what_explains_a_failure(place: Path, run: Run) -> None:
    asked = job(GITHUB)
    port = str(free_port())
    bank = f"http://127.0.0.1:{port}"
    own = {
        "SANDBOX_PORT": port,
        "SANDBOX_URL": bank,
        "SANDBOX_MEMBERS": "40",
        "SANDBOX_SEED_DIR": str(goldens.seed_dir()),
    }
    data = place / asked["env"]["SANDBOX_DATA_DIR"]
    goldens.place(Settings.model_construct(data_dir=data, seed_dir=goldens.seed_dir(), members=40))

    has_failed = False
    kept: list[str] = []
    for step in asked["steps"]:
        if ("if" in step) != has_failed:  # a step without a condition runs as long as all is well
            continue
        assert step.get("if", "failure()") == "failure()"
        if "run" in step:
            text = step["run"].replace("http://127.0.0.1:8000", bank)
            has_failed |= run(text, BANK=bank, **asked["env"], **own) != 0
        elif step["uses"].startswith("actions/upload-artifact@"):
            kept = step["with"]["path"].split()
    assert has_failed

    assert (place / "asked").read_text(encoding="utf-8").splitlines() == [
        "pipx install ./vendor/cooprogreso_sandbox-0.1.0-py3-none-any.whl",
        "npm ci",
        "npx playwright install --with-deps chromium",
        "npx playwright test",
    ]
    assert kept == ["bank", "playwright-report"]
    assert {path.name for name in kept for path in (place / name).iterdir()} == {
        "server.log", "default.requests.json", "default.sqlite", "left.requests.json", "left.sqlite", "index.html",
    }  # fmt: skip
    [request] = json.loads((place / "bank" / "left.requests.json").read_text(encoding="utf-8"))["items"]
    assert request["operation_id"] == "getAppInfo"
    with sqlite3.connect(place / "bank" / "left.sqlite") as database:
        assert database.execute("PRAGMA quick_check").fetchall() == [("ok",)]
    database.close()
    logged = (place / "bank" / "server.log").read_text(encoding="utf-8").splitlines()
    assert any(json.loads(line).get("operation") == "createSandbox" for line in logged if line.startswith("{"))


def test_the_github_job_caches_the_seeded_bank(tmp_path: Path) -> None:
    asked = job(GITHUB)
    [cache] = [step["with"]["path"] for step in asked["steps"] if "cache@" in step.get("uses", "")]
    folder, _, pattern = cache.rpartition("/")
    assert folder == asked["env"]["SANDBOX_DATA_DIR"]
    goldens.place(Settings.model_construct(data_dir=tmp_path, seed_dir=goldens.seed_dir(), members=40))
    assert len(list(tmp_path.glob(pattern))) == 1


@pytest.mark.slow
@pytest.mark.docs
@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl: the job calls it")
def test_the_gitlab_job_keeps_what_explains_a_failure(place: Path, run: Run) -> None:
    asked = job(GITLAB)
    variables = asked["variables"]
    token = variables["SANDBOX_CONTROL_TOKEN"]
    server = Server(place / "data", control_token=token, allowed_hosts=variables["SANDBOX_ALLOWED_HOSTS"]).start()
    try:
        bank = f"http://{server.url}"
        service = httpx.URL(variables["SANDBOX_URL"])
        assert service.host == asked["services"][0]["alias"]
        headers = {"Host": f"{service.host}:{service.port}", "Authorization": f"Bearer {token}"}
        assert server.client.get("/_sandbox/clock", headers=headers).status_code == 200

        environment = variables | {"SANDBOX_URL": bank, "BANK": bank}
        assert run("\n".join(asked["script"]), **environment) == 1
        assert run("\n".join(asked["after_script"]), **environment, CI_JOB_STATUS="failed") == 0
    finally:
        server.interrupt()

    assert (place / "asked").read_text(encoding="utf-8").splitlines() == [
        "npm ci --cache .npm",
        f"npx wait-on --timeout 60s {bank}/_sandbox/ready",
        "npx playwright test",
    ]
    assert asked["artifacts"] == {"when": "on_failure", "paths": ["bank/", "playwright-report/"]}
    assert {path.name for name in asked["artifacts"]["paths"] for path in (place / name).iterdir()} == {
        "requests.json", "bank.sqlite", "index.html",
    }  # fmt: skip
    assert (place / "bank" / "bank.sqlite").read_bytes().startswith(b"SQLite format 3\0")


@pytest.mark.slow
def test_the_gitlab_job_asks_for_nothing_when_all_is_well(place: Path, run: Run) -> None:
    assert run("\n".join(job(GITLAB)["after_script"]), CI_JOB_STATUS="success") == 0
    assert not (place / "bank").exists()


def test_a_service_container_gets_the_token_that_the_tests_send() -> None:
    asked = job(CONTAINER)
    [service] = asked["services"].values()
    assert service["env"]["SANDBOX_CONTROL_TOKEN"] == asked["env"]["SANDBOX_CONTROL_TOKEN"]
    assert service["ports"] == [
        f"{httpx.URL(asked['env']['SANDBOX_URL']).port}:{Settings.model_fields['port'].default}"
    ]


@pytest.mark.parametrize("name", [GITHUB, CONTAINER, GITLAB])
def test_a_server_takes_the_settings_of_a_job(name: str) -> None:
    asked = job(name)
    services = asked.get("services", {})
    of_services = [each["env"] for each in services.values()] if isinstance(services, dict) else []
    for variables in (asked.get("env", {}), asked.get("variables", {}), *of_services):
        wanted = _settings_in(variables)
        assert wanted.keys() <= Settings.model_fields.keys()
        Settings(**wanted)
