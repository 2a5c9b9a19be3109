"""What is handed on is the wheel: it installs into an environment of its own, and serves from any directory."""

import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.functional.processes import ROOT, Server

pytestmark = [pytest.mark.slow, pytest.mark.wheel]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source, directory = (tmp_path_factory.mktemp(name) for name in ("source", "wheel"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for package in ("sandbox", "loadtests"):  # a build leaves files of its own beside them
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    pip(sys.executable, "wheel", "--no-deps", "--wheel-dir", str(directory), str(source))
    [built] = directory.glob("*.whl")
    return built


def pip(python: str | Path, *words: str) -> None:
    """Run pip; whatever it printed is told when it fails."""
    ended = subprocess.run(
        [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", *words],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the programs are of an environment that has the wheel and pytest."""
    environment = tmp_path_factory.mktemp("installed") / "environment"
    venv.create(environment, with_pip=True)
    pip(environment / "bin" / "python", "install", "--constraint", str(ROOT / "constraints.txt"), str(wheel), "pytest")
    return environment / "bin"


def test_it_holds_the_packages_with_their_data_and_no_tests(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())
        shipped = {
            f"{kind}/{name.partition(f'packaged/{kind}/')[2]}": opened.read(name)
            for kind in ("rules", "seed")
            for name in names
            if name.startswith(f"sandbox/packaged/{kind}/")
        }
        example = {
            name.removeprefix("sandbox/packaged/playwright/")
            for name in names
            if name.startswith("sandbox/packaged/playwright/")
        }
        [points] = [opened.read(name).decode() for name in names if name.endswith("entry_points.txt")]
    assert {"sandbox/py.typed", "loadtests/thresholds.yaml"} <= names
    page = [path for folder in ("assets", "templates") for path in (ROOT / "sandbox/console" / folder).rglob("*.*")]
    assert {path.relative_to(ROOT).as_posix() for path in page} <= names
    tops = {name.partition("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"sandbox", "loadtests"}
    assert not [name for name in names if name.endswith((".pyc", ".sqlite", ".orig")) or "/tests/" in name]
    assert any(name.endswith("LICENSE") for name in names)
    assert shipped == {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for kind in ("rules", "seed")
        for path in (ROOT / kind).rglob("*")
        if path.is_file()
    }
    assert example == committed("examples/playwright")
    assert {line.partition(" = ")[0] for line in points.splitlines() if " = " in line} == {
        "sandbox", "cooprogreso-sandbox", "cooprogreso_sandbox",
    }  # fmt: skip


def committed(folder: str) -> set[str]:
    """The files below a folder of the repository, as it keeps them."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "."], cwd=ROOT / folder, check=True, capture_output=True, text=True
    )
    return set(filter(None, listed.stdout.split("\0")))


def test_it_serves_with_nothing_else_there_and_keeps_its_data_with_the_users(programs: Path, tmp_path: Path) -> None:
    server = Server(tmp_path / "unused")
    server.settings = {"members": "40"}
    server.program = [str(programs / "cooprogreso-sandbox")]
    server.directory = tmp_path / "elsewhere"
    server.directory.mkdir()
    users = tmp_path / "home"
    server.variables = {"XDG_DATA_HOME": str(users)}
    server.unset = {"SANDBOX_DATA_DIR"}
    server.start_from_nothing()
    phone = server.bank.phone("al-dia")
    phone.confirm(phone.transfer("1.00"))
    server.bank.ledger.assert_balanced()
    page = server.client.get("/_sandbox/console").text
    for address in re.findall(r'(?:src|href)="(/_sandbox/console/assets/[^"]+)"', page):
        assert server.client.get(address).status_code == 200, address
    server.interrupt()
    assert "Traceback" not in server.output
    assert (users / "cooprogreso-sandbox" / "sandboxes" / "default").is_dir()
    assert list(server.directory.iterdir()) == []


def test_what_it_brings_along_is_copied_out_once(programs: Path, tmp_path: Path) -> None:
    def init() -> "subprocess.CompletedProcess[str]":
        words = [programs / "sandbox", "init", "mine"]
        return subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    assert init().returncode == 0
    for kind in ("rules", "seed"):
        copied = {path.relative_to(tmp_path / "mine") for path in (tmp_path / "mine" / kind).rglob("*")}
        assert copied == {path.relative_to(ROOT) for path in (ROOT / kind).rglob("*")}
    again = init()
    assert (again.returncode, "exists already" in again.stderr) == (1, True)


def test_the_example_of_front_end_tests_is_copied_out(programs: Path, tmp_path: Path) -> None:
    words = [programs / "sandbox", "init", "--playwright"]
    ended = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (0, "playwright\n")
    copied = {path.relative_to(tmp_path / "playwright").as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert copied == committed("examples/playwright")


def test_five_minutes_lead_to_a_passing_test(programs: Path, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "how-to" / "testing.md").read_text(encoding="utf-8")
    (tmp_path / "test_transfer.py").write_text(re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0], encoding="utf-8")
    ended = subprocess.run(
        [programs / "pytest"], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "2 passed" in ended.stdout


@pytest.mark.parametrize(
    ("tool", "words"),
    [("pipx", ["pipx", "run", "--spec"]), ("uv", ["uvx", "--python", sys.executable, "--from"])],
    ids=["pipx", "uvx"],
)
def test_it_runs_by_the_name_of_the_distribution_and_nothing_more(
    wheel: Path, programs: Path, tmp_path: Path, tool: str, words: list[str]
) -> None:
    pip(programs / "python", "install", tool)
    constraints = str(ROOT / "constraints.txt")
    ended = subprocess.run(
        [programs / words[0], *words[1:], str(wheel), "cooprogreso-sandbox", "--version"],
        cwd=tmp_path, capture_output=True, text=True, timeout=280, check=False,
        env={
            **os.environ, "PIPX_HOME": str(tmp_path / "pipx"), "PIP_CONSTRAINT": constraints,
            "UV_CACHE_DIR": str(tmp_path / "uv"), "UV_CONSTRAINT": constraints,
        },
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout == version("cooprogreso-sandbox") + "\n"
