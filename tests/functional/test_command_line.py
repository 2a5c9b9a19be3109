"""The control plane from the command line, against a running server."""

import http.server
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sandbox.testing import operations
from tests.functional.commands import Shell, command
from tests.functional.processes import ROOT, Server
from tests.transport import bank_of

pytestmark = pytest.mark.slow
COMMANDS = (
    "new", "fork", "reset", "snapshot", "restore", "export", "import", "clock", "messages", "faults", "verify", "replay",
    "members", "lease", "requests", "events", "jobs", "webhooks", "life", "scenarios", "console", "ready",
)  # fmt: skip
PROGRAM = Path(sys.executable).parent / "sandbox"


def program(*words: str, url: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """`sandbox …` as a shell starts it, in a process of its own."""
    return subprocess.run(
        [PROGRAM, *words],
        cwd=ROOT, env={**os.environ, "SANDBOX_URL": url, "COLUMNS": "200", "LANG": "C.UTF-8"},
        input=stdin, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_bank_is_made_forked_kept_and_brought_back(server: Server, sandbox: Shell) -> None:
    made = sandbox.json("new", "mine", "--members", "12", "--rate", "0", "--at", "2026-12-01T08:00:00-05:00")
    assert (made["name"], made["members"], made["now"]) == ("mine", 12, "2026-12-01T08:00:00-05:00")
    bank = bank_of(server.client, "mine")
    phone = bank.phone("al-dia")
    before = phone.accounts()
    sandbox("snapshot", "before", "--sandbox", "mine")
    assert [each["name"] for each in sandbox.json("snapshot", "-s", "mine")["items"]] == ["before"]
    phone.confirm(phone.transfer("5.00"))
    sandbox("fork", "twin", "--from", "mine")
    assert phone.accounts() != before
    sandbox("restore", "before", "-s", "mine")
    assert phone.accounts() == before
    twin = bank_of(server.client, "twin")
    assert twin.phone("al-dia").accounts() != before
    names = [each["name"] for each in sandbox.json("list")["items"]]
    assert {"default", "mine", "twin"} <= set(names)
    sandbox("reset", "-s", "twin")
    assert "balanced         True" in sandbox("audit", "-s", "twin")
    for name in ("mine", "twin"):
        sandbox("delete", name)
    assert "sandbox_not_found" in sandbox("reset", "-s", "twin", status=1)
    assert [each["name"] for each in sandbox.json("undelete")["items"]][:2] == ["twin", "mine"]
    assert sandbox.json("undelete", "mine")["state"] == "ready"
    assert phone.accounts() == before
    sandbox("delete", "mine", "--permanent")
    left = [each["name"] for each in sandbox.json("undelete")["items"]]
    assert left[0] == "twin"
    assert "mine" not in left
    assert "deleted_sandbox_not_found" in sandbox("undelete", "mine", status=1)


def test_time_moves_and_codes_are_read(server: Server, sandbox: Shell) -> None:
    sandbox("new", "timely", "--rate", "0")
    start = sandbox.json("clock", "-s", "timely")
    moved = sandbox.json("clock", "-s", "timely", "--advance", "P3D")
    assert (start["now"][:10], moved["now"][:10]) == ("2026-11-23", "2026-11-26")
    assert moved["jobs"]
    assert sandbox.json("clock", "-s", "timely", "--advance", "PT1.5H")["now"][11:19] == "10:45:00"
    assert sandbox.json("clock", "-s", "timely", "--rate", "60")["rate"] == 60
    # An hour passes in a minute from here on: a session would idle out while a busy machine starts a few commands.
    assert sandbox.json("clock", "-s", "timely", "--rate", "0")["rate"] == 0
    assert "clock_goes_forward" in sandbox("clock", "-s", "timely", "--set", "2020-01-01T00:00:00-05:00", status=1)
    bank = bank_of(server.client, "timely")
    phone = bank.phone("al-dia")
    challenge = phone.transfer("5.00")["challenge"]["id"]
    code = sandbox.json("messages", "-s", "timely", "--challenge", challenge, "--wait", "1")["code"]
    assert code in sandbox("messages", "-s", "timely", "--to", phone.member["phone"])
    phone.confirm(challenge, code)
    sandbox("messages", "-s", "timely", "--clear")
    assert sandbox.json("messages", "-s", "timely")["items"] == []
    sandbox("delete", "timely")


def test_faults_are_ordered_and_calls_verified(server: Server, sandbox: Shell) -> None:
    sandbox("new", "broken", "--rate", "0")
    bank = bank_of(server.client, "broken")
    phone = bank.phone("al-dia")
    fault = {"match": {"operation_id": "getProfile", "times": 1}, "effect": {"problem": "service_unavailable"}}
    sandbox("faults", "-s", "broken", "--add", json.dumps(fault))
    assert phone.call("GET", "/v1/me").status_code == 503
    assert sandbox.json("faults", "-s", "broken")["items"][0]["hits"] == 1
    sandbox("faults", "-s", "broken", "--clear")
    assert sandbox.json("faults", "-s", "broken")["items"] == []
    assert "effect.problem: There is no such problem" in sandbox(
        "faults", "-s", "broken", "--add", '{"effect": {"problem": "nope"}}', status=1
    )
    assert "is no JSON" in sandbox("faults", "-s", "broken", "--add", "{", status=2)
    match = '{"operation_id": "getProfile", "status": 503}'
    assert "as wanted" in sandbox("verify", match, "-s", "broken", "--exactly", "1")
    told = sandbox("verify", '{"operation_id": "getProfile", "status": 200}', "-s", "broken", status=1)
    assert "status: expected 200, was 503" in told
    sandbox("delete", "broken")


def test_developer_mode_is_an_option_of_serve_and_neither_records_nor_replays(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    server.words = ["serve", "--dev"]
    server.start()
    assert "developer mode" in server.output
    shell = Shell(f"http://{server.url}")
    phone = server.bank.phone("al-dia")
    shell("clock", "--advance", "P1Y")
    shell("reset")
    assert phone.send(operations.get_profile())["username"] == phone.member["username"]
    assert "sessions_do_not_end" in shell("record", status=1)
    file = tmp_path / "recording.jsonl"
    head = {"recording": 1, "seed": "cooprogreso", "members": 40, "clock_start": "2026-11-23T09:15:00-05:00"}
    file.write_text(json.dumps(head), encoding="utf-8")
    assert "developer mode" in shell("replay", str(file), status=2)
    assert [each["name"] for each in shell.json("list")["items"]] == ["default"]
    server.interrupt()


def test_no_server_is_told_with_what_to_do() -> None:
    told = Shell("http://127.0.0.1:9")("clock", status=3)
    assert "No server answers at http://127.0.0.1:9" in told
    assert "sandbox serve" in told
    Shell("nonsense")("clock", status=3)


def test_something_else_that_answers_is_told() -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as other:
        thread = threading.Thread(target=other.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            assert f":{other.server_port} a sandbox?" in Shell(f"http://127.0.0.1:{other.server_port}")(
                "audit", status=1
            )
        finally:
            other.shutdown()
            thread.join()


def test_every_command_explains_itself() -> None:
    shell = Shell("http://127.0.0.1:9")
    told = shell("--help")
    for word in COMMANDS:
        assert f" {word} " in told
        assert "--url" in shell(word, "--help")
    assert "--show-completion" in told


def test_the_program_explains_itself_and_completes() -> None:
    told = program("--help", url="http://127.0.0.1:9")
    assert told.returncode == 0, told.stderr
    assert " snapshot " in told.stdout
    completed = subprocess.run(
        [PROGRAM],
        env={**os.environ, "_SANDBOX_COMPLETE": "complete_bash", "COMP_WORDS": "sandbox sna", "COMP_CWORD": "1"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert completed.stdout.split() == ["snapshot"]


def test_the_program_ends_with_its_status_and_says_why_on_standard_error() -> None:
    ended = program("clock", url="http://127.0.0.1:9")
    assert (ended.returncode, ended.stdout) == (3, "")
    assert "No server answers at http://127.0.0.1:9" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_program_reads_from_a_pipe_and_writes_into_one(server: Server, sandbox: Shell) -> None:
    sandbox("new", "piped", "--rate", "0")
    fault = {"match": {"operation_id": "getProfile"}, "effect": {"problem": "service_unavailable"}}
    ended = program("faults", "-s", "piped", "--add", "-", "--json", url=sandbox.url, stdin=json.dumps(fault))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads(ended.stdout)["effect"]["problem"] == "service_unavailable"
    assert [each["id"] for each in sandbox.json("faults", "-s", "piped")["items"]] == [json.loads(ended.stdout)["id"]]
    sandbox("delete", "piped")


def test_members_are_made_leased_and_given_back(sandbox: Shell) -> None:
    sandbox("new", "people", "--rate", "0")
    [persona] = sandbox.json("members", "-s", "people", "--persona", "al-dia")["items"]
    assert persona["username"] in sandbox("members", "-s", "people")
    made = sandbox.json("members", "-s", "people", "--make", '{"accounts": [{"balance": "7.00"}]}')
    assert len(made["accounts"]) == 1
    leased = sandbox.json("lease", '{"savings_accounts": 2}', "-s", "people", "--seconds", "60")
    sandbox("lease", "-s", "people", "--release", leased["id"])
    assert "not_found" in sandbox("lease", "-s", "people", "--release", leased["id"], status=1)
    sandbox("delete", "people")


def test_requests_events_jobs_and_scenarios_are_listed(server: Server, sandbox: Shell) -> None:
    sandbox("new", "seen", "--rate", "0")
    bank = bank_of(server.client, "seen")
    phone = bank.phone("al-dia")
    phone.confirm(phone.transfer("5.00"))
    [order] = sandbox.json("requests", "-s", "seen", "--operation", "createTransfer")["items"]
    assert sandbox.json("requests", order["id"], "-s", "seen")["response"]["body"]["amount"] == "5.00"
    [event] = sandbox.json("events", "-s", "seen", "--kind", "transfer.completed")["items"]
    assert event["id"] not in sandbox("events", "-s", "seen", "--after", event["id"])
    sandbox("requests", "-s", "seen", "--clear")
    assert sandbox.json("requests", "-s", "seen")["items"] == []
    assert sandbox.json("jobs", "-s", "seen")["items"]
    assert sandbox.json("jobs", "-s", "seen", "--run")["items"] == []
    assert "persona" in sandbox("scenarios", "-s", "seen")
    sandbox("delete", "seen")


def test_a_sandbox_is_exported_and_imported(server: Server, sandbox: Shell, tmp_path: Path) -> None:
    sandbox("new", "moved", "--rate", "0")
    bank = bank_of(server.client, "moved")
    before = bank.phone("al-dia").accounts()
    file = tmp_path / "moved.sqlite"
    assert f"{len(bank.call('GET', '/_sandbox/export').content)} bytes" in sandbox("export", str(file), "-s", "moved")
    phone = bank.phone("al-dia")
    phone.confirm(phone.transfer("5.00"))
    sandbox("import", str(file), "-s", "moved")
    assert bank.phone("al-dia").accounts() == before
    assert "No such file" in sandbox("import", str(tmp_path / "none"), "-s", "moved", status=2)
    assert "Is a directory" in sandbox("export", str(tmp_path), "-s", "moved", status=2)
    sandbox("delete", "moved")


def test_webhooks_are_added_and_removed(sandbox: Shell) -> None:
    sandbox("new", "told", "--rate", "0")
    added = sandbox.json("webhooks", "-s", "told", "--add", "http://127.0.0.1:9/hook", "--kind", "transfer.completed")
    assert [each["id"] for each in sandbox.json("webhooks", "-s", "told")["items"]] == [added["id"]]
    sandbox("webhooks", "-s", "told", "--remove", added["id"])
    assert sandbox.json("webhooks", "-s", "told")["items"] == []
    sandbox("delete", "told")


def test_a_document_is_put_shown_and_put_back(sandbox: Shell, tmp_path: Path) -> None:
    sandbox("new", "ruled", "--rate", "0")
    text = sandbox("rules", "show", "otp", "-s", "ruled")
    file = tmp_path / "otp.yaml"
    file.write_text(text.replace("attempts: 3", "attempts: 1"), encoding="utf-8")
    assert sandbox.json("rules", "put", "otp", str(file), "-s", "ruled", "--dry-run")["dry_run"] is True
    assert sandbox("rules", "show", "otp", "-s", "ruled") == text
    sandbox("rules", "put", "otp", str(file), "-s", "ruled")
    assert sandbox("rules", "show", "otp", "-s", "ruled") == file.read_text(encoding="utf-8")
    listed = {each["name"]: each["overridden"] for each in sandbox.json("rules", "list", "-s", "ruled")["items"]}
    assert [name for name, overridden in listed.items() if overridden] == ["otp"]
    sandbox("rules", "reset", "otp", "-s", "ruled")
    assert sandbox("rules", "show", "otp", "-s", "ruled") == text
    file.write_text("settings: {", encoding="utf-8")
    assert "rules_invalid" in sandbox("rules", "put", "otp", str(file), "-s", "ruled", status=1)
    assert "No such file" in sandbox("rules", "put", "otp", str(tmp_path / "none"), status=2)
    sandbox("delete", "ruled")


def test_names_are_completed(sandbox: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox("new", "completed", "--rate", "0")
    sandbox("snapshot", "before-payday", "-s", "completed")

    def completions(words: str) -> list[str]:
        variables = {
            "_SANDBOX_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split()) - 1),
        }
        return command(env={"SANDBOX_URL": sandbox.url, **variables}).stdout.split()

    assert completions("sandbox reset -s compl") == ["completed"]
    assert completions("sandbox delete compl") == ["completed"]
    assert completions("sandbox restore -s completed before") == ["before-payday"]
    assert completions("sandbox fork x --from completed@b") == ["completed@before-payday"]
    assert completions("sandbox members --persona al-d") == ["al-dia"]
    assert completions("sandbox rules show ot") == ["otp"]
    assert completions("sandbox restore -s nowhere b") == []
    monkeypatch.setattr(sandbox, "url", "http://127.0.0.1:9")
    assert completions("sandbox reset -s compl") == []
    monkeypatch.undo()
    sandbox("delete", "completed")


def test_a_refusal_is_json_where_json_is_asked_for(sandbox: Shell) -> None:
    assert sandbox.json("reset", "-s", "nowhere", status=1)["code"] == "sandbox_not_found"


def test_a_server_says_whether_it_is_ready(sandbox: Shell) -> None:
    assert sandbox("ready") == "ready\n"
    Shell("http://127.0.0.1:9")("ready", status=3)


def test_the_address_of_the_console_is_told(sandbox: Shell) -> None:
    assert sandbox("console", "--show") == f"{sandbox.url}/_sandbox/console\n"
