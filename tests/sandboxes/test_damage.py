"""Damaged, truncated, empty and missing files: told as that, healed by what replaces them, and never served."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from sandbox.testing import Sandbox, operations
from tests.answers import assert_problem
from tests.databases import file_of
from tests.sandboxes.conftest import Start
from tests.transport import bank_of, registry_of

pytestmark = [pytest.mark.slow, pytest.mark.sqlite("files that are damaged or taken away")]


def scribble(path: Path) -> None:
    """Overwrite pages in the middle."""
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2 // 1024 * 1024)
        file.write(b"\xa5" * 40_960)


def scratch(path: Path) -> None:
    """Overwrite one page, of a table that nothing at a glance looks at."""
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'posting'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)


def truncate(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 3)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def garbage(path: Path) -> None:
    path.write_bytes(b"this is no database, whatever its name says\n" * 1000)


def missing(path: Path) -> None:
    path.unlink()


WAYS: list[Callable[[Path], None]] = [scribble, scratch, truncate, empty, garbage, missing]
ways = pytest.mark.parametrize("damage", WAYS, ids=lambda damage: damage.__name__)


def made(client: TestClient, name: str, **body: Any) -> Sandbox:
    answer = client.post("/_sandbox/sandboxes", json={"name": name, "clock": {"rate": 0}} | body)
    assert answer.status_code == 201, answer.text
    return bank_of(client, name)


def spend(bank: Sandbox) -> None:
    phone = bank.phone("al-dia")
    phone.confirm(phone.transfer("10.00"))


def test_a_sandbox_whose_folder_is_taken_away_alone_is_damaged_and_heals(client: TestClient) -> None:
    bank, other = made(client, "taken"), made(client, "left")
    served = registry_of(client).get("taken")
    aside = served.home.with_name("aside")
    served.home.rename(aside)
    served.whole.note_missing()
    for path in ("/_sandbox/members", "/_sandbox/ledger/audit"):
        assert_problem(bank.call("GET", path), 409, "sandbox_damaged")
    spend(other)
    aside.rename(served.home)
    served.whole.note_missing()
    spend(bank)  # it came back
    shutil.rmtree(served.home)
    served.whole.note_missing()
    assert_problem(bank.call("GET", "/_sandbox/clock"), 409, "sandbox_damaged")
    bank.reset()
    spend(bank)
    bank.ledger.assert_balanced()
    assert listed(client)["taken"] == "ready"


def listed(client: TestClient) -> dict[str, str]:
    items = client.get("/_sandbox/sandboxes").json()["items"]
    return {each["name"]: each["state"] for each in items}


def database(data: Path, name: str) -> Path:
    return data / "sandboxes" / name / "bank.sqlite"


@ways
@pytest.mark.parametrize("cure", ["reset", "restore", "import", "delete"])
def test_a_damaged_sandbox_is_told_as_that_and_can_be_healed(
    start: Start, data: Path, damage: Callable[[Path], None], cure: str
) -> None:
    with start() as client:
        bank = made(client, "hurt")
        spend(bank)
        bank.snapshot("sound")
        good = bank.call("GET", "/_sandbox/export").content
    damage(database(data, "hurt"))
    with start() as client:
        bank = bank_of(client, "hurt")
        for method, path in (("GET", "/_sandbox/ledger/audit"), ("GET", "/v1/app"), ("GET", "/_sandbox/export")):
            assert_problem(bank.call(method, path), 409, "sandbox_damaged")
        told = assert_problem(bank.call("GET", "/_sandbox/ready"), 503, "not_ready")
        assert told["cause"] == "sandbox_damaged"
        assert assert_problem(client.get("/_sandbox/sandboxes/hurt"), 409, "sandbox_damaged")
        assert listed(client) == {"default": "ready", "hurt": "damaged"}
        assert bank_of(client).ledger.audit()["balanced"]
        if cure == "delete":
            assert client.delete("/_sandbox/sandboxes/hurt").status_code == 204
            assert listed(client) == {"default": "ready"}
            made(client, "hurt")
            assert bank_of(client, "hurt").snapshots() == []
            return
        if cure == "reset":
            bank.reset()
        elif cure == "restore":
            bank.restore("sound")
        else:
            assert bank.call("POST", "/_sandbox/import", content=good).status_code == 200
        assert bank.ledger.audit()["balanced"]
        bank.clock.freeze()
        spent = {each["status"] for each in bank.phone("al-dia").send(operations.list_transfers())["items"]}
        assert spent == (set() if cure == "reset" else {"completed"})
        assert listed(client) == {"default": "ready", "hurt": "ready"}
    assert not list((data / "unfinished").iterdir())


@ways
def test_the_server_starts_with_a_damaged_default_and_says_how_to_go_on(
    start: Start, data: Path, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    with start() as client:
        made(client, "other")
    damage(database(data, "default"))
    with start() as client:
        assert "/_sandbox/reset" in caplog.text
        assert client.get("/_sandbox/health").status_code == 200
        assert_problem(client.get("/_sandbox/ready"), 503, "not_ready")
        assert_problem(client.get("/v1/app"), 409, "sandbox_damaged")
        assert bank_of(client, "other").ledger.audit()["balanced"]
        assert client.post("/_sandbox/reset").status_code == 200
        assert client.get("/_sandbox/ready").status_code == 200
        assert bank_of(client).ledger.audit()["balanced"]


@ways
def test_a_damaged_golden_database_is_noticed_and_made_again(
    start: Start, data: Path, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    with start() as client:
        members = bank_of(client).members.all()
        spend(bank_of(client))
    (golden,) = data.glob("golden-*.sqlite")
    damage(golden)
    with start() as client:
        bank = bank_of(client)
        assert damage is missing or "is damaged" in caplog.text
        damage(golden)  # while the server runs, too
        fresh = made(client, "fresh")
        assert [each["name"] for each in fresh.members.all()] == [each["name"] for each in members]
        assert fresh.ledger.audit()["balanced"]
        damage(golden)
        bank.reset()
        assert bank.ledger.audit()["balanced"]
    with closing(sqlite3.connect(golden)) as connection:
        assert connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]


@ways
def test_a_damaged_snapshot_is_refused_and_the_others_stay_in_sight(
    start: Start, data: Path, damage: Callable[[Path], None]
) -> None:
    with start() as client:
        bank = bank_of(client)
        bank.clock.freeze()
        bank.snapshot("bad")
        bank.snapshot("good")
        damage(data / "sandboxes" / "default" / "snapshots" / "bad.sqlite")
    with start() as client:
        bank = bank_of(client)
        for _ in range(2):
            kept = {each["name"]: each["usable"] for each in bank.snapshots()}
            assert kept == ({"good": True} if damage is missing else {"good": True, "bad": False})
        refused = bank.call("POST", "/_sandbox/snapshots/bad/restore")
        fork = client.post("/_sandbox/sandboxes", json={"name": "f", "from": "default@bad"})
        if damage is missing:
            assert_problem(refused, 404, "snapshot_not_found")
            assert_problem(fork, 404, "snapshot_not_found")
        else:
            assert_problem(refused, 409, "snapshot_damaged")
            assert_problem(fork, 409, "snapshot_damaged")
            bank.delete_snapshot("bad")
        assert [each["name"] for each in bank.snapshots()] == ["good"]
        bank.restore("good")
        assert bank.ledger.audit()["balanced"]
        assert listed(client) == {"default": "ready"}


@ways
def test_an_import_that_is_damaged_changes_nothing(start: Start, data: Path, damage: Callable[[Path], None]) -> None:
    with start() as client:
        bank = bank_of(client)
        bank.clock.freeze()
        spend(bank)
        file = data / "carried.sqlite"
        file.write_bytes(bank.call("GET", "/_sandbox/export").content)
        damage(file)
        content = file.read_bytes() if file.exists() else b""
        assert_problem(bank.call("POST", "/_sandbox/import", content=content), 422, "import_refused")
        assert {each["status"] for each in bank.phone("al-dia").send(operations.list_transfers())["items"]} == {
            "completed"
        }
        assert bank.ledger.audit()["balanced"]
        assert not list((data / "unfinished").iterdir())


SENSELESS = {
    "a fault that is no JSON": "INSERT INTO fault (position, wanted, seen, hits, errors) VALUES (1, '{', 0, 0, 0)",
    "a fault that is none": "INSERT INTO fault (position, wanted, seen, hits, errors) VALUES (1, '{\"effect\": 5}', 0, 0, 0)",
    "a fault that is off and none": "INSERT INTO fault (position, wanted, seen, hits, errors, off) VALUES (1, '{}', 0, 0, 0, 1)",
    "kinds that are none": "INSERT INTO webhook (url, secret, kinds, active, after, created_at) VALUES ('http://127.0.0.1/', '', '{', 1, 0, 0)",
    "kinds of numbers": "INSERT INTO webhook (url, secret, kinds, active, after, created_at) VALUES ('http://127.0.0.1/', '', '[1]', 1, 0, 0)",
    "kinds that cannot be one": "INSERT INTO webhook (url, secret, kinds, active, after, created_at) VALUES ('http://127.0.0.1/', '', '[\"JUNK kind!\"]', 1, 0, 0)",
    "an empty kind": "INSERT INTO webhook (url, secret, kinds, active, after, created_at) VALUES ('http://127.0.0.1/', '', '[\"\"]', 1, 0, 0)",
    "an address of a file": "INSERT INTO webhook (url, secret, kinds, active, after, created_at) VALUES ('file:///etc/passwd', '', '[]', 1, 0, 0)",
    "a clock beyond all time": "UPDATE sandbox_fact SET value = '9000000000000000000' WHERE key = 'clock_anchor'",
    "a clock before all time": "UPDATE sandbox_fact SET value = '0' WHERE key = 'clock_anchor'",
    "a rate beyond reason": "UPDATE sandbox_fact SET value = '1000000000000000000' WHERE key = 'clock_rate_millis'",
    "a clock of letters": "UPDATE sandbox_fact SET value = 'noon' WHERE key = 'clock_anchor'",
    "no secret": "DELETE FROM sandbox_fact WHERE key = 'secret'",
    "a short secret": "UPDATE sandbox_fact SET value = 'abcd' WHERE key = 'secret'",
    "rules that do not hold": "INSERT INTO rule_override VALUES ('otp', 'settings: [', 0)",
    "rules there are none of": "INSERT INTO rule_override VALUES ('nope', 'x: 1', 0)",
    "an event that is no JSON": "INSERT INTO event (moment, kind, subject, subject_id, request_id, data) VALUES (1, 'a.b', 'trf', 1, 'x', '{')",
    "an event with a number for its data": "INSERT INTO event (moment, kind, subject, subject_id, request_id, data) VALUES (1, 'a.b', 'trf', 1, 'x', '1')",
    "a catalogue with a list for an entry": "UPDATE catalogue_entry SET data = '[]' WHERE id = 1",
    "a notice with words for its parameters": "UPDATE notification SET params = 'words'",
    "no institution": "DELETE FROM sandbox_fact WHERE key = 'institution'",
    "an institution without a name": "UPDATE sandbox_fact SET value = '{}' WHERE key = 'institution'",
    "an institution with a header in its realm": "UPDATE sandbox_fact SET value = replace(value, '\"realm\":\"cooprogreso\"', '\"realm\":\"x\\ny\"') WHERE key = 'institution'",
    "origins of letters": "UPDATE sandbox_fact SET value = 'many' WHERE key = 'members'",
}  # fmt: skip


@pytest.mark.parametrize("sql", SENSELESS.values(), ids=SENSELESS)
def test_an_import_whose_content_makes_no_sense_changes_nothing(start: Start, data: Path, sql: str) -> None:
    with start() as client:
        bank = bank_of(client)
        bank.clock.freeze()
        spend(bank)
        file = data / "carried.sqlite"
        file.write_bytes(bank.call("GET", "/_sandbox/export").content)
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute(sql)
        told = assert_problem(bank.call("POST", "/_sandbox/import", content=file.read_bytes()), 422, "import_refused")
        assert told["detail"]
        phone = bank.phone("al-dia")
        assert {each["status"] for each in phone.send(operations.list_transfers())["items"]} == {"completed"}
    with start() as client:
        assert bank_of(client).ledger.audit()["balanced"]


def test_damage_that_shows_while_a_sandbox_is_in_use_is_told_and_healed(start: Start, data: Path) -> None:
    with start() as client:
        bank = made(client, "hurt")
        spend(bank)
        bank.snapshot("s")  # folds the log: everything is in the file
        scribble(database(data, "hurt"))
        assert_problem(bank.call("GET", "/_sandbox/ledger/audit"), 409, "sandbox_damaged")
        bank.reset()
        assert bank.ledger.audit()["balanced"]


def test_a_connection_that_may_not_write_is_told_as_a_read_only_disk(start: Start) -> None:
    """As a disk that turns read-only under an open file looks to SQLite."""
    with start() as client:
        bank = bank_of(client)
        bank.clock.freeze()
        phone = bank.phone("al-dia")
        connection = file_of(registry_of(client).get("default")).connection
        connection.execute("PRAGMA query_only = ON")
        assert_problem(phone.call("POST", "/v1/transfers", json=phone.order()), 503, "storage_read_only")
        assert phone.send(operations.list_transfers())["items"] == []
        connection.execute("PRAGMA query_only = OFF")
        phone.transfer("1.00")
        bank.ledger.assert_balanced()
