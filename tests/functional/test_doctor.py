"""`sandbox doctor` and what stands beside it: what is wrong with a set-up, and where things are looked for."""

import json
import shutil
import socket
from importlib.metadata import version
from pathlib import Path

import pytest
from filelock import FileLock

from sandbox import shipped
from tests.functional.commands import Ended, command
from tests.functional.processes import ROOT


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Settings of a server that could start: a free port, and data of its own."""
    monkeypatch.chdir(tmp_path)
    return {"SANDBOX_PORT": "0", "SANDBOX_DATA_DIR": str(tmp_path / "data")}


def findings(ended: Ended) -> dict[str, dict]:
    return {each["what"]: each for each in json.loads(ended.stdout)["findings"]}


def test_all_is_well_in_an_empty_directory(setup: dict[str, str]) -> None:
    ended = command("doctor", "--json", env=setup)
    found = findings(ended)
    assert [each for each in found.values() if each["ok"] is False] == []
    assert ended.status == 0
    assert "packaged" in found["rules"]["found"]
    assert "Cooprogreso" in found["seed"]["found"]
    assert "ok   address: 127.0.0.1:0 is free" in command("doctor", env=setup).stdout


@pytest.mark.parametrize(
    ("variables", "what", "told"),
    [
        ({"SANDBOX_MEMBERS": "many"}, "settings", "SANDBOX_MEMBERS"),
        ({"SANDBOX_HOST": "0.0.0.0"}, "address", "no loopback address"),
        ({"SANDBOX_RULES_DIR": "empty"}, "rules", "empty"),
        ({"SANDBOX_SEED_DIR": "empty"}, "seed", "institution.yaml"),
    ],
)
def test_what_keeps_a_server_from_starting_is_told(
    setup: dict[str, str], variables: dict[str, str], what: str, told: str
) -> None:
    Path("empty").mkdir()
    ended = command("doctor", "--json", env={**setup, **variables})
    found = findings(ended)
    assert (ended.status, found[what]["ok"]) == (1, False)
    assert told in found[what]["found"]
    assert found[what]["cure"]
    assert f"bad  {what}: " in command("doctor", env={**setup, **variables}).stdout


def test_what_is_no_mistake_but_worth_knowing_is_noted(setup: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as taken, FileLock(tmp_path / "data" / "lock"):
        port = str(taken.getsockname()[1])
        ended = command("doctor", "--json", env={**setup, "SANDBOX_PORT": port, "SANDBOX_MEMBRES": "7"})
    found = findings(ended)
    assert ended.status == 0
    assert found["SANDBOX_MEMBRES"]["cure"] == "Did you mean SANDBOX_MEMBERS?"
    assert found["address"]["found"] == f"127.0.0.1:{port} is in use"
    assert found["lock"]["ok"] is None


def test_the_version_is_that_of_the_distribution() -> None:
    assert command("--version").stdout == version("cooprogreso-sandbox") + "\n"


def test_files_are_those_of_the_directory_where_it_has_some(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("sys.platform", "linux")
    for unrelated in ("rules", "seed"):  # a project may have directories of these names
        (tmp_path / unrelated).mkdir()
    rules, seed = shipped.packaged()
    assert (shipped.rules_dir(), shipped.seed_dir()) == (rules, seed)
    assert shipped.data_dir() == tmp_path / "home" / "cooprogreso-sandbox"
    for unrelated in ("rules", "seed"):
        shutil.rmtree(tmp_path / unrelated)
    assert command("init").status == 0
    assert (shipped.rules_dir(), shipped.seed_dir()) == (Path("rules"), Path("seed"))
    assert shipped.data_dir() == Path(".sandbox")
    again = command("init")
    assert (again.status, "exists already" in again.stderr) == (1, True)


@pytest.mark.parametrize(
    ("system", "place"),
    [("win32", "Local/cooprogreso-sandbox"), ("darwin", "Library/Application Support/cooprogreso-sandbox")],
)
def test_data_goes_where_the_system_has_it(
    system: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "Local"))
    monkeypatch.setattr("sys.platform", system)
    assert shipped.data_dir() == tmp_path / place


def test_what_the_package_brings_along_is_what_the_checkout_has() -> None:
    for path in shipped.packaged():
        assert path.resolve() == ROOT / path.name
