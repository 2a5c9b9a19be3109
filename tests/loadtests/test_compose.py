"""The compose file: its services' own commands, as processes of this machine, come to one verdict."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from loadtests.driver import free_port
from tests.functional.processes import ROOT, Server
from tests.loadtests.runs import UNTIMED

FILE = ROOT / "loadtests" / "compose.yaml"
TOKEN = "a-token-that-nobody-guesses"
GIVEN = {"SANDBOX_CONTROL_TOKEN": TOKEN, "USERS": "4", "TIME": "600s"}
VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\}")


def interpolated(text: str, given: dict[str, str]) -> str:
    """As compose puts variables in: `${NAME:-default}`, `${NAME:?reason}`."""

    def value(found: re.Match[str]) -> str:
        if found["name"] in given:
            return given[found["name"]]
        assert found["kind"] == "-", found["rest"]
        return found["rest"]

    return VARIABLE.sub(value, text)


def services(given: dict[str, str]) -> dict[str, Any]:
    content: dict[str, Any] = YAML(typ="safe").load(interpolated(FILE.read_text(), given))
    return content["services"]


def test_without_a_token_nothing_begins() -> None:
    with pytest.raises(AssertionError, match="at least 16 characters"):
        services({})


def test_the_image_has_all_that_the_services_need() -> None:
    copied = re.findall(
        r"^COPY (?!--from)(?P<from>\S+(?: \S+)*) (?:\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE
    )
    taken = {name for line in copied for name in line.split()}
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert taken == {each.removeprefix("!") for each in ignored if each.startswith("!")}
    assert all((ROOT / name).exists() for name in taken)
    assert {"sandbox", "loadtests", "rules", "seed"} <= taken


@pytest.mark.long
@pytest.mark.slow
def test_bank_master_and_two_workers_come_to_one_verdict(tmp_path: Path) -> None:
    composed = services(GIVEN)
    assert composed["worker"]["deploy"]["replicas"] == 2
    bank = composed["bank"]["environment"]
    settings = {name.removeprefix("SANDBOX_").lower(): value for name, value in bank.items()} | {"members": "60"}
    server = Server(tmp_path / "data", **settings).start()
    port = str(free_port())
    environment = {**os.environ, "LOCUST_MASTER_BIND_PORT": port, "LOCUST_MASTER_NODE_PORT": port}
    environment |= {
        "LOCUST_MASTER_BIND_HOST": "127.0.0.1",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }

    def started(service: str) -> subprocess.Popen[str]:
        words = [
            word.replace("http://bank:8000", f"http://{server.url}")
            .replace("/reports", str(tmp_path))
            .replace("--master-host=master", "--master-host=127.0.0.1")
            for word in composed[service]["command"]
        ]
        if service == "master":
            words += [*UNTIMED, "--turns=12"]
        return subprocess.Popen(
            words, cwd=ROOT, env=environment | composed[service]["environment"], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    processes = [started("master"), started("worker"), started("worker")]
    try:
        outputs = [process.communicate(timeout=120)[0] for process in processes]
        assert [process.returncode for process in processes] == [0, 0, 0], outputs
    finally:
        for process in processes:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                process.communicate()
        server.interrupt()
    summary = json.loads((tmp_path / "load.json").read_text())
    assert (summary["processes"], summary["members"], summary["complaints"]) == (2, 4, [])
    assert "every hold is accounted for" in (tmp_path / "load.html").read_text(encoding="utf-8")
