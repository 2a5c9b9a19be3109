"""A load run is worth what its verdict is: it must be able to say no."""

import os
import subprocess
import sys

import pytest

from loadtests.verdict import Ledger, judge
from tests.functional.processes import ROOT

BALANCED = {"balanced": True, "violations": [], "entries": 1}


def told() -> Ledger:
    return Ledger(created=["a", "b", "c"], completed=["a", "b"], cancelled=["c"])


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
        ({"told": Ledger(created=["a"], completed=["a", "a"])}, "confirmed twice"),
        ({"told": Ledger()}, "no transfer was completed"),
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


@pytest.mark.slow
def test_a_short_run_against_a_real_server_ends_with_every_cent_there() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "loadtests", "--seconds", "3", "--users", "5"],
        cwd=ROOT, env={**os.environ, "SANDBOX_MEMBERS": "60"}, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "verdict: every cent is there" in ended.stdout
