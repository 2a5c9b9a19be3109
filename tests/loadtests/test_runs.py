"""Runs, as users start them: `sandbox load` against real servers, with Locust in processes of its own."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from loadtests.driver import free_port
from loadtests.wire import Json
from sandbox.testing import operations
from tests.functional import forks
from tests.functional.commands import command
from tests.functional.processes import ROOT, Server
from tests.transport import bank_of

pytestmark = pytest.mark.slow
# Judged by what holds on any machine, however busy, unless a test brings thresholds of its own: the last option counts.
UNTIMED = ["--thresholds", str(Path(__file__).parent / "untimed.yaml")]
LOAD = [sys.executable, "-m", "sandbox", "load", *UNTIMED]
LONG_SECONDS = "600"
"""The time of a run that something else ends."""
DEADLINE_SECONDS = 150
Run = subprocess.CompletedProcess[str]


def run(*words: str, **variables: str) -> Run:
    """`sandbox load …`."""
    environment = {**os.environ, "SANDBOX_MEMBERS": "60", **variables}
    return forks.run(["load", *UNTIMED, *words], environment, ROOT, DEADLINE_SECONDS)


@contextmanager
def running(words: list[str], server: Server, operation: str) -> Iterator["subprocess.Popen[str]"]:
    """A run that has begun: `operation` has succeeded a few times. Whatever is left of it is ended."""
    before = times_served(server, operation)
    begun = subprocess.Popen(
        words, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        until = time.monotonic() + DEADLINE_SECONDS
        while times_served(server, operation) < before + 3:
            assert begun.poll() is None, begun.communicate()[0]
            assert time.monotonic() < until, f"nobody called {operation}"
            time.sleep(0.02)
        yield begun
    finally:
        if begun.poll() is None:
            begun.kill()
        begun.communicate()


def times_served(server: Server, operation: str) -> float:
    """How often it was answered with 200."""
    sample = f'sandbox_requests_total{{operation="{operation}",status="200"}} '
    metrics = server.client.get("/metrics").text
    return sum(float(line.removeprefix(sample)) for line in metrics.splitlines() if line.startswith(sample))


def output_of(begun: "subprocess.Popen[str]") -> str:
    """What it printed, once it has ended."""
    try:
        return begun.communicate(timeout=DEADLINE_SECONDS)[0]
    except subprocess.TimeoutExpired:
        begun.kill()
        raise AssertionError(f"the run did not end:\n{begun.communicate()[0]}") from None


def said(ended: Run) -> str:
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

    def load(*words: str, **variables: str) -> tuple[Json, Run]:
        file = tmp_path / "summary.json"
        ended = run("--url", f"http://{server.url}", "--summary", str(file), *words, **variables)
        assert file.exists(), ended.stdout + ended.stderr
        return json.loads(file.read_text()), ended

    return load


@contextmanager
def struck(server: Server, operation: str, effect: Json, probability: float = 1) -> Iterator[None]:
    """A fault in the default sandbox."""
    match = {"operation_id": operation, "probability": probability}
    server.bank.send(operations.create_fault({"match": match, "effect": effect}))
    try:
        yield
    finally:
        server.bank.faults.clear()


@contextmanager
def overridden(server: Server, document: str, was: str, becomes: str) -> Iterator[None]:
    """A rule of the default sandbox, changed."""
    text = server.client.get(f"/_sandbox/rules/{document}").text
    assert was in text
    server.bank.rules.override(document, text.replace(was, becomes))
    try:
        yield
    finally:
        server.bank.rules.reset(document)


def findings(summary: Json) -> dict[str, int]:
    return {finding["name"]: finding["checked"] for finding in summary["findings"]}


def test_a_short_mix_with_a_server_of_its_own_ends_with_every_cent_there(tmp_path: Path) -> None:
    file, report = tmp_path / "summary.json", tmp_path / "report.html"
    ended = run("--time", "4s", "--users", "24", "--summary", str(file), "--html", str(report))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "verdict: every cent is there" in ended.stdout
    assert "coordinated omission" in said(ended)
    summary = json.loads(file.read_text())
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


TURNS = ("--turns", "3", "--time", LONG_SECONDS)
DAYS = ("--time", "6")
"""Two days pass during the run, however short it is: its time is what they are divided by."""


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
    summary, ended = loaded(scenario, "--users", "3", *end)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert list(summary["turns"]) == summary["scenarios"] == [scenario]
    assert summary["members"] == (1 if scenario == "hot" else 3)
    assert summary["operations"][operation]["requests"] > 0
    assert findings(summary)[finding] > 0


def test_a_tag_chooses_a_scenario_for_who_calls_locust_alone(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "summary.json"
    words = [
        "--tags", "browse", "hot", "--headless", "--users", "6", "--spawn-rate", "6", "--run-time", "2s",
        "--summary", str(file),
    ]  # fmt: skip
    locust = [
        sys.executable,
        "-m",
        "locust",
        "-f",
        "loadtests/locustfile.py",
        "--host",
        f"http://{server.url}",
        *UNTIMED,
        *words,
    ]
    ended = subprocess.run(locust, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE_SECONDS, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert json.loads(file.read_text())["scenarios"] == ["browse", "hot"]
    assert json.loads(file.read_text())["most_users"] == 6
    none = subprocess.run(
        [*locust, "--tags", "nonsense"], cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE_SECONDS, check=False
    )
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
    with running([*words, "--time", LONG_SECONDS], server, "confirmChallenge") as first:
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
        opened, ended = loaded("transfer", "--time", "3", "--users", "2", "--codes", "computed", "--rate", "40")
    assert (closed["workload"], opened["workload"]) == ("closed", "open")
    assert closed["arrived"] is None
    assert opened["arrived"]["due"] == pytest.approx(40 * opened["seconds"], rel=0.2)
    assert opened["arrived"]["unserved"] > opened["arrived"]["due"] / 2
    assert opened["turns"]["transfer"]["p95"] > 3 * closed["turns"]["transfer"]["p95"]
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


def test_a_bank_that_does_not_hold_is_found_out(loaded, server: Server) -> None:
    with overridden(server, "limits", "hold_funds: true", "hold_funds: false"):
        summary, ended = loaded("transfer", *TURNS, "--users", "3", "--codes", "computed")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    holds = next(finding for finding in summary["findings"] if finding["name"] == "holds")
    assert "of 1 cents, 0 were set aside" in holds["complaints"][0]
    assert "verdict: broken" in ended.stdout


def test_a_bank_that_says_done_and_does_nothing_is_found_out(loaded, server: Server) -> None:
    """Confirmations are answered as if the money had moved, and it has not."""
    lie = {"status": 200, "body": '{"resource": {"id": "trf_none"}}', "media_type": "application/json"}
    with struck(server, "confirmChallenge", lie):
        summary, ended = loaded("transfer", "--turns", "12", "--time", LONG_SECONDS, "--users", "3")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    told = " ".join(summary["complaints"])
    assert "were confirmed more than once, such as trf_none" in told
    assert "told done, were never ordered, such as trf_none" in told
    assert "trf_" in told


def test_a_lockout_that_is_missed_is_found_out(loaded, server: Server) -> None:
    """Every code is answered as one more wrong one: the last attempt locks nothing that a client could see."""
    wrong = {"problem": "wrong_code"}
    with struck(server, "confirmChallenge", wrong):
        summary, ended = loaded("fumble", *TURNS, "--users", "2")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    lockouts = next(finding for finding in summary["findings"] if finding["name"] == "lockouts")
    assert "422 wrong_code" in lockouts["complaints"][0]


def test_a_bank_that_stops_answering_is_found_out(loaded, server: Server) -> None:
    """Turns get four seconds to end, and the bank takes thirty for some of its answers."""
    with struck(server, "confirmChallenge", {"delay": {"ms": 30_000}}, 0.3):
        summary, ended = loaded("transfer", "--time", "2", "--users", "4", LOCUST_STOP_TIMEOUT="4")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "turns were cut off unfinished, such as transfer" in said(ended)
    assert summary["turns"]["transfer"]["p99"] >= 4_000, "they count with the time they waited"
    assert 2 <= summary["seconds"] < 2 + 4, "nor does their waiting make the run longer"


@pytest.mark.parametrize("effect", [{"status": 201}, {"status": 201, "body": "[]", "media_type": "application/json"}])
def test_answers_with_the_right_status_and_nothing_in_them_are_none(loaded, server: Server, effect: Json) -> None:
    with struck(server, "createTransfer", effect):
        summary, ended = loaded("transfer", *TURNS, "--users", "2")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert any("× createTransfer: 201" in complaint for complaint in summary["complaints"])
    assert "Traceback" not in ended.stderr


def test_what_is_taken_from_a_member_while_the_books_balance_is_found_out(server: Server, tmp_path: Path) -> None:
    """Two cents leave one of the member's accounts by an entry that is right in itself, and nobody was told."""
    server.bank.send(operations.create_sandbox({"name": "theft", "members": 0}))
    member = bank_of(server.client, "theft").send(operations.create_member({"accounts": [{"balance": "90.00"}] * 2}))
    file = tmp_path / "summary.json"
    words = ["--url", f"http://{server.url}", "-s", "theft", "--users", "1", "--time", LONG_SECONDS, "--summary"]
    with running([*LOAD, "browse", *words, str(file)], server, "listMovements") as load:
        steal(server.database("theft"), member["accounts"][0]["number"])
        load.send_signal(signal.SIGINT)
        output = output_of(load)
    assert load.returncode == 1, output
    summary = json.loads(file.read_text())
    broken = {finding["name"] for finding in summary["findings"] if finding["complaints"]}
    assert broken == {"balances"}, summary["complaints"]
    assert "spent 0: 17998 are there instead of 18000" in summary["complaints"][0]


def steal(database: Path, number: str) -> None:
    """Two cents of the account with this number."""
    thief = sqlite3.connect(database, timeout=30)
    with closing(thief), thief:
        account, funding, entry, now = thief.execute(
            "SELECT (SELECT id FROM account WHERE number = ?), (SELECT id FROM account WHERE member_id IS NULL LIMIT 1),"
            " max(id) + 1, max(moment) FROM entry", (number,)
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


@pytest.fixture(scope="module")
def unheld(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Json:
    """The summary of a run of every scenario that spends, in a bank that holds nothing."""
    file = tmp_path_factory.mktemp("unheld") / "summary.json"
    words = ("--users", "6", "--turns", "12", "--time", LONG_SECONDS, "--codes", "computed", "--summary", str(file))
    with overridden(server, "limits", "hold_funds: true", "hold_funds: false"):
        ended = run("payday", "services", "cards", "--url", f"http://{server.url}", *words)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    found: Json = json.loads(file.read_text())
    return found


@pytest.mark.parametrize("order", ["trf", "pay", "cpy"], ids=["payday", "services", "cards"])
def test_every_scenario_that_spends_notices_a_bank_that_does_not_hold(unheld: Json, order: str) -> None:
    holds = next(finding for finding in unheld["findings"] if finding["name"] == "holds")
    assert any(complaint.startswith(f"{order}_") for complaint in holds["complaints"]), holds["complaints"]


def test_a_bank_of_a_scenarios_own_is_a_fork_of_the_one_that_was_named(loaded, server: Server) -> None:
    with struck(server, "confirmChallenge", {"problem": "service_unavailable"}):
        summary, ended = loaded("interbank", "--time", "1", "--users", "2")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert any("could not begin, such as InterbankMember" in complaint for complaint in summary["complaints"])
    for name in summary["kept_sandboxes"]:
        server.bank.send(operations.delete_sandbox(name))


def test_a_worker_that_is_lost_is_told(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "summary.json"
    words = ["--url", f"http://{server.url}", "--users", "4", "--processes", "2", "--time", "8", "--summary", str(file)]
    with running([*LOAD, "browse", *words], server, "listMovements") as load:
        os.kill(workers_of(server)[0], signal.SIGKILL)
        output = output_of(load)
    assert load.returncode == 1, output
    assert any("1 workers were lost" in each for each in json.loads(file.read_text())["complaints"]), output


def test_no_arrival_is_made_up_when_the_rate_changes_over_a_bank_that_is_idle(loaded) -> None:
    """One arrival comes in the six slow seconds before the peak, one in those after it, four or so in the three between
    them: were a gap of the slow rate measured by the fast one, three more would have been due before it began."""
    summary, ended = loaded("transfer", "--shape", "spike", "--rate", "1.5", "--time", "15", "--users", "4")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert 5 <= summary["arrived"]["due"] <= 7
    assert summary["arrived"]["unserved"] == 0


def test_a_bank_that_dies_has_no_good_verdict(tmp_path: Path) -> None:
    server = Server(tmp_path / "data").start()
    file = tmp_path / "summary.json"
    words = ["--url", f"http://{server.url}", "--users", "2", "--time", LONG_SECONDS, "--summary", str(file)]
    with running([*LOAD, "browse", *words], server, "listMovements") as load:
        server.kill()
        load.send_signal(signal.SIGINT)
        output = output_of(load)
    server.close()
    assert load.returncode == 1, output
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
    ],
)
def test_what_cannot_begin_says_why_and_ends_with_status_2(words: tuple[str, ...], reason: str) -> None:
    ended = command("load", *words)
    assert ended.status == 2, ended.stdout + ended.stderr
    assert reason in " ".join(ended.stderr.split())


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "here"])
def test_a_server_that_cannot_be_asked_is_named_and_ends_with_status_2(url: str) -> None:
    ended = run("browse", "--url", url)
    assert ended.returncode == 2, ended.stdout + ended.stderr
    assert url.removeprefix("http://") in " ".join(ended.stderr.split())
    assert "Traceback" not in ended.stderr


def test_files_that_are_none_are_told_before_anything_starts(server: Server, tmp_path: Path) -> None:
    (tmp_path / "limits.yaml").write_text("createTransfer: {p98: 5}")
    for option, reason in (("--thresholds", "no measure 'p98'"), ("--compare", "no summary of a run")):
        leases, words = times_served(server, "leaseMember"), (option, str(tmp_path / "limits.yaml"))
        ended = run("browse", "--url", f"http://{server.url}", *words, "--time", LONG_SECONDS)
        assert ended.returncode == 2, ended.stdout + ended.stderr
        assert reason in ended.stderr
        assert times_served(server, "leaseMember") == leases


@pytest.mark.parametrize(("sign", "processes"), [(signal.SIGTERM, ()), (signal.SIGINT, ("--processes", "2"))])
def test_locust_that_is_told_to_end_judges_what_was_done(
    server: Server, tmp_path: Path, sign: signal.Signals, processes: tuple[str, ...]
) -> None:
    file, port = tmp_path / "summary.json", str(free_port())
    words = [
        "--headless", "--users", "12", "--spawn-rate", "12", "--run-time", f"{LONG_SECONDS}s", "--stop-timeout", "10s",
        "--summary", str(file), *processes,
        "--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--master-port", port,
    ]  # fmt: skip
    locust = [
        sys.executable,
        "-m",
        "locust",
        "-f",
        "loadtests/locustfile.py",
        "--host",
        f"http://{server.url}",
        *UNTIMED,
        *words,
    ]
    with running(locust, server, "confirmChallenge") as begun:
        begun.send_signal(sign)
        output = output_of(begun)
    assert begun.returncode == 0, output
    summary = json.loads(file.read_text())
    assert summary["complaints"] == []
    assert summary["completed"] > 0


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_the_run_with_its_verdict_and_leaves_nothing_behind(server: Server, sign: signal.Signals) -> None:
    sandboxes = names_of_sandboxes(server)
    words = ["--url", f"http://{server.url}", "--users", "4", "--time", LONG_SECONDS, "--processes", "2"]
    with running([*LOAD, "transfer", "hot", *words], server, "confirmChallenge") as load:
        load.send_signal(sign)
        output = output_of(load)
    assert load.returncode == 0, output
    assert "verdict: every cent is there" in output
    assert names_of_sandboxes(server) == sandboxes, "banks of its own are removed"
    assert [words for _, _, words in _running() if server.url in words] == []


def names_of_sandboxes(server: Server) -> list[str]:
    """The sandboxes there are."""
    return [each["name"] for each in server.bank.send(operations.list_sandboxes())["items"]]


def workers_of(server: Server) -> list[int]:
    """The processes that a Locust on this server split off to work."""
    locusts = {pid: parent for pid, parent, words in _running() if server.url in words and "locustfile.py" in words}
    return [pid for pid, parent in locusts.items() if parent in locusts]


def _running() -> list[tuple[int, int, str]]:
    """The processes of this machine, each with its parent and its command line."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has ended meanwhile
            parent = (entry.parent / "stat").read_text().rpartition(")")[2].split()[1]
            words = entry.read_bytes().replace(b"\0", b" ").decode()
            found.append((int(entry.parent.name), int(parent), words))
    return found
