"""Sandboxes as databases of a PostgreSQL server: made, copied, replaced and dropped as files are."""

import json
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient

from sandbox.app import Application, create_app
from sandbox.kernel.features import FEATURES
from sandbox.settings import Settings
from sandbox.starting import CannotStart
from sandbox.storage.errors import Conflict, ServerGone
from sandbox.testing import Sandbox
from tests import goldens, postgres
from tests.answers import answered, assert_problem
from tests.databases import content, database, server_of
from tests.transport import bank_of, registry_of, serving

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
pytestmark = pytest.mark.slow

Start = Callable[..., AbstractContextManager[TestClient]]


@pytest.fixture
def start(settings: Settings, tmp_path: Path, url: str) -> Start:
    """Starts the bank on a data directory, by default one of the test's own and on the server."""

    @contextmanager
    def starting(data: str = "data", **changes: object) -> Iterator[TestClient]:
        own = {"data_dir": tmp_path / data, "members": 12, "database_url": url, "database_spares": 1} | changes
        made = settings.model_copy(update=own)
        goldens.place(made)
        with serving(create_app(made)) as client:
            yield client

    return starting


@pytest.fixture
def names(url: str) -> Callable[[], set[str]]:
    """The databases on the server that are some installation's."""

    return lambda: set(postgres.databases(url))


def used(bank: Sandbox) -> Sandbox:
    """A bank with a transfer that waits, one that is done, and a rule and a fault of its own."""
    phone = bank.phone("al-dia")
    phone.transfer("1.00")
    phone.confirm(phone.transfer("2.00"))
    control(bank, "POST", "/faults", json={"match": {"operation_id": "listBeneficiaries"}, "effect": {"status": 500}})
    return bank


def control(bank: Sandbox, method: str, path: str, **options: Any) -> Any:
    """A call of the control plane that must succeed; its JSON."""
    return answered(bank.call(method, f"/_sandbox{path}", **options))


def rows(bank: Sandbox) -> dict[str, Any]:
    """All it holds, but for what a start counts and where the clock is."""
    found = content(registry_of(bank.connection.client).get(bank.name))
    found["sandbox_fact"] = [
        (key, value) for key, value in found["sandbox_fact"] if not key.startswith(("clock_", "starts"))
    ]
    return found


def until(holds: Callable[[], bool]) -> None:
    """Wait for what is done aside."""
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_what_is_imported_names_no_database(start: Start, names: Callable[[], set[str]], tmp_path: Path) -> None:
    """A file that says what the file of another sandbox says is refused, and the database that it names stays."""
    with start() as client:
        other = used(bank_of(client))
        forged = (tmp_path / "data" / "sandboxes" / "default" / "bank.json").read_bytes()
        with other.fork("mine") as mine:
            assert_problem(mine.call("POST", "/_sandbox/import", content=forged), 422, "import_refused")
            mine.ledger.assert_balanced()
        assert json.loads(forged)["database"] in names()
        other.ledger.assert_balanced()


def test_a_bank_moves_between_the_engines_in_both_directions(start: Start) -> None:
    with start() as server, start("files", database_url="") as files:
        first = used(bank_of(server))
        first.clock.freeze()
        on_server = rows(first)
        second = bank_of(files)
        second.import_(first.export())
        assert rows(second) == on_server
        second.ledger.assert_balanced()
        assert control(second, "GET", "/faults")["items"][0]["hits"] == 0
        phone = second.phone("al-dia")  # goes on where it was: keys and codes, too
        phone.confirm(phone.transfer("3.00"))
        second.clock.freeze()
        in_a_file = rows(second)
        first.import_(second.export())
        assert rows(first) == in_a_file
        first.ledger.assert_balanced()
        phone = first.phone("al-dia")
        phone.confirm(phone.transfer("4.00"))
        first.ledger.assert_balanced()


@pytest.mark.parametrize("features", [",".join(FEATURES), ""])
def test_forks_snapshots_and_resets_hold_what_they_should(start: Start, features: str) -> None:
    with start(database_features=features) as client:
        bank = used(bank_of(client))
        bank.clock.freeze()
        before = rows(bank)
        client.post("/_sandbox/sandboxes", json={"name": "fork", "from": "default"}).raise_for_status()
        fork = rows(bank_of(client, "fork"))
        assert {name: table for name, table in fork.items() if name != "sandbox_fact"} == {
            name: table for name, table in before.items() if name != "sandbox_fact"
        }
        control(bank, "POST", "/snapshots", json={"name": "kept"})
        phone = bank.phone("al-dia")
        phone.confirm(phone.transfer("5.00"))
        assert rows(bank) != before
        control(bank, "POST", "/snapshots/kept/restore")
        assert rows(bank) == before
        control(bank, "POST", "/reset")
        assert len(before["transfer"]) - len(rows(bank)["transfer"]) == 2
        bank_of(client, "fork").ledger.assert_balanced()
        assert [each["state"] for each in client.get("/_sandbox/sandboxes").json()["items"]] == ["ready", "ready"]


def test_what_is_deleted_or_replaced_leaves_no_database(start: Start, names: Callable[[], set[str]]) -> None:
    with start() as client:
        registry = registry_of(client)
        control(bank_of(client), "POST", "/reset")
        client.post("/_sandbox/sandboxes", json={"name": "gone"}).raise_for_status()
        bank_of(client, "gone").delete(permanent=True)
        kept = {server_of(registry).named_by(registry.get("default").path)}
        until(lambda: len(names_of(client, names)) == 3)  # with the template and a spare
        assert kept < names_of(client, names)


def test_a_deleted_sandbox_comes_back_also_after_the_next_start(start: Start) -> None:
    with start() as client:
        client.post("/_sandbox/sandboxes", json={"name": "back"}).raise_for_status()
        bank = used(bank_of(client, "back"))
        bank.clock.freeze()
        before = rows(bank)
        bank.delete()
    with start() as client:
        bank = bank_of(client, "back")
        (deleted,) = bank.deleted()
        assert deleted["size_bytes"] > postgres.size_of(1_000_000)  # of its database on the server
        bank.undelete()
        assert rows(bank) == before
        bank.ledger.assert_balanced()


def names_of(client: TestClient, names: Callable[[], set[str]]) -> set[str]:
    """The databases of one installation."""
    prefix = server_of(registry_of(client))._prefix
    return {name for name in names() if name.startswith(prefix)}


def test_the_next_start_finds_its_sandboxes_and_drops_what_was_unfinished(
    start: Start, names: Callable[[], set[str]]
) -> None:
    with start() as client:
        bank = used(bank_of(client))
        bank.clock.freeze()
        before = rows(bank)
        until(lambda: len(names_of(client, names)) == 3)
        engine = server_of(registry_of(client))
        unfinished = engine._cluster.create()
        template = engine._name_of_template(goldens.golden_path(cast(Application, client.app).server.settings))
    with start() as client:
        until(lambda: unfinished not in names())
        assert template in names()
        assert rows(bank_of(client)) == before


def test_two_installations_share_a_server_and_do_not_meet(start: Start, names: Callable[[], set[str]]) -> None:
    with start() as first:
        used(bank_of(first))
        until(lambda: len(names_of(first, names)) == 3)
        theirs = names_of(first, names)
        with start("other") as second:
            control(bank_of(second), "POST", "/reset")
            assert names_of(second, names).isdisjoint(theirs)
        assert names_of(first, names) == theirs
        bank_of(first).ledger.assert_balanced()


@pytest.mark.parametrize("features", [",".join(FEATURES), ""])
def test_temporary_databases_are_dropped_at_the_end_and_no_others(
    start: Start, names: Callable[[], set[str]], features: str
) -> None:
    with start() as first:
        with start("gone", database_temporary=True, database_features=features) as client:
            used(bank_of(client))
            client.post("/_sandbox/sandboxes", json={"name": "fork", "from": "default"}).raise_for_status()
            until(lambda: len(names_of(client, names)) == 4)
            assert len(names_of(client, names)) == 4
        assert names_of(client, names) == set()
        assert names_of(first, names)
        bank_of(first).ledger.assert_balanced()


def test_features_that_there_are_not_are_told() -> None:
    with pytest.raises(ValidationError, match="strategie: there are template, strategy"):
        Settings(database_features="template, strategie")


def test_a_database_that_was_dropped_by_hand_is_told_and_replaced(start: Start, url: str) -> None:
    with start() as client:
        client.post("/_sandbox/sandboxes", json={"name": "hurt"}).raise_for_status()
        bank, registry = bank_of(client, "hurt"), registry_of(client)
        postgres.drop(url, server_of(registry).named_by(registry.get("hurt").path))
        assert_problem(bank.call("GET", "/_sandbox/members"), 409, "sandbox_damaged")
        (listed,) = [each for each in client.get("/_sandbox/sandboxes").json()["items"] if each["name"] == "hurt"]
        assert (listed["state"], listed["reason"]) == ("damaged", "its database is missing on the server")
        control(bank, "POST", "/reset")
        bank.ledger.assert_balanced()


def test_a_file_that_the_server_cannot_store_is_refused(start: Start, tmp_path: Path) -> None:
    with start() as client:
        bank = bank_of(client)
        file = tmp_path / "nul.sqlite"
        file.write_bytes(bank.export())
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute("UPDATE member SET description = 'a' || char(0) || 'b' WHERE id = 1")
        answer = bank.call("POST", "/_sandbox/import", content=file.read_bytes())
        assert_problem(answer, 422, "import_refused")
        assert "the server cannot store what it holds" in answer.json()["detail"]
        bank.ledger.assert_balanced()


@pytest.mark.parametrize("first", [True, False])
def test_a_directory_of_another_engine_is_told_as_such(start: Start, first: bool) -> None:
    def engine(is_server: bool) -> dict[str, str]:
        return {} if is_server else {"database_url": ""}

    with start(**engine(first)):
        pass
    with start(**engine(not first)) as client:
        (listed,) = client.get("/_sandbox/sandboxes").json()["items"]
        told = "its database is of another engine: export it there, and import it here"
        assert (listed["state"], listed["reason"]) == ("damaged", told)
        answer = client.get("/_sandbox/members")
        assert_problem(answer, 409, "sandbox_damaged")
        assert told in answer.json()["detail"]


def test_a_copy_of_a_directory_does_not_start_and_drops_nothing(start: Start, tmp_path: Path) -> None:
    """One that was moved does."""
    with start() as client:
        bank = used(bank_of(client))
        bank.clock.freeze()
        before = rows(bank)
        shutil.copytree(tmp_path / "data", tmp_path / "copy")
        with (
            pytest.raises(CannotStart, match=r"copy is a copy of .*/data, with whose databases it would work"),
            start("copy"),
        ):
            pass
        assert rows(bank) == before
    (tmp_path / "data").rename(tmp_path / "moved")
    with start("moved") as client:
        assert rows(bank_of(client)) == before


def test_a_lost_server_is_told_and_found_again(start: Start, settings: Settings) -> None:
    programs = postgres.programs()
    assert programs is not None
    # Where it is not to be told what a COMMIT waits for, it decides by itself.
    waiting = f"{postgres.UNSAFE} -c synchronous_commit=on"
    with (
        postgres.server(programs, waiting) as home,
        start(database_url=postgres.url(home), database_durable=True) as client,
    ):
        bank = used(bank_of(client))
        bank.clock.freeze()
        before = rows(bank)
        postgres.stop(home)
        answer = bank.call("GET", "/_sandbox/faults")
        assert_problem(answer, 503, "storage_unreachable")
        assert answer.headers["retry-after"] == "1"
        postgres.start(programs, home)
        assert bank.call("GET", "/_sandbox/faults").status_code == 200
        assert rows(bank) == before
        bank.ledger.assert_balanced()


def test_without_a_server_it_does_not_start(start: Start) -> None:
    with pytest.raises(CannotStart, match="SANDBOX_DATABASE_URL"), start(database_url="postgresql:///x?host=/nowhere"):
        pass


def conflicts(client: TestClient) -> float:
    lines = client.get("/metrics").text.splitlines()
    (told,) = [line for line in lines if line.startswith("sandbox_conflicts_total ")]
    return float(told.split()[1])


def transfers(client: TestClient) -> int:
    """How many there are in the default sandbox."""
    (number,) = database(registry_of(client).get("default")).execute("SELECT count(*) FROM transfer").fetchone()
    return int(number)


@pytest.mark.parametrize(("failures", "status"), [(1, 201), (4, 201), (5, 503)])
def test_a_unit_that_met_a_conflict_is_done_again_and_not_for_ever(
    start: Start, monkeypatch: pytest.MonkeyPatch, failures: int, status: int
) -> None:
    from sandbox.storage.server.link import Link

    with start() as client:
        bank = bank_of(client)
        phone = bank.phone("al-dia")
        order, before, ordered = phone.order("1.00"), conflicts(client), transfers(client)
        commit, left = Link.commit, [failures]

        async def failing(self: Link, ended: Callable[[], None]) -> None:
            if left[0]:
                left[0] -= 1
                raise Conflict("could not serialize access", "40001")
            await commit(self, ended)

        bank.clock.freeze()
        with monkeypatch.context() as patch:
            patch.setattr(Link, "commit", failing)
            answer = phone.call("POST", "/v1/transfers", json=order)
        assert answer.status_code == status, answer.text
        assert conflicts(client) - before == failures
        if status == 503:
            assert_problem(answer, 503, "storage_busy")
        assert transfers(client) - ordered == (status == 201)
        bank.ledger.assert_balanced()


def test_a_commit_that_was_lost_is_not_done_again(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it took place is not known: the client sends it again with its key."""
    from sandbox.storage.server.link import Link

    with start() as client:
        bank = bank_of(client)
        phone = bank.phone("al-dia")
        order, ordered = phone.order("1.00"), transfers(client)
        bank.clock.freeze()
        commit = Link.commit
        tried = 0

        async def lost(self: Link, ended: Callable[[], None]) -> None:
            nonlocal tried
            tried += 1
            await commit(self, ended)
            raise ServerGone("the connection was lost")

        headers = {"Idempotency-Key": "once"}
        with monkeypatch.context() as patch:
            patch.setattr(Link, "commit", lost)
            assert_problem(phone.call("POST", "/v1/transfers", json=order, headers=headers), 503, "storage_unreachable")
        assert tried == 1
        again = phone.call("POST", "/v1/transfers", json=order, headers=headers)
        assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
        assert transfers(client) - ordered == 1
        bank.ledger.assert_balanced()
