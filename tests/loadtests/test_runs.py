"""Runs, as users start them: `sandbox load` against real servers, with Locust in processes of its own."""

import json
import math
import signal
import subprocess
from pathlib import Path

import pytest

from loadtests.shapes import plan
from sandbox.testing import operations
from tests.functional.processes import ROOT, Server
from tests.loadtests.runs import (
    DEADLINE_SECONDS,
    LOAD,
    LONG_SECONDS,
    SHORT,
    SLOWLY,
    TURNS,
    findings,
    locust,
    output_of,
    overridden,
    run,
    running,
    said,
    struck,
)

pytestmark = pytest.mark.slow


def test_a_short_mix_with_a_server_of_its_own_ends_with_every_cent_there(tmp_path: Path) -> None:
    file, report = tmp_path / "summary.json", tmp_path / "report.html"
    for seconds in ("4s", "20s", "60s"):
        ended = run("--time", seconds, "--turns", "80", "--users", "24", "--summary", str(file), "--html", str(report))
        assert ended.returncode == 0, ended.stdout + ended.stderr
        summary = json.loads(file.read_text())
        if len(summary["turns"]) > 1 and "createTransfer" in summary["operations"]:
            break
    assert "verdict: every cent is there" in ended.stdout
    assert "coordinated omission" in said(ended)
    assert summary["complaints"] == summary["broken_thresholds"] == summary["kept_sandboxes"] == []
    assert len(summary["turns"]) > 1, "several scenarios took a turn; how many, a busy machine decides"
    assert (
        summary["operations"]["createTransfer"]["server"]["requests"]
        == summary["operations"]["createTransfer"]["requests"]
    )
    page = report.read_text(encoding="utf-8")
    assert "every hold is accounted for" in page
    assert "inside the server" in page
    assert "templateArgs" in page, "Locust's own page, with its charts, is there, too"


DAYS = ("6", "30", "120")
"""Seconds of a run during which two days pass, however short it is: its time is what they are divided by. On a busy
machine a short one may be over before any turn is, or before what was ordered in it falls due."""
RAMP = ("12", "48", "96")
"""Seconds of a ramp: on a busy machine no turn may be over in a short stage, or it may be over before it is measured."""


@pytest.mark.parametrize(
    ("scenario", "end", "operation", "finding"),
    [
        ("transfer", TURNS, "confirmChallenge", "operations"),
        ("fumble", TURNS, "confirmChallenge (challenge_locked)", "lockouts"),
        ("resend", TURNS, "resendChallenge", "operations"),
        ("browse", TURNS, "listMovements", "answers"),
        ("payday", TURNS, "createTransfer", "operations"),
        ("hot", TURNS, "registerDevice", "operations"),
        ("services", TURNS, "createServicePayment", "operations"),
        ("cards", TURNS, "createCardPayment", "operations"),
        ("deferral", TURNS, "prepayDeferral", "operations"),
        ("interbank", DAYS, "createTransfer", "due"),
        ("scheduled", DAYS, "createScheduledPayment", "due"),
    ],
)
def test_each_scenario_runs_alone_and_holds(
    loaded, scenario: str, end: tuple[str, ...], operation: str, finding: str
) -> None:
    ends = [("--time", seconds) for seconds in DAYS] if end is DAYS else [end]
    for each in ends:
        summary, ended = loaded(scenario, "--users", "3", *each)
        if summary["turns"] and findings(summary)[finding]:
            break
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert list(summary["turns"]) == summary["scenarios"] == [scenario]
    assert summary["members"] == (1 if scenario == "hot" else 3)
    assert summary["operations"][operation]["requests"] > 0
    assert findings(summary)[finding] > 0


def test_a_tag_chooses_a_scenario_for_who_calls_locust_alone(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "summary.json"
    tags = ("--tags", "browse", "hot", "--headless", "--users", "6", "--spawn-rate", "6", "--summary", str(file))
    for seconds in SHORT:
        words = locust(server, *tags, "--run-time", seconds)
        ended = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE_SECONDS, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        summary = json.loads(file.read_text())
        if len(summary["scenarios"]) == 2:
            break
    assert summary["scenarios"] == ["browse", "hot"]
    assert summary["most_users"] == 6
    none = subprocess.run(
        locust(server, "--tags", "nonsense"), cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE_SECONDS,
        check=False,
    )  # fmt: skip
    assert none.returncode == 2
    assert "no scenario has one of these tags: nonsense" in none.stderr


def test_two_workers_share_no_member_and_one_verdict(loaded) -> None:
    summary, ended = loaded("transfer", "--turns", "30", "--time", LONG_SECONDS, "--users", "6", "--processes", "2")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert (summary["members"], summary["processes"]) == (6, 2)
    assert summary["completed"] > 10
    assert summary["operations"]["confirmChallenge"]["requests"] == summary["completed"]
    assert summary["turns"]["transfer"]["requests"] == summary["completed"] + summary["cancelled"]


def test_what_ends_late_on_a_worker_is_told_before_the_verdict(loaded) -> None:
    """A turn of this scenario takes two seconds, and those under way are let end."""
    summary, ended = loaded("resend", "--turns", "1", "--time", LONG_SECONDS, "--users", "12", "--processes", "2")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert findings(summary)["operations"] == summary["completed"] + summary["cancelled"] > 0


def test_two_runs_at_once_do_not_take_each_others_members(server: Server, tmp_path: Path) -> None:
    words = [*LOAD, "transfer", "--url", f"http://{server.url}", "--users", "25", "--codes", "computed"]
    slow = struck(server, "createTransfer", SLOWLY)
    with slow, running([*words, "--time", LONG_SECONDS], server, "confirmChallenge") as first:
        second = run(*words[len(LOAD) :], "--turns", "25", "--time", LONG_SECONDS)
        assert first.poll() is None, "both were at work at once"
        first.send_signal(signal.SIGINT)
        output = output_of(first)
    assert (first.returncode, second.returncode) == (0, 0), output + second.stdout + second.stderr


def test_sessions_that_end_during_the_run_are_begun_anew(loaded, server: Server) -> None:
    with overridden(server, "sessions", "absolute_seconds: 1800", "absolute_seconds: 1"):
        summary, ended = loaded("transfer", "hot", "--turns", "40", "--time", LONG_SECONDS, "--users", "3")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert any("(session_expired)" in operation for operation in summary["operations"])


def test_so_are_those_that_end_before_a_device_is_registered(loaded, server: Server) -> None:
    """The session with which a user of the hot account registers a device ends while the bank keeps it waiting."""
    short = overridden(server, "sessions", "absolute_seconds: 1800", "absolute_seconds: 1")
    with short, struck(server, "registerDevice", {"delay": {"ms": 1_500}}, times=1):
        summary, ended = loaded("hot", "--turns", "3", "--time", SHORT[-1], "--users", "1")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert summary["operations"]["registerDevice (session_expired)"]["requests"] >= 1


def test_a_bank_too_slow_to_be_asked_within_a_cooldown_may_send_anew(loaded, server: Server) -> None:
    """Two seconds after the order another code is right, and here the bank takes longer to see who asks too early."""
    with struck(server, "resendChallenge", {"delay": {"ms": 2_500}}):
        summary, ended = loaded("resend", *TURNS, "--users", "2")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert summary["operations"]["resendChallenge"]["requests"] == summary["completed"] + summary["cancelled"] > 0
    assert "resendChallenge (too early)" not in summary["operations"]


def test_codes_that_are_computed_ask_for_no_message(loaded) -> None:
    turns = ("--turns", "30", "--time", LONG_SECONDS)
    summary, ended = loaded("transfer", "resend", *turns, "--users", "4", "--codes", "computed")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert summary["completed"] > 10
    assert "nextMessage" not in summary["operations"]


def test_arrivals_come_whether_or_not_anybody_is_free(loaded, server: Server) -> None:
    """Two members and a bank that takes a quarter of a second an order can serve eight a second at best: of forty a
    second most wait, and an open workload says so, where a closed one sees nothing but its own patience."""
    with struck(server, "createTransfer", {"delay": {"ms": 250}}):
        closed, _ = loaded("transfer", "--turns", "8", "--time", LONG_SECONDS, "--users", "2", "--codes", "computed")
        # Nobody waits longer than the run lasts: on a busy machine three seconds are too few to wait in.
        patience = closed["turns"]["transfer"]["p95"]
        for seconds in (max(3, math.ceil(8 * patience / 1000)), 30):
            words = ("--time", str(seconds), "--users", "2", "--codes", "computed", "--rate", "40")
            opened, ended = loaded("transfer", *words)
            if opened["turns"]:
                break
    assert (closed["workload"], opened["workload"]) == ("closed", "open")
    assert closed["arrived"] is None
    assert opened["arrived"]["due"] == pytest.approx(40 * opened["seconds"], rel=0.2)
    assert opened["arrived"]["unserved"] > opened["arrived"]["due"] / 2
    assert opened["turns"]["transfer"]["p95"] > 3 * patience
    assert "not served by the end" in said(ended)


@pytest.mark.long
def test_a_ramp_measures_its_stages_and_says_where_the_knee_is(loaded, server: Server) -> None:
    words = ("--shape", "ramp", "--users", "36", "--codes", "computed")
    with struck(server, "createTransfer", SLOWLY):
        for seconds in RAMP:
            summary, ended = loaded("transfer", *words, "--time", seconds)
            users = [stage["users"] for stage in summary["stages"]]
            first = round(36 * plan("ramp", int(seconds))[0].level)
            if users[:1] == [first] and all(stage["turns"] for stage in summary["stages"]):
                break
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert users == sorted(set(users))
    assert users[0] == first
    assert all(stage["turns"] > 0 for stage in summary["stages"])
    assert "knee: " in said(ended)


def test_a_summary_is_printed_for_machines_and_nothing_else(server: Server) -> None:
    ended = run("browse", "--url", f"http://{server.url}", *TURNS, "--users", "2", "--json")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert json.loads(ended.stdout)["turns"]["browse"]["requests"] > 0


def test_a_run_ends_with_its_turns_too(loaded) -> None:
    summary, ended = loaded("browse", "--time", LONG_SECONDS, "--users", "3", "--turns", "10")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert summary["seconds"] < summary["asked_seconds"] / 2
    assert summary["turns"]["browse"]["requests"] >= 10


def test_this_run_stands_beside_an_earlier_one(loaded, tmp_path: Path) -> None:
    earlier = tmp_path / "earlier.json"
    _, first = loaded("browse", *TURNS, "--users", "2")
    (tmp_path / "summary.json").rename(earlier)
    _, second = loaded("browse", *TURNS, "--users", "3", "--compare", str(earlier))
    assert (first.returncode, second.returncode) == (0, 0), second.stdout + second.stderr
    assert "not alike: users was 2" in said(second)


def test_more_users_than_members_have_theirs_made(loaded, server: Server) -> None:
    server.bank.send(operations.create_sandbox({"name": "small", "members": 2}))
    summary, ended = loaded("cards", "-s", "small", "--users", "4", "--turns", "4", "--time", LONG_SECONDS)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert summary["members"] == 4


def test_a_threshold_that_is_broken_is_shown_and_ends_with_status_1(loaded, tmp_path: Path) -> None:
    limits = tmp_path / "strict.yaml"
    limits.write_text("getProducts: {p95: 0.0001}\nturn browse: {p50: 0.0001}\n")
    summary, ended = loaded("browse", *TURNS, "--users", "2", "--thresholds", str(limits))
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert {each["operation"] for each in summary["broken_thresholds"]} == {"getProducts", "turn browse"}
    assert "Thresholds that were not kept" in said(ended)
    assert "verdict: every cent is there; 2 thresholds broken" in said(ended)


@pytest.mark.long
def test_no_arrival_is_made_up_when_the_rate_changes_over_a_bank_that_is_idle(loaded) -> None:
    """One arrival comes in the six slow seconds before the peak, one in those after it, four or so in the three between
    them: were a gap of the slow rate measured by the fast one, three more would have been due before it began."""
    summary, ended = loaded("transfer", "--shape", "spike", "--rate", "1.5", "--time", "15", "--users", "4")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert 5 <= summary["arrived"]["due"] <= 7
    assert summary["arrived"]["unserved"] == 0
