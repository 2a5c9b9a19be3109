"""A server under load."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtests.wire import Json
from tests.functional.processes import Server
from tests.loadtests.runs import Run, run


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all runs: each leaves it as it was."""
    server = Server(tmp_path_factory.mktemp("data"), members="60").start()
    yield server
    server.interrupt()


@pytest.fixture
def loaded(server: Server, tmp_path: Path):
    """Runs a load against the server; gives its summary, and how it ended."""

    def load(*words: str, **variables: str) -> tuple[Json, Run]:
        file = tmp_path / "summary.json"
        ended = run("--url", f"http://{server.url}", "--summary", str(file), *words, **variables)
        assert file.exists(), ended.stdout + ended.stderr
        return json.loads(file.read_text()), ended

    return load
