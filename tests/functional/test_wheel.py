"""What is handed on is the wheel: it installs into an environment of its own, and serves from any directory."""

import re
import shutil
import subprocess
import sys
import venv
import zipfile
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


def test_it_holds_the_packages_with_their_data_and_no_tests(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())
    assert {"sandbox/py.typed", "loadtests/thresholds.yaml"} <= names
    page = [path for folder in ("assets", "templates") for path in (ROOT / "sandbox/console" / folder).rglob("*.*")]
    assert {path.relative_to(ROOT).as_posix() for path in page} <= names
    tops = {name.partition("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"sandbox", "loadtests"}


def test_it_installs_with_nothing_else_there_and_serves(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=True)
    pip(environment / "bin" / "python", "install", "--constraint", str(ROOT / "constraints.txt"), str(wheel))
    server = Server(tmp_path / "data", rules_dir=str(ROOT / "rules"), seed_dir=str(ROOT / "seed"))
    server.program = [str(environment / "bin" / "sandbox")]
    server.directory = tmp_path
    server.start_from_nothing()
    phone = server.bank.phone(server.bank.persona("al-dia"))
    assert phone.confirm(phone.transfer("1.00")["challenge"]["id"]).status_code == 200
    server.bank.assert_balanced()
    page = server.client.get("/_sandbox/console").text
    for address in re.findall(r'(?:src|href)="(/_sandbox/console/assets/[^"]+)"', page):
        assert server.client.get(address).status_code == 200, address
    server.interrupt()
    assert "Traceback" not in server.output
