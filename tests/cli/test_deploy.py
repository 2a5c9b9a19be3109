"""`sandbox deploy`: configuration of HAProxy and a compose file for any number of processes."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from sandbox.cli.main import app
from sandbox.kernel.shards import Shard
from sandbox.settings import Settings
from tests.functional.processes import ROOT
from tests.loadtests.test_compose import interpolated

pytestmark = pytest.mark.sqlite("files that it writes")

TOKEN = {"SANDBOX_CONTROL_TOKEN": "a-token-that-nobody-guesses"}


def deployed(place: Path, processes: int) -> dict[str, Any]:
    """The compose file, as compose reads it."""
    ended = CliRunner().invoke(app, ["deploy", "--processes", str(processes), "--directory", str(place)])
    assert ended.exit_code == 0, ended.output
    content: dict[str, Any] = YAML(typ="safe").load(interpolated((place / "compose.yaml").read_text(), TOKEN))
    return content


@pytest.mark.parametrize("name", ["haproxy.cfg", "compose.yaml"])
def test_the_files_of_the_repository_are_those_for_two(name: str, tmp_path: Path) -> None:
    deployed(tmp_path, 2)
    assert (ROOT / "deploy" / name).read_text() == (tmp_path / name).read_text()


@pytest.mark.parametrize("count", [1, 3, 64])
def test_every_process_has_its_shard_its_data_and_its_place_behind_the_proxy(tmp_path: Path, count: int) -> None:
    content = deployed(tmp_path, count)
    services = content["services"]
    proxy = services.pop("proxy")
    assert list(services) == [f"process-{number}" for number in range(1, count + 1)]
    for number, (name, service) in enumerate(services.items(), 1):
        shard = service["environment"]["SANDBOX_SHARD"]
        assert Shard.parse(shard) == Shard(number, count)
        assert service["volumes"] == [f"{name}:/data"]
        assert proxy["environment"][f"PROCESS_{number}"] == f"{name}:8000"
        assert name in proxy["depends_on"]
        assert name in content["volumes"]
        backend = f'backend {name}\n    server {name} "${{PROCESS_{number}-127.0.0.1:{8000 + number}}}"\n'
        assert backend in (tmp_path / "haproxy.cfg").read_text()


def test_the_settings_of_the_compose_file_are_settings(tmp_path: Path) -> None:
    given = deployed(tmp_path, 2)["services"]["process-1"]["environment"]
    assert {name.removeprefix("SANDBOX_").lower() for name in given} <= set(Settings.model_fields)
    Settings(**{name.removeprefix("SANDBOX_").lower(): value for name, value in given.items()})


def test_no_processes_is_too_few_and_65_too_many(tmp_path: Path) -> None:
    for count in ("0", "65"):
        ended = CliRunner().invoke(app, ["deploy", "--processes", count, "--directory", str(tmp_path / "none")])
        assert ended.exit_code == 2
    assert not (tmp_path / "none").exists()
