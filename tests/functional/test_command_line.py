"""The control plane from the command line, against a running server; and recordings that answer the same again."""

import contextlib
import http.server
import inspect
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import httpx2 as httpx
import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json
from tests.bank.cards import test_manual_walk as cards
from tests.bank.deferrals import test_manual_walk as deferrals
from tests.bank.products import test_manual_walk as products
from tests.bank.profile import test_manual_walk as profile
from tests.bank.services import test_manual_walk as services
from tests.bank.transfers import test_manual_walk as transfers
from tests.functional.commands import command
from tests.functional.processes import ROOT, Server
from tests.transport import bank_of

pytestmark = pytest.mark.slow
COMMANDS = (
    "new", "fork", "reset", "snapshot", "restore", "export", "import", "clock", "messages", "faults", "verify", "replay",
    "members", "lease", "requests", "events", "jobs", "webhooks", "life", "scenarios", "console", "ready",
)  # fmt: skip
PROGRAM = Path(sys.executable).parent / "sandbox"


class Shell:
    """`sandbox …` against a server."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __call__(self, *words: str, status: int = 0) -> str:
        ended = command(*words, env={"SANDBOX_URL": self.url})
        assert ended.status == status, ended.stdout + ended.stderr
        return ended.stdout + ended.stderr

    def json(self, *words: str, status: int = 0) -> Json:
        return json.loads(self(*words, "--json", status=status))


@pytest.fixture
def server(shared_server: Server) -> Server:
    return shared_server


@pytest.fixture
def sandbox(server: Server) -> Shell:
    return Shell(f"http://{server.url}")


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


def walks() -> list[Callable[..., None]]:
    """Every step of the manual that is walked with one phone on one bank."""
    found = []
    for chapter in (products, transfers, services, cards, deferrals, profile):
        for name, walk in vars(chapter).items():
            if name.startswith("test_") and set(inspect.signature(walk).parameters) <= {"phone", "bank"}:
                found.append(walk)
    return found


def walk_the_manual(bank: Sandbox) -> int:
    """Every one of those steps, each from the first moment on; how many there were."""
    bank.snapshot("first-moment")
    for walk in walks():
        bank.restore("first-moment")
        given = {"phone": bank.phone(bank.members.all()[0]), "bank": bank}
        walk(**{name: given[name] for name in inspect.signature(walk).parameters})
    return len(walks())


def test_a_walk_through_the_manual_is_answered_the_same_to_the_byte(
    server: Server, sandbox: Shell, tmp_path: Path
) -> None:
    sandbox("new", "walked")
    bank = bank_of(server.client, "walked")
    sandbox("record", "-s", "walked")
    assert walk_the_manual(bank) >= 5
    bank.clock.advance("P2D")
    phone = Phone(bank, bank.members.persona("al-dia")).log_in()
    phone.products()
    file = tmp_path / "walk.jsonl"
    told = sandbox("record", "-s", "walked", "--out", str(file))
    lines = file.read_text(encoding="utf-8").splitlines()
    assert f"{len(lines) - 1} exchanges" in told
    assert len(lines) > 60
    assert f"{len(lines) - 1} exchanges, the same to the byte" in sandbox("replay", str(file))
    # One amount another than recorded: the first answer that tells of it is named.
    at = next(number for number, line in enumerate(lines) if '"createTransfer"' in line)
    exchange = json.loads(lines[at])
    body = json.loads(exchange["body"])
    exchange["body"] = json.dumps({**body, "amount": "1.23"})
    file.write_text("\n".join([*lines[:at], json.dumps(exchange), *lines[at + 1 :]]), encoding="utf-8")
    told = sandbox("replay", str(file), status=1)
    assert f"exchange {at} of {len(lines) - 1}, POST /v1/transfers" in told
    assert "1.23" in told
    assert sandbox.json("replay", str(file), status=1)["difference"]["number"] == at
    assert [each["name"] for each in sandbox.json("list")["items"] if each["name"].startswith("replay")] == []
    sandbox("delete", "walked")


def test_a_request_that_is_answered_the_same_and_does_another_thing_is_named(
    server: Server, sandbox: Shell, tmp_path: Path
) -> None:
    sandbox("new", "doing")
    sandbox("record", "-s", "doing")
    bank = bank_of(server.client, "doing")
    phone = bank.phone("al-dia")
    phone.confirm(phone.transfer("3.00"))
    file = tmp_path / "doing.jsonl"
    sandbox("record", "-s", "doing", "--out", str(file))
    assert "the same to the byte" in sandbox("replay", str(file))
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    confirmed = next(line for line in lines if line.get("operation_id") == "confirmChallenge")
    effects = list(confirmed["effects"])
    for other, recorded, replayed in (
        ([each.replace("-3.00", "-3.01") for each in effects], "-3.01", "-3.00"),
        (effects[1:], effects[1], effects[0]),
        ([*effects, "a message more"], "a message more", "nothing"),
    ):
        confirmed["effects"] = other
        file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
        told = sandbox("replay", str(file), status=1)
        assert "POST /v1/challenges/" in told
        assert "other effects" in told
        difference = sandbox.json("replay", str(file), status=1)["difference"]
        assert (difference["number"], difference["what"]) == (lines.index(confirmed), "effects")
        assert recorded in difference["recorded"]
        assert replayed in difference["replayed"]
    del confirmed["effects"]  # as in recordings of earlier versions
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert "the same to the byte" in sandbox("replay", str(file))
    sandbox("delete", "doing", "--permanent")


@pytest.mark.parametrize("effect", ["reset", "empty", "truncated", "malformed"])
def test_broken_connections_are_replayed_as_they_were(
    server: Server, sandbox: Shell, tmp_path: Path, effect: str
) -> None:
    name = f"cut-{effect}"
    sandbox("new", name)
    sandbox("record", "-s", name)
    bank = bank_of(server.client, name)
    fault = {"match": {"operation_id": "getProducts", "times": 1}, "effect": {"connection": effect}}
    bank.send(operations.create_fault(fault))
    phone = bank.phone("al-dia")
    with contextlib.suppress(httpx.TransportError, ValueError):
        phone.products()
    phone.transfer("3.00")
    file = tmp_path / "cut.jsonl"
    sandbox("record", "-s", name, "--out", str(file))
    assert "the same to the byte" in sandbox("replay", str(file))
    unstruck = [line for line in file.read_text(encoding="utf-8").splitlines() if '"createFault"' not in line]
    file.write_text("\n".join(unstruck), encoding="utf-8")
    if effect != "truncated":  # what was recorded is the whole answer: the server's side of it
        assert "GET /v1/products" in sandbox("replay", str(file), status=1)
    sandbox("delete", name)


def test_a_long_answer_is_compared_exactly_though_its_hash_alone_was_recorded(
    server: Server, sandbox: Shell, tmp_path: Path
) -> None:
    sandbox("new", "long")
    sandbox("record", "-s", "long")
    bank = bank_of(server.client, "long")
    phone = bank.phone("historia-larga")
    phone.call("GET", f"/v1/accounts/{phone.accounts()[0]['id']}/movements", headers={"Accept": "text/csv"})
    file = tmp_path / "long.jsonl"
    sandbox("record", "-s", "long", "--out", str(file))
    assert "3 exchanges, the same to the byte" in sandbox("replay", str(file))
    *before, last = file.read_text(encoding="utf-8").splitlines()
    body = json.loads(last)["answer"]["body"]
    other = {"sha256": "0" * 64}
    # The last two are as recordings of earlier versions told of long answers.
    for change in ({"bytes": body["bytes"] + 1}, other, other | {"head": "date"}, other | {"head": "!"}):
        exchange = json.loads(last)
        exchange["answer"]["body"] |= change
        file.write_text("\n".join([*before, json.dumps(exchange)]), encoding="utf-8")
        difference = sandbox.json("replay", str(file), status=1)["difference"]
        assert (difference["number"], difference["what"]) == (3, "body")
        assert difference["recorded"] != difference["replayed"]
    login = json.loads(before[1])
    login["answer"]["body"]["shown"]["member"]["greeting"] = "¡Hola!"
    login["answer"]["body"] |= other
    file.write_text("\n".join([before[0], json.dumps(login), *before[2:]]), encoding="utf-8")
    difference = sandbox.json("replay", str(file), status=1)["difference"]
    assert difference["recorded"] == 'body.member.greeting: "¡Hola!"', "what is redacted is not compared"
    sandbox("delete", "long")


def test_a_bank_that_lives_is_replayed_as_it_lived(sandbox: Shell, server: Server, tmp_path: Path) -> None:
    file = tmp_path / "lives.jsonl"
    made = server.client.post("/_sandbox/sandboxes", json={"name": "lives", "life": "busy"})
    assert made.status_code == 201, made.text
    sandbox("record", "-s", "lives")
    bank = bank_of(server.client, "lives")
    bank.clock.advance("P9D")
    phone = bank.phone("al-dia")
    account = phone.savings()[0]["id"]
    assert phone.send(operations.list_movements(account, from_="2026-11-24", to="2026-12-31"))["items"]
    sandbox("record", "-s", "lives", "--out", str(file))
    assert "the same to the byte" in sandbox("replay", str(file))
    head, *exchanges = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([head.replace('"busy"', '"off"'), *exchanges]), encoding="utf-8")
    difference = sandbox.json("replay", str(file), status=1)["difference"]
    assert difference["request"].startswith("POST /_sandbox/clock/advance")
    assert difference["what"] == "effects"
    sandbox("delete", "lives")


def test_what_is_no_recording_is_told(sandbox: Shell, tmp_path: Path) -> None:
    file = tmp_path / "x"
    assert "No such file" in sandbox("replay", str(file), status=2)
    head = '{"recording": 1, "seed": "x", "members": 1, "clock_start": "x"}'
    for text in ("", "{", "[]", '{"a": 1}', '{"recording": 1}', f'{head}\n{{"method": "GET"}}'):
        file.write_text(text)
        assert "is no recording" in sandbox("replay", str(file), status=2)
    assert "not_recording" in sandbox("record", "--out", str(file), status=1)
