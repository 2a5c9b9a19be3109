"""A bank for every test."""

import asyncio
import contextlib
import itertools
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from sandbox.app import create_app
from sandbox.control import sandboxes as control
from sandbox.sandboxes.bounds import Bounds
from sandbox.sandboxes.registry import Registry
from sandbox.settings import Settings
from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json, assert_problem
from tests.transport import bank_of, registry_of, serving

pytestmark = pytest.mark.slow

_COUNT = itertools.count(1)


def test_what_happens_in_one_bank_is_unknown_in_another(phone: Phone, client) -> None:
    made = client.post("/_sandbox/sandboxes", json={"name": "neighbour"})
    assert made.status_code == 201
    neighbour = bank_of(client, "neighbour")
    twin = neighbour.phone(neighbour.members.all()[0])
    transfer = phone.transfer("10.00")
    assert twin.send(operations.list_transfers())["items"] == []
    assert_problem(twin.call("GET", f"/v1/transfers/{transfer['id']}"), 404, "not_found")
    client.delete("/_sandbox/sandboxes/neighbour")


def test_a_reset_brings_the_first_day_back(phone: Phone) -> None:
    before = phone.accounts()
    transfer = phone.transfer("10.00")
    phone.confirm(transfer["challenge"]["id"])
    phone.sandbox.clock.advance("P1M")
    phone.sandbox.reset()
    assert_problem(phone.call("GET", "/v1/me"), 401, "invalid_token")
    phone.sandbox.clock.freeze()
    phone.log_in()
    assert phone.accounts() == before
    assert phone.sandbox.send(operations.list_requests(operation_id="createTransfer"))["items"] == []
    phone.sandbox.ledger.assert_balanced()


def test_a_removed_bank_is_gone(client) -> None:
    client.post("/_sandbox/sandboxes", json={"name": "short-lived"})
    assert client.delete("/_sandbox/sandboxes/short-lived").status_code == 204
    assert_problem(client.get("/_sandbox/info", headers={"X-Sandbox": "short-lived"}), 404, "sandbox_not_found")
    assert_problem(client.delete("/_sandbox/sandboxes/short-lived"), 404, "sandbox_not_found")
    assert client.post("/_sandbox/sandboxes", json={"name": "short-lived"}).status_code == 201
    client.delete("/_sandbox/sandboxes/short-lived")


def test_the_default_bank_stays(client) -> None:
    assert_problem(client.delete("/_sandbox/sandboxes/default"), 409, "default_sandbox_stays")


def test_a_name_is_given_once(bank: Sandbox, client) -> None:
    assert_problem(client.post("/_sandbox/sandboxes", json={"name": bank.name}), 409, "sandbox_exists")
    names = [item["name"] for item in client.get("/_sandbox/sandboxes").json()["items"]]
    assert bank.name in names


@pytest.mark.parametrize(
    "name", ["", "..", "../x", "a/b", "A", "a b", "x" * 64, "-a", "a-", ".hidden", "a\\b", "ñ", "con:1"]
)
def test_no_path_can_be_smuggled_into_a_name(client, name: str) -> None:
    assert_problem(client.post("/_sandbox/sandboxes", json={"name": name}), 422, "invalid_sandbox_name")


def test_two_banks_of_the_same_seed_answer_alike(client) -> None:
    answers = []
    for name in ("twin-a", "twin-b"):
        client.post("/_sandbox/sandboxes", json={"name": name, "clock": {"rate": 0}})
        bank = bank_of(client, name)
        phone = bank.phone(bank.members.all()[0])
        transfer = phone.transfer("10.00")
        confirmed = phone.call(phone.confirmation(transfer["challenge"]["id"]))
        answers.append(
            (
                phone.session,
                transfer,
                confirmed.content,
                phone.send(operations.list_notifications()),
                bank.ledger.audit(),
            )
        )
        client.delete(f"/_sandbox/sandboxes/{name}")
    assert answers[0] == answers[1]


def made(client: Any, name: str, **body: Any) -> Sandbox:
    answer = client.post("/_sandbox/sandboxes", json={"name": name} | body)
    assert answer.status_code == 201, answer.text
    return bank_of(client, name)


@pytest.fixture
def names(client: Any) -> Iterator[Callable[[], str]]:
    """Names for sandboxes that are gone after the test."""
    given = []

    def name() -> str:
        given.append(f"n{next(_COUNT)}")
        return given[-1]

    yield name
    for each in given:
        client.delete(f"/_sandbox/sandboxes/{each}")


def test_a_sandbox_is_made_frozen_at_a_moment_with_a_seed_and_members(client: Any, names: Any) -> None:
    wanted = {"seed": "otra", "members": 25, "clock": {"now": "2027-03-01T08:00:00-05:00", "rate": 0}}
    bank = made(client, names(), **wanted)
    shown = bank.send(operations.get_sandbox(bank.name))
    assert shown == {
        "name": bank.name, "base_path": f"/s/{bank.name}", "seed": "otra", "members": 25,
        "now": "2027-03-01T08:00:00-05:00", "rate": 0.0, "life": "off",
    }  # fmt: skip
    assert len(bank.members.all()) == 25
    phone = bank.phone("al-dia")
    dates = [each["date"] for each in phone.send(operations.list_movements(phone.savings()[0]["id"]))["items"]]
    assert "2027-02-20" < max(dates) < "2027-03-02"
    phone.transfer("1.00")
    assert bank.reset()["now"].startswith("2027-03-01T08:00")
    assert len(bank.members.all()) == 25
    bank.ledger.assert_balanced()


def test_a_fork_goes_on_where_its_parent_stands_and_apart_from_it(phone: Phone, client: Any, names: Any) -> None:
    transfer = phone.transfer("10.00")
    fork = made(client, names(), **{"from": phone.sandbox.name})
    twin = Phone(fork, phone.member, phone.token)
    assert twin.send(operations.get_transfer(transfer["id"]))["status"] == "pending_confirmation"
    twin.confirm(transfer["challenge"]["id"])
    assert phone.send(operations.get_transfer(transfer["id"]))["status"] == "pending_confirmation"
    assert fork.clock.read() == phone.sandbox.clock.read()
    fork.ledger.assert_balanced()
    phone.sandbox.ledger.assert_balanced()


def test_a_fork_starts_later_and_what_was_due_has_run(client: Any, bank: Sandbox, names: Any) -> None:
    bank.phone("interbancaria-en-camino")
    later = made(client, names(), **{"from": bank.name, "clock": {"now": "2026-12-24T12:00:00-05:00", "rate": 0}})
    assert later.clock.read()["now"] == "2026-12-24T12:00:00-05:00"
    there = later.phone("interbancaria-en-camino")
    assert {each["status"] for each in there.send(operations.list_transfers())["items"]} == {"settled"}
    past = {"name": names(), "from": bank.name, "clock": {"now": "2020-01-01T00:00:00-05:00"}}
    assert_problem(client.post("/_sandbox/sandboxes", json=past), 422, "clock_goes_forward")
    assert past["name"] not in [each["name"] for each in client.get("/_sandbox/sandboxes").json()["items"]]


def test_a_snapshot_is_come_back_to_time_and_all(phone: Phone) -> None:
    bank = phone.sandbox
    before = phone.accounts()
    kept = bank.snapshot("antes")
    assert (kept["name"], kept["usable"]) == ("antes", True)
    phone.confirm(phone.transfer("10.00"))
    bank.clock.advance("P40D")
    assert bank.restore("antes")["now"] == "2026-11-23T09:15:00-05:00"
    assert phone.accounts() == before
    bank.restore("antes")
    bank.ledger.assert_balanced()
    bank.delete_snapshot("antes")
    assert bank.snapshots() == []
    assert_problem(bank.call("POST", "/_sandbox/snapshots/antes/restore"), 404, "snapshot_not_found")
    assert_problem(bank.call("DELETE", "/_sandbox/snapshots/antes"), 404, "snapshot_not_found")


def test_a_sandbox_is_made_from_a_snapshot(phone: Phone, client: Any, names: Any) -> None:
    phone.sandbox.snapshot("k")
    transfer = phone.transfer("10.00")
    fork = made(client, names(), **{"from": f"{phone.sandbox.name}@k"})
    assert_problem(
        Phone(fork, phone.member, phone.token).call("GET", f"/v1/transfers/{transfer['id']}"), 404, "not_found"
    )


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"from": "nobody"}, 404, "sandbox_not_found"),
        ({"from": "default@nothing"}, 404, "snapshot_not_found"),
        ({"from": "../x@y"}, 404, "sandbox_not_found"),
        ({"from": "default", "seed": "x"}, 422, "validation_failed"),
        ({"from": "a@b@c"}, 404, "sandbox_not_found"),
        ({"clock": {"now": "yesterday"}}, 422, "validation_failed"),
        ({"clock": {"rate": -1}}, 422, "validation_failed"),
        ({"members": -1}, 422, "validation_failed"),
        ({"rules": {"otp": "settings: ["}}, 422, "rules_invalid"),
        ({"rules": {"nope": ""}}, 404, "not_found"),
        ({"nope": 1}, 422, "validation_failed"),
    ],
)
def test_what_cannot_be_made_leaves_nothing(client: Any, body: Json, status: int, code: str) -> None:
    def names() -> list[str]:
        return [each["name"] for each in client.get("/_sandbox/sandboxes").json()["items"]]

    before = names()
    assert_problem(client.post("/_sandbox/sandboxes", json={"name": "impossible"} | body), status, code)
    assert names() == before


def test_a_snapshot_has_a_name_and_has_it_once(bank: Sandbox) -> None:
    assert_problem(bank.call("POST", "/_sandbox/snapshots", json={"name": "../x"}), 422, "invalid_sandbox_name")
    bank.snapshot("x")
    assert_problem(bank.call("POST", "/_sandbox/snapshots", json={"name": "x"}), 409, "snapshot_exists")


def test_a_snapshot_of_another_version_is_refused_with_the_reason(bank: Sandbox, client: Any) -> None:
    bank.snapshot("old")
    path = registry_of(client).get(bank.name).snapshots / "old.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE sandbox_fact SET value = 'abc' WHERE key = 'schema_version'")
    assert bank.snapshots()[0]["usable"] is False
    told = assert_problem(bank.call("POST", "/_sandbox/snapshots/old/restore"), 409, "snapshot_of_another_version")
    assert "abc" in told["detail"]
    bank.ledger.assert_balanced()


def test_what_is_carried_away_is_brought_in_elsewhere(phone: Phone, client: Any, names: Any) -> None:
    transfer = phone.transfer("10.00")
    carried = phone.sandbox.call("GET", "/_sandbox/export")
    assert carried.headers["content-type"] == "application/vnd.sqlite3"
    assert f'filename="{phone.sandbox.name}.sqlite"' in carried.headers["content-disposition"]
    other = made(client, names())
    other.send(operations.import_sandbox(carried.content))
    twin = Phone(other, phone.member, phone.token)
    twin.confirm(transfer["challenge"]["id"])
    other.ledger.assert_balanced()


def altered(database: bytes, path: Path, *sql: str) -> bytes:
    path.write_bytes(database)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for statement in sql:
            connection.execute(statement)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.read_bytes()


BAD_FILES = {
    "is no SQLite database": lambda good, path: b"hello",
    "damaged|malformed|cannot be read": lambda good, path: good[:2048] + b"\xff" * 40_000 + good[42_048:],
    "another program's": lambda good, path: altered(b"", path, "CREATE TABLE x (y)"),
    "schema is version abc": lambda good, path: altered(good, path, "DROP TABLE event", "UPDATE sandbox_fact SET value='abc' WHERE key='schema_version'"),
    "schema is not ours: sneaky": lambda good, path: altered(good, path, "CREATE TRIGGER sneaky AFTER INSERT ON event BEGIN DELETE FROM posting; END"),
    "books do not balance": lambda good, path: altered(good, path, "UPDATE account SET book = book + 100 WHERE id = 101"),
    "books do not balance: posting [0-9]+ moves 9223372036854775807 cents": lambda good, path: altered(good, path, *[f"UPDATE posting SET amount = {2**63 - 1} WHERE id = (SELECT {end}(id) FROM posting WHERE account_id = 1)" for end in ("min", "max")]),
    "its content is not valid": lambda good, path: altered(good, path, "UPDATE sandbox_fact SET value='zz' WHERE key='secret'"),
    "keys it would give next": lambda good, path: altered(good, path, "INSERT INTO sqlite_sequence VALUES ('webhook', 9223372036854775807)"),
    "next make no sense": lambda good, path: altered(good, path, "INSERT INTO sqlite_sequence VALUES ('webhook', 'x')"),
    "rows that are not there": lambda good, path: altered(good, path, "UPDATE device SET member_id = 999999 WHERE id = 1"),
}  # fmt: skip


@pytest.mark.parametrize("reason", BAD_FILES)
def test_a_file_that_is_no_sandbox_replaces_nothing(phone: Phone, tmp_path: Path, reason: str) -> None:
    transfer = phone.transfer("10.00")
    good = phone.sandbox.call("GET", "/_sandbox/export").content
    bad = BAD_FILES[reason](good, tmp_path / "x.sqlite")
    told = assert_problem(phone.sandbox.call("POST", "/_sandbox/import", content=bad), 422, "import_refused")
    assert re.search(reason, told["detail"]), told["detail"]
    assert phone.send(operations.get_transfer(transfer["id"]))["status"] == "pending_confirmation"
    phone.sandbox.ledger.assert_balanced()


@pytest.mark.parametrize("name", ["../../evil", "a/b", "..", "no-such", "x" * 300])
def test_nothing_is_received_for_a_sandbox_there_is_not(
    client: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    received: list[Path] = []

    async def receive(_: object, file: Path, maximum: int) -> None:
        received.append(file)

    monkeypatch.setattr(control, "_receive", receive)
    answer = client.post("/_sandbox/import", content=b"anything", headers={"X-Sandbox": name})
    assert_problem(answer, 404, "sandbox_not_found")
    assert received == []


def test_few_are_open_and_a_sleeper_wakes_as_it_was(settings: Settings, tmp_path: Path) -> None:
    own = settings.model_copy(update={"data_dir": tmp_path, "max_open_sandboxes": 2, "max_sandboxes": 5})
    with serving(create_app(own)) as client:
        registry = registry_of(client)
        first = made(client, "first", clock={"rate": 0})
        phone = first.phone("al-dia")
        transfer = phone.transfer("1.00")
        for name in ("second", "third", "fourth"):
            made(client, name).clock.read()
        assert len(registry.awake()) <= 2
        assert registry.get("first").asleep
        phone.confirm(transfer["challenge"]["id"])
        assert first.send(operations.list_requests(operation_id="createTransfer"))["items"]
        first.ledger.assert_balanced()
        answer = client.post("/_sandbox/sandboxes", json={"name": "sixth"})
        assert_problem(answer, 409, "too_many_sandboxes")


async def test_who_is_not_used_is_removed_when_the_settings_say_so(settings: Settings, tmp_path: Path) -> None:
    own = settings.model_copy(update={"data_dir": tmp_path})
    app = await asyncio.to_thread(create_app, own)
    registry: Registry = app.registry
    registry.bounds = Bounds(idle_seconds=60)
    bank = await registry.create("idle")
    assert await registry.remove_idle(bank.used_at + 59) == []
    assert await registry.remove_idle(bank.used_at + 61) == ["idle"]
    assert registry.names() == ["default"]
    await registry.close()
    app._unlock()


def test_an_unknown_name_is_forked_from_the_seed_when_the_settings_say_so(settings: Settings, tmp_path: Path) -> None:
    own = settings.model_copy(update={"data_dir": tmp_path, "auto_create": True})
    with serving(create_app(own)) as client:
        assert client.get("/_sandbox/info", headers={"X-Sandbox": "worker-7"}).json()["sandbox"] == "worker-7"
        assert_problem(client.get("/_sandbox/info", headers={"X-Sandbox": "../x"}), 404, "sandbox_not_found")


async def test_requests_in_flight_see_all_of_before_or_all_of_after(settings: Settings, tmp_path: Path) -> None:
    own = settings.model_copy(update={"data_dir": tmp_path})
    app = await asyncio.to_thread(create_app, own)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        await client.post("/_sandbox/snapshots", json={"name": "s"})

        async def poke(number: int) -> int:
            where = ("/_sandbox/snapshots/s/restore", "/_sandbox/reset", "/_sandbox/members", "/_sandbox/ledger/audit")
            path = where[number % 4]
            return (await client.request("GET" if number % 4 > 1 else "POST", path)).status_code

        statuses = await asyncio.gather(*(poke(number) for number in range(40)))
        assert set(statuses) == {200}
        assert (await client.get("/_sandbox/ledger/audit")).json()["balanced"]
    await app.registry.close()
    app._unlock()


async def test_two_file_operations_at_once_exclude_each_other(settings: Settings, tmp_path: Path) -> None:
    own = settings.model_copy(update={"data_dir": tmp_path / "data"})
    app = await asyncio.to_thread(create_app, own)
    registry: Registry = app.registry
    await registry.snapshot("default", "s")
    for number in range(10):
        exported_to, *_ = await asyncio.gather(
            registry.export("default"),
            registry.reset("default"),
            registry.restore("default", "s"),
            registry.create(f"fork-{number}", parent=("default", None)),
        )
        with contextlib.closing(sqlite3.connect(exported_to)) as exported:
            assert exported.execute("PRAGMA quick_check").fetchall() == [("ok",)]
    assert len(registry.names()) == 11
    await registry.close()
    app._unlock()
