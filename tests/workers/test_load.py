"""A load run on two workers, with its verdict."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.loadtests.runs import LONG_SECONDS, findings, run
from tests.workers.processes import Workers

pytest.importorskip("psycopg", reason="psycopg is not installed")
pytestmark = [pytest.mark.workers, pytest.mark.long]


def test_a_load_on_two_workers_ends_with_every_cent_there(tmp_path: Path, url: str) -> None:
    server = Workers(tmp_path / "data", url, members="30").start()
    file = tmp_path / "summary.json"
    words = ("--users", "20", "--turns", "100", "--time", LONG_SECONDS, "--summary", str(file))
    try:
        ended = run("--url", f"http://{server.url}", *words)
    finally:
        server.interrupt()
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "verdict: every cent is there" in ended.stdout
    summary = json.loads(file.read_text(encoding="utf-8"))
    assert summary["complaints"] == []
    assert findings(summary)["operations"] > 0
    served = workers_of(server, "createTransfer")
    assert set(served) == {1, 2}, "a connection goes to either: all twenty to one, once in half a million runs"
    assert "Traceback" not in server.output


def workers_of(server: Workers, operation: str) -> Counter[int]:
    """How often each worker answered an operation."""
    lines = [json.loads(line) for line in server.output.splitlines() if f'"{operation}"' in line]
    return Counter(line["worker"] for line in lines)
