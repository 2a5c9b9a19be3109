"""Runs, as users start them: `sandbox load` against real servers, with Locust in processes of its own."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from loadtests.driver import free_port
from loadtests.wire import Json
from tests.functional.processes import ROOT, Server
from tests.support import Sandbox

pytestmark = pytest.mark.slow
LOAD = [sys.executable, "-m", "sandbox", "load"]


def run(*words: str, members: str = "60") -> subprocess.CompletedProcess[str]:
    """`sandbox load …`."""
    return subprocess.run(
        [*LOAD, *words],
        cwd=ROOT, env={**os.environ, "SANDBOX_MEMBERS": members}, capture_output=True, text=True, timeout=150, check=False,
    )  # fmt: skip


def said(ended: subprocess.CompletedProcess[str]) -> str:
    """What it printed, in one line, so that the width of tables does not matter."""
    return " ".join(ended.stdout.split())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("data"), members="60").start()
    yield server
    server.interrupt()


@pytest.fixture
def loaded(server: Server, tmp_path: Path):
    """Runs a load against the server; gives its summary, and how it ended."""

    def load(*words: str) -> tuple[Json, subprocess.CompletedProcess[str]]:
        file = tmp_path / "summary.json"
        ended = run("--url", f"http://{server.url}", "--summary", str(file), *words)
        assert file.exists(), ended.stdout + ended.stderr
        return json.loads(file.read_text()), ended

    return load


@contextmanager
def struck(server: Server, operation: str, effect: Json, probability: float = 1) -> Iterator[None]:
    """A fault in the default sandbox."""
    match = {"operation_id": operation, "probability": probability}
    server.bank.control("POST", "/faults", json={"match": match, "effect": effect})
    try:
        yield
    finally:
        server.bank.control("DELETE", "/faults")


@contextmanager
def overridden(server: Server, document: str, was: str, becomes: str) -> Iterator[None]:
    """A rule of the default sandbox, changed."""
    text = server.client.get(f"/_sandbox/rules/{document}").text
    assert was in text
    server.bank.control("PUT", f"/rules/{document}", content=text.replace(was, becomes).encode())
    try:
        yield
    finally:
        server.bank.control("DELETE", f"/rules/{document}")


def findings(summary: Json) -> dict[str, int]:
    return {finding["name"]: finding["checked"] for finding in summary["findings"]}


def test_a_short_mix_with_a_server_of_its_own_ends_with_every_cent_there(tmp_path: Path) -> None:
    file, report = tmp_path / "summary.json", tmp_path / "report.html"
    ended = run("--time", "6s", "--users", "24", "--summary", str(file), "--html", str(report))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "verdict: every cent is there" in ended.stdout
    assert "coordinated omission" in said(ended)
    summary = json.loads(file.read_text())
    assert summary["complaints"] == summary["broken_thresholds"] == summary["kept_sandboxes"] == []
    assert len(summary["turns"]) >= 9, "nearly every scenario took a turn within six seconds"
    assert (
        summary["operations"]["createTransfer"]["server"]["requests"]
        == summary["operations"]["createTransfer"]["requests"]
    )
    page = report.read_text(encoding="utf-8")
    assert "every hold is accounted for" in page
    assert "inside the server" in page
    assert "templateArgs" in page, "Locust's own page, with its charts, is there, too"


@pytest.mark.parametrize(
    ("scenario", "operation", "finding"),
    [
        ("transfer", "confirmChallenge", "operations"),
        ("fumble", "confirmChallenge (challenge_locked)", "lockouts"),
        ("resend", "resendChallenge", "operations"),
        ("browse", "listMovements", "answers"),
        ("payday", "createTransfer", "operations"),
        ("hot", "registerDevice", "operations"),
        ("services", "createServicePayment", "operations"),
        ("cards", "createCardPayment", "operations"),
        ("deferral", "prepayDeferral", "operations"),
        ("interbank", "createTransfer", "due"),
        ("scheduled", "createScheduledPayment", "due"),
    ],
)
def test_each_scenario_runs_alone_and_holds(loaded, scenario: str, operation: str, finding: str) -> None:
    summary, ended = loaded(scenario, "--time", "3", "--users", "3")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert list(summary["turns"]) == summary["scenarios"] == [scenario]
    assert summary["members"] == (1 if scenario == "hot" else 3)
    assert summary["operations"][operation]["requests"] > 0
    assert findings(summary)[finding] > 0


def test_a_tag_chooses_a_scenario_for_who_calls_locust_alone(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "summary.json"
    words = [
        "--tags", "browse", "hot", "--headless", "--users", "6", "--spawn-rate", "6", "--run-time", "3s",
        "--summary", str(file),
    ]  # fmt: skip
    locust = [sys.executable, "-m", "locust", "-f", "loadtests/locustfile.py", "--host", f"http://{server.url}", *words]
    ended = subprocess.run(locust, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert json.loads(file.read_text())["scenarios"] == ["browse", "hot"]
    assert json.loads(file.read_text())["most_users"] == 6
    none = subprocess.run(
        [*locust, "--tags", "nonsense"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert none.returncode == 2
    assert "no scenario has one of these tags: nonsense" in none.stderr


def test_two_workers_share_no_member_and_one_verdict(loaded) -> None:
    summary, ended = loaded("transfer", "--time", "4", "--users", "6", "--processes", "2")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert (summary["members"], summary["processes"]) == (6, 2)
    assert summary["completed"] > 10
    assert summary["operations"]["confirmChallenge"]["requests"] == summary["completed"]
    assert summary["turns"]["transfer"]["requests"] == summary["completed"] + summary["cancelled"]


def test_what_ends_late_on_a_worker_is_told_before_the_verdict(loaded) -> None:
    """A turn of this scenario takes two seconds, and those under way are let end."""
    summary, ended = loaded("resend", "--time", "5", "--users", "12", "--processes", "2")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert findings(summary)["operations"] == summary["completed"] + summary["cancelled"] > 0


def test_two_runs_at_once_do_not_take_each_others_members(server: Server, tmp_path: Path) -> None:
    words = [*LOAD, "transfer", "--url", f"http://{server.url}", "--users", "25", "--codes", "computed"]
    runs = [
        subprocess.Popen(
            [*words, "--time", seconds], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for seconds in ("3", "5")
    ]
    outputs = [run.communicate(timeout=100)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], outputs


def test_sessions_that_end_during_the_run_are_begun_anew(loaded, server: Server) -> None:
    with overridden(server, "sessions", "absolute_seconds: 1800", "absolute_seconds: 2"):
        summary, ended = loaded("transfer", "hot", "--time", "6", "--users", "3")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert any("(session_expired)" in operation for operation in summary["operations"])


def test_codes_that_are_computed_ask_for_no_message(loaded) -> None:
    summary, ended = loaded("transfer", "resend", "--time", "4", "--users", "4", "--codes", "computed")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert summary["completed"] > 10
    assert "nextMessage" not in summary["operations"]


def test_arrivals_come_whether_or_not_anybody_is_free(loaded, server: Server) -> None:
    """Two members and a bank that takes 150 ms an order can serve a dozen a second: of forty a second most wait, and an
    open workload says so, where a closed one sees nothing but its own patience."""
    delay = {"delay": {"ms": 150}}
    with struck(server, "createTransfer", delay):
        closed, _ = loaded("transfer", "--time", "4", "--users", "2", "--codes", "computed")
        opened, ended = loaded("transfer", "--time", "4", "--users", "2", "--codes", "computed", "--rate", "40")
    assert closed["workload"] == "closed"
    assert closed["turns"]["transfer"]["p95"] < 600
    assert opened["workload"] == "open"
    assert opened["turns"]["transfer"]["p95"] > 3 * closed["turns"]["transfer"]["p95"]
    assert opened["arrived"]["due"] == pytest.approx(4 * 40, abs=60)
    assert opened["arrived"]["unserved"] > 50
    assert "not served by the end" in said(ended)


def test_a_ramp_measures_its_stages_and_says_where_the_knee_is(loaded) -> None:
    summary, ended = loaded("transfer", "--shape", "ramp", "--time", "12", "--users", "36", "--codes", "computed")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    users = [stage["users"] for stage in summary["stages"]]
    assert users == sorted(set(users))
    assert users[0] == 9
    assert all(stage["turns"] > 0 for stage in summary["stages"])
    assert "knee: " in said(ended)


def test_a_summary_is_printed_for_machines_and_nothing_else(server: Server) -> None:
    ended = run("browse", "--url", f"http://{server.url}", "--time", "2", "--users", "2", "--json")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert json.loads(ended.stdout)["turns"]["browse"]["requests"] > 0


def test_a_run_ends_with_its_turns_too(loaded) -> None:
    summary, ended = loaded("browse", "--time", "60", "--users", "3", "--turns", "10")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert summary["seconds"] < 30
    assert summary["turns"]["browse"]["requests"] >= 10


def test_this_run_stands_beside_an_earlier_one(loaded, tmp_path: Path) -> None:
    earlier = tmp_path / "earlier.json"
    _, first = loaded("browse", "--time", "2", "--users", "2")
    (tmp_path / "summary.json").rename(earlier)
    _, second = loaded("browse", "--time", "2", "--users", "3", "--compare", str(earlier))
    assert (first.returncode, second.returncode) == (0, 0), second.stdout + second.stderr
    assert "not alike: users was 2" in said(second)


def test_more_users_than_members_have_theirs_made(server: Server, tmp_path: Path) -> None:
    server.bank.control("POST", "/sandboxes", json={"name": "small", "members": 2})
    file = tmp_path / "summary.json"
    words = (
        "cards",
        "--url",
        f"http://{server.url}",
        "-s",
        "small",
        "--users",
        "4",
        "--time",
        "3",
        "--summary",
        str(file),
    )
    ended = run(*words)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert json.loads(file.read_text())["members"] == 4


def test_a_threshold_that_is_broken_is_shown_and_ends_with_status_1(loaded, tmp_path: Path) -> None:
    limits = tmp_path / "strict.yaml"
    limits.write_text("getProducts: {p95: 0.0001}\nturn browse: {p50: 0.0001}\n")
    summary, ended = loaded("browse", "--time", "2", "--users", "2", "--thresholds", str(limits))
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert {each["operation"] for each in summary["broken_thresholds"]} == {"getProducts", "turn browse"}
    assert "Thresholds that were not kept" in said(ended)
    assert "verdict: every cent is there; 2 thresholds broken" in said(ended)


def test_a_bank_that_does_not_hold_is_found_out(loaded, server: Server) -> None:
    with overridden(server, "limits", "hold_funds: true", "hold_funds: false"):
        summary, ended = loaded("transfer", "--time", "6", "--users", "8", "--codes", "computed")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    holds = next(finding for finding in summary["findings"] if finding["name"] == "holds")
    assert "cents less 1 left" in holds["complaints"][0]
    assert "verdict: broken" in ended.stdout


def test_a_bank_that_says_done_and_does_nothing_is_found_out(loaded, server: Server) -> None:
    """Confirmations are answered as if the money had moved, and it has not."""
    lie = {"status": 200, "body": '{"resource": {"id": "trf_none"}}', "media_type": "application/json"}
    with struck(server, "confirmChallenge", lie):
        summary, ended = loaded("transfer", "--time", "3", "--users", "3")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    told = " ".join(summary["complaints"])
    assert "were confirmed more than once, such as trf_none" in told
    assert "told done, were never ordered, such as trf_none" in told
    assert "trf_" in told


def test_a_lockout_that_is_missed_is_found_out(loaded, server: Server) -> None:
    """Every code is answered as one more wrong one: the last attempt locks nothing that a client could see."""
    wrong = {"problem": "wrong_code"}
    with struck(server, "confirmChallenge", wrong):
        summary, ended = loaded("fumble", "--time", "3", "--users", "2")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    lockouts = next(finding for finding in summary["findings"] if finding["name"] == "lockouts")
    assert "422 wrong_code" in lockouts["complaints"][0]


def test_a_bank_that_stops_answering_is_found_out(loaded, server: Server) -> None:
    with struck(server, "confirmChallenge", {"delay": {"ms": 30_000}}, 0.3):
        summary, ended = loaded("transfer", "--time", "3", "--users", "4")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "turns were cut off unfinished, such as transfer" in said(ended)
    assert summary["turns"]["transfer"]["p99"] >= 10_000, "they count with the time they waited"
    assert 2.9 < summary["seconds"] < 6


@pytest.mark.parametrize("effect", [{"status": 201}, {"status": 201, "body": "[]", "media_type": "application/json"}])
def test_answers_with_the_right_status_and_nothing_in_them_are_none(loaded, server: Server, effect: Json) -> None:
    with struck(server, "createTransfer", effect):
        summary, ended = loaded("transfer", "--time", "3", "--users", "2")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert any("× createTransfer: 201" in complaint for complaint in summary["complaints"])
    assert "Traceback" not in ended.stderr


def test_what_is_taken_from_a_member_while_the_books_balance_is_found_out(server: Server, tmp_path: Path) -> None:
    """Two cents leave one of the member's accounts by an entry that is right in itself, and nobody was told."""
    server.bank.control("POST", "/sandboxes", json={"name": "theft", "members": 0})
    member = Sandbox(server.client, "theft").control("POST", "/members", json={"accounts": [{"balance": "90.00"}] * 2})
    file = tmp_path / "summary.json"
    words = ["--url", f"http://{server.url}", "-s", "theft", "--users", "1", "--time", "6", "--summary", str(file)]
    load = subprocess.Popen(
        [*LOAD, "browse", *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert load.stdout is not None
    while "requests/s" not in load.stdout.readline():
        assert load.poll() is None
    thief = sqlite3.connect(server.data_dir / "sandboxes" / "theft" / "bank.sqlite", timeout=10)
    with closing(thief), thief:
        account, funding, entry, now = thief.execute(
            "SELECT (SELECT id FROM account WHERE number = ?), (SELECT id FROM account WHERE member_id IS NULL LIMIT 1),"
            " max(id) + 1, max(moment) FROM entry", (member["accounts"][0]["number"],)
        ).fetchone()  # fmt: skip
        thief.execute(
            "INSERT INTO entry (id, moment, kind, operation, operation_id) VALUES (?, ?, 'theft', 'account', ?)",
            (entry, now, account),
        )
        for who, amount in ((account, -2), (funding, 2)):
            thief.execute("UPDATE account SET book = book + ? WHERE id = ?", (amount, who))
            thief.execute(
                "INSERT INTO posting (entry_id, account_id, moment, amount, balance, concept, reference)"
                " SELECT ?, id, ?, ?, book, 'x', '' FROM account WHERE id = ?", (entry, now, amount, who)
            )  # fmt: skip
    output = load.communicate(timeout=60)[0]
    assert load.returncode == 1, output
    summary = json.loads(file.read_text())
    broken = {finding["name"] for finding in summary["findings"] if finding["complaints"]}
    assert broken == {"balances"}, summary["complaints"]
    assert "spent 0: 17998 are there instead of 18000" in summary["complaints"][0]


@pytest.mark.parametrize("scenario", ["payday", "services", "cards"])
def test_every_scenario_that_spends_notices_a_bank_that_does_not_hold(loaded, server: Server, scenario: str) -> None:
    with overridden(server, "limits", "hold_funds: true", "hold_funds: false"):
        summary, ended = loaded(scenario, "--time", "3", "--users", "2", "--codes", "computed")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert any(finding["name"] == "holds" and finding["complaints"] for finding in summary["findings"])


def test_a_bank_of_a_scenarios_own_is_a_fork_of_the_one_that_was_named(loaded, server: Server) -> None:
    with struck(server, "confirmChallenge", {"problem": "service_unavailable"}):
        summary, ended = loaded("interbank", "--time", "3", "--users", "2")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert any("could not begin, such as InterbankMember" in complaint for complaint in summary["complaints"])
    for name in summary["kept_sandboxes"]:
        server.bank.control("DELETE", f"/sandboxes/{name}")


def test_a_worker_that_is_lost_is_told(loaded, server: Server) -> None:
    def end_one_worker() -> None:
        time.sleep(5)
        workers = [process for process in _running() if server.url in process[1] and "--processes" in process[1]]
        os.kill(max(workers)[0], signal.SIGKILL)

    killer = threading.Thread(target=end_one_worker)
    killer.start()
    summary, ended = loaded("browse", "--time", "12", "--users", "4", "--processes", "2")
    killer.join()
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert any("1 workers were lost" in complaint for complaint in summary["complaints"]), summary["complaints"]


def test_nobody_waits_when_the_rate_changes_over_a_bank_that_is_idle(loaded) -> None:
    summary, ended = loaded("transfer", "--shape", "spike", "--rate", "1.5", "--time", "15", "--users", "4")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert summary["turns"]["transfer"]["p99"] < 1000


def test_a_bank_that_dies_has_no_good_verdict(tmp_path: Path) -> None:
    server = Server(tmp_path / "data", members="40").start()
    threading.Timer(4, server.kill).start()
    file = tmp_path / "summary.json"
    ended = run("browse", "--url", f"http://{server.url}", "--users", "2", "--time", "8", "--summary", str(file))
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "default could not be asked" in " ".join(json.loads(file.read_text())["complaints"])


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--time", "soon"), "--time 'soon': such as 30, 30s, 5m, 1h; at most a day"),
        (("--time", "0"), "--time '0'"),
        (("--time", "2d"), "--time '2d'"),
        (("--time", "25h"), "at most a day"),
        (("gambling",), "gambling"),
        (("--shape", "round"), "round"),
        (("--users", "0"), "greater than or equal to 1"),
        (("--shape", "soak", "--time", "9"), "soak needs 18 s at least"),
        (("--html", "nowhere/report.html"), "there is no such directory"),
        (("browse", "--url", "http://127.0.0.1:1"), "127.0.0.1:1"),
        (("browse", "--url", "here"), "here"),
    ],
)
def test_what_cannot_begin_says_why_and_ends_with_status_2(words: tuple[str, ...], reason: str) -> None:
    ended = run(*words)
    assert ended.returncode == 2, ended.stdout + ended.stderr
    assert reason in " ".join(ended.stderr.split())
    assert "Traceback" not in ended.stderr


def test_files_that_are_none_are_told_before_anything_starts(server: Server, tmp_path: Path) -> None:
    (tmp_path / "limits.yaml").write_text("createTransfer: {p98: 5}")
    for option, reason in (("--thresholds", "no measure 'p98'"), ("--compare", "no summary of a run")):
        begun = time.monotonic()
        ended = run("browse", "--url", f"http://{server.url}", option, str(tmp_path / "limits.yaml"), "--time", "60")
        assert ended.returncode == 2, ended.stdout + ended.stderr
        assert reason in ended.stderr
        assert time.monotonic() - begun < 30


@pytest.mark.parametrize(("sign", "processes"), [(signal.SIGTERM, ()), (signal.SIGINT, ("--processes", "2"))])
def test_locust_that_is_told_to_end_judges_what_was_done(
    server: Server, tmp_path: Path, sign: signal.Signals, processes: tuple[str, ...]
) -> None:
    file, port = tmp_path / "summary.json", str(free_port())
    words = [
        "--headless",
        "--users",
        "12",
        "--spawn-rate",
        "12",
        "--run-time",
        "60s",
        "--stop-timeout",
        "5s",
        "--summary",
        str(file),
    ]
    words += [*processes, "--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--master-port", port]
    locust = subprocess.Popen(
        [sys.executable, "-m", "locust", "-f", "loadtests/locustfile.py", "--host", f"http://{server.url}", *words],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    assert locust.stdout is not None
    while "failed" not in locust.stdout.readline():
        assert locust.poll() is None
    locust.send_signal(sign)
    output = locust.communicate(timeout=60)[0]
    assert locust.returncode == 0, output
    summary = json.loads(file.read_text())
    assert summary["complaints"] == []
    assert summary["completed"] > 0


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_the_run_with_its_verdict_and_leaves_nothing_behind(server: Server, sign: signal.Signals) -> None:
    sandboxes = server.bank.control("GET", "/sandboxes")
    load = subprocess.Popen(
        [*LOAD, "transfer", "hot", "--url", f"http://{server.url}", "--users", "4", "--time", "60", "--processes", "2"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert load.stdout is not None
    while "requests/s" not in load.stdout.readline():
        assert load.poll() is None
    load.send_signal(sign)
    output = load.communicate(timeout=30)[0]
    assert load.returncode == 0, output
    assert "verdict: every cent is there" in output
    assert server.bank.control("GET", "/sandboxes") == sandboxes, "banks of its own are removed"
    assert [words for _, words in _running() if server.url in words] == []


def _running() -> list[tuple[int, str]]:
    """The processes of this machine, each with its command line."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has ended meanwhile
            found.append((int(entry.parent.name), entry.read_bytes().replace(b"\0", b" ").decode()))
    return found
