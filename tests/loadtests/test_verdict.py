"""A load run is worth what its verdict is: it must be able to say no."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtests.thresholds import Broken, broken, load
from loadtests.verdict import Ledger, judge
from tests.functional.processes import ROOT, Server

BALANCED = {"balanced": True, "violations": [], "entries": 1}


def told() -> Ledger:
    return Ledger(created=["a", "b", "c"], completed=["a", "b"], cancelled=["c"], members=["m"])


def found() -> dict[str, str]:
    return {"a": "completed", "b": "completed", "c": "cancelled"}


def test_a_run_in_which_everything_is_there_passes() -> None:
    verdict = judge(told(), found(), BALANCED, 0)
    assert (verdict.exit_status, verdict.transfers) == (0, 2)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"found": {"a": "completed", "c": "cancelled"}}, "not in the books"),
        ({"found": {**found(), "b": "pending_confirmation"}}, "told completed are not"),
        ({"found": {**found(), "c": "completed"}}, "told cancelled are not"),
        ({"told": Ledger(created=["a"], completed=["a", "a"], members=["m"])}, "confirmed twice"),
        ({"told": Ledger(created=["a"])}, "no transfer was completed"),
        ({"told": Ledger()}, "no member was at work"),
        ({"told": Ledger(created=["a"], locked=["a"], members=["m"])}, "told locked are not"),
        ({"failures": 1}, "1 requests failed"),
        (
            {"audit": {"balanced": False, "violations": [{"check": "x", "subject": "account 1", "detail": "off"}]}},
            "do not balance: x: account 1 off",
        ),
    ],
)
def test_whatever_is_wrong_ends_with_status_1_and_is_named(change: dict, complaint: str) -> None:
    verdict = judge(
        change.get("told", told()),
        change.get("found", found()),
        change.get("audit", BALANCED),
        change.get("failures", 0),
    )
    assert verdict.exit_status == 1
    assert any(complaint in each for each in verdict.complaints), verdict.complaints


def test_what_workers_were_told_comes_together() -> None:
    one, other = told(), Ledger(created=["d"], locked=["d"], members=["n"])
    other.add(one.drain())
    assert (other.created, other.locked) == (["d", "a", "b", "c"], ["d"])
    assert other.members == ["n", "m"]
    assert one == Ledger(), "what was told is told once"


LIMITS = {"total": {"error_share": 0}, "createTransfer": {"p50": 100, "p99": 300}, "listCards": {"p50": 1}}


def test_a_threshold_that_is_not_kept_is_named() -> None:
    measured = {
        "total": {"requests": 9, "error_share": 0.0},
        "createTransfer": {"requests": 9, "error_share": 0.0, "p50": 100, "p95": 200, "p99": 301},
    }
    assert broken(LIMITS, measured) == [Broken("createTransfer", "p99", 300, 301)]
    measured["total"]["error_share"] = 0.01
    assert Broken("total", "error_share", 0, 0.01) in broken(LIMITS, measured)


def test_the_thresholds_hold_together_and_a_wrong_measure_is_told(tmp_path: Path) -> None:
    assert load()["total"] == {"error_share": 0}
    wrong = tmp_path / "thresholds.yaml"
    wrong.write_text("createTransfer: {p98: 5}")
    with pytest.raises(ValueError, match="createTransfer: no measure 'p98'"):
        load(wrong)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """`python -m loadtests …`, as `make load` calls it."""
    return subprocess.run(
        [sys.executable, "-m", "loadtests", *words],
        cwd=ROOT, env={**os.environ, "SANDBOX_MEMBERS": "60"}, capture_output=True, text=True, timeout=150, check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_a_short_mix_against_a_real_server_ends_with_every_cent_there(tmp_path: Path) -> None:
    file, report = tmp_path / "summary.json", tmp_path / "report.html"
    ended = run("--seconds", "4", "--users", "8", "--json", str(file), "--html", str(report))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "verdict: every cent is there" in ended.stdout
    summary = json.loads(file.read_text())
    assert summary["completed"] > 0
    assert (summary["complaints"], summary["broken_thresholds"], summary["workload"]) == ([], [], "closed")
    assert summary["operations"]["createTransfer"]["requests"] >= summary["completed"]
    assert "<html" in report.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("data"), members="60").start()
    yield server
    server.interrupt()


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["fumble", "browse", "payday"])
def test_each_scenario_runs_alone(server: Server, scenario: str, tmp_path: Path) -> None:
    file = tmp_path / "summary.json"
    ended = run(
        "--host", f"http://{server.url}", "--only", scenario, "--seconds", "3", "--users", "3", "--json", str(file)
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    summary = json.loads(file.read_text())
    assert summary["members"] == 3
    assert bool(summary["locked"]) is (scenario == "fumble")
    assert bool(summary["completed"]) is (scenario == "payday")
    assert (summary["operations"].get("listMovements") is not None) is (scenario == "browse")


@pytest.mark.slow
def test_two_workers_share_no_member_and_one_verdict(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "summary.json"
    words = ("--only", "transfer", "--seconds", "4", "--users", "6", "--processes", "2", "--json", str(file))
    ended = run("--host", f"http://{server.url}", *words)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    summary = json.loads(file.read_text())
    assert summary["members"] == 6
    assert summary["completed"] > 10
    assert summary["operations"]["confirmChallenge"]["requests"] == summary["completed"]


@pytest.mark.slow
def test_a_bank_that_says_done_and_does_nothing_is_found_out(server: Server) -> None:
    """Confirmations are answered as if the money had moved, and it has not."""
    lie = {"status": 200, "body": '{"resource": {"id": "trf_none"}}', "media_type": "application/json"}
    match = {"operation_id": "confirmChallenge"}
    server.bank.control("POST", "/faults", json={"match": match, "effect": lie})
    try:
        ended = run("--host", f"http://{server.url}", "--only", "transfer", "--seconds", "3", "--users", "3")
    finally:
        server.bank.control("DELETE", "/faults")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "WRONG: a transfer was confirmed twice" in ended.stdout
    assert "transfers told completed are not, such as trf_none" in ended.stdout
    assert "verdict: broken" in ended.stdout
