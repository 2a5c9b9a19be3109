"""Runs against banks that are wrong, with the verdict that says so."""

import json
import signal
import time
from pathlib import Path

import pytest

from loadtests.wire import Json
from sandbox.storage.connection import Connection
from sandbox.testing import operations
from tests.functional.processes import Server
from tests.loadtests.runs import LOAD, LONG_SECONDS, TURNS, output_of, overridden, run, running, said, struck
from tests.transport import bank_of

pytestmark = pytest.mark.slow


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
    """Turns get four seconds to end, and the bank takes thirty for a confirmation: who has begun one hangs in it, since
    bills are all confirmed. On a busy machine nobody may have begun before a short run's end; none ends in a longer."""
    with struck(server, "confirmChallenge", {"delay": {"ms": 30_000}}):
        for seconds in ("2", "10", "20"):
            began = time.perf_counter()
            summary, ended = loaded("services", "--time", seconds, "--users", "4", LOCUST_STOP_TIMEOUT="4")
            took = time.perf_counter() - began
            if summary["turns"]:
                break
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "turns were cut off unfinished, such as services" in said(ended)
    assert summary["turns"]["services"]["p99"] >= 4_000, "they count with the time they waited"
    assert int(seconds) <= summary["seconds"] <= took - 4, "nor does their waiting make the run longer"


def test_a_code_that_is_sent_anew_too_early_is_found_out(loaded, server: Server) -> None:
    """Within a cooldown that lasts for minutes of our time, so that the answer comes in it on any machine."""
    long = overridden(server, "otp", "resend_cooldown_seconds: 120", "resend_cooldown_seconds: 12000")
    with long, struck(server, "resendChallenge", {"status": 200, "body": "{}", "media_type": "application/json"}):
        summary, ended = loaded("resend", *TURNS, "--users", "2")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert any("× resendChallenge (too early): 200" in complaint for complaint in summary["complaints"])
    for name in summary["kept_sandboxes"]:
        server.bank.send(operations.delete_sandbox(name))


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
        with server.database("theft") as thief:
            steal(thief, member["accounts"][0]["number"])
        load.send_signal(signal.SIGINT)
        output = output_of(load)
    assert load.returncode == 1, output
    summary = json.loads(file.read_text())
    broken = {finding["name"] for finding in summary["findings"] if finding["complaints"]}
    assert broken == {"balances"}, summary["complaints"]
    assert "spent 0: 17998 are there instead of 18000" in summary["complaints"][0]


def steal(thief: Connection, number: str) -> None:
    """Two cents of the account with this number."""
    thief.execute("BEGIN")
    account, funding, now = thief.execute(
        "SELECT (SELECT id FROM account WHERE number = ?), (SELECT min(id) FROM account WHERE member_id IS NULL),"
        " max(moment) FROM entry", (number,)
    ).fetchone()  # fmt: skip
    (entry,) = thief.execute(
        "INSERT INTO entry (moment, kind, operation, operation_id) VALUES (?, 'theft', 'account', ?) RETURNING id",
        (now, account),
    ).fetchone()
    for who, amount in ((account, -2), (funding, 2)):
        thief.execute("UPDATE account SET book = book + ? WHERE id = ?", (amount, who))
        thief.execute(
            "INSERT INTO posting (entry_id, account_id, moment, amount, balance, concept, reference)"
            " SELECT ?, id, ?, ?, book, 'x', '' FROM account WHERE id = ?", (entry, now, amount, who)
        )  # fmt: skip
    thief.execute("COMMIT")


@pytest.fixture(scope="module")
def unheld(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Json:
    """The summary of a run of every scenario that spends, in a bank that holds nothing."""
    file = tmp_path_factory.mktemp("unheld") / "summary.json"
    words = ("--users", "6", "--time", LONG_SECONDS, "--codes", "computed", "--summary", str(file))
    scenarios = ["cards", "payday", "services"]
    with overridden(server, "limits", "hold_funds: true", "hold_funds: false"):
        for turns in ("12", "60", "300"):  # on a busy machine the first to get ready may have had all of few turns
            ended = run(*scenarios, "--url", f"http://{server.url}", "--turns", turns, *words)
            if json.loads(file.read_text())["scenarios"] == scenarios:
                break
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
