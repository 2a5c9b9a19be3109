"""Connections that the server ends: what was not committed is done again, what may have been committed is not."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient

from sandbox.app import create_app
from sandbox.settings import Settings
from sandbox.testing import Phone
from tests import goldens
from tests.answers import answered, assert_problem
from tests.sandboxes.test_on_a_server import conflicts, transfers
from tests.transport import bank_of, registry_of, serving

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
pytestmark = pytest.mark.workers
IN_COMMIT = "SELECT count(*) > 0 FROM pg_stat_activity WHERE query = 'COMMIT' AND wait_event = 'PgSleep'"


@pytest.fixture(scope="module")
def server(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory, url: str
) -> Iterator[TestClient]:  # fixtures have the names that tests ask for
    """A bank on the server, for all tests of this module."""
    own = {"data_dir": tmp_path_factory.mktemp("lost"), "members": 12, "database_url": url, "database_spares": 1}
    made = settings.model_copy(update=own)
    goldens.place(made)
    with serving(create_app(made)) as client:
        yield client


@pytest.fixture
def client(server: TestClient) -> TestClient:
    """The same as it was at first, its clock frozen."""
    answered(server.post("/_sandbox/reset"))
    bank_of(server).clock.freeze()
    return server


@pytest.fixture
def phone(client: TestClient) -> Phone:
    return bank_of(client).phone("al-dia")


class Admin:
    """A connection to the database of the default sandbox that ends the others."""

    def __init__(self, client: TestClient, url: str) -> None:  # fixtures have the names that tests ask for
        path = registry_of(client).look_up("default").path
        database = json.loads(path.read_text())["database"]
        self.connection = psycopg.connect(url, dbname=database, autocommit=True)

    def end_all(self) -> int:
        """End every other connection, and wait until it has ended; gives how many there were. Others may be made
        meanwhile."""
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ended = self.connection.execute(f"SELECT pid, pg_terminate_backend(pid) {others}").fetchall()
        pids = ", ".join(str(pid) for pid, _ in ended)
        if pids:
            self.until(f"SELECT count(*) = 0 FROM pg_stat_activity WHERE pid IN ({pids})")
        return len(ended)

    def slow_commits_down(self, table: str) -> None:
        """Have a COMMIT take a minute where rows of the table were added or changed."""
        self.connection.execute(
            "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql "
            "AS 'BEGIN PERFORM pg_sleep(60); RETURN NULL; END'"
        )
        self.connection.execute(
            f"CREATE CONSTRAINT TRIGGER slow AFTER INSERT OR UPDATE ON {table} DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION dawdle()"
        )

    def speed_commits_up(self, table: str) -> None:
        """Have them take no time again."""
        self.connection.execute(f"DROP TRIGGER slow ON {table}")

    def until(self, query: str) -> None:
        """Wait until it is so on the server."""
        end = time.monotonic() + 30
        while not self.connection.execute(query).fetchone()[0]:
            assert time.monotonic() < end


@pytest.fixture
def admin(client: TestClient, url: str) -> Iterator[Admin]:  # fixtures have the names that tests ask for
    made = Admin(client, url)
    with made.connection:
        yield made


def test_a_connection_that_was_ended_while_no_unit_used_it_is_not_noticed(
    client: TestClient, phone: Phone, admin: Admin
) -> None:
    for _ in range(3):
        with ThreadPoolExecutor(4) as pool:
            for each in [pool.submit(phone.call, "GET", "/v1/products") for _ in range(8)]:
                answered(each.result())
        assert admin.end_all() >= 1
        answered(phone.call("POST", "/v1/transfers", json=phone.order("1.00")))
    admin.end_all()
    assert bank_of(client).clock.advance("PT1M")["rate"] == 0


@pytest.mark.parametrize("method", ["_begin", "append", "insert", "change", "commit"])
def test_a_unit_whose_connection_is_lost_is_done_again(
    client: TestClient, phone: Phone, admin: Admin, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    from sandbox.storage.server.unit import ServerUnit

    wanted, before, ordered = phone.order("1.00"), conflicts(client), transfers(client)
    real, ended = getattr(ServerUnit, method), 0

    async def losing(self: ServerUnit, *arguments: Any, **parameters: Any) -> Any:
        nonlocal ended
        result = None
        if method == "_begin":
            result = await real(self)
        if self.request_id.startswith("req_") and not ended:
            ended = admin.end_all()
        return result if method == "_begin" else await real(self, *arguments, **parameters)

    with monkeypatch.context() as patch:
        patch.setattr(ServerUnit, method, losing)
        answer = phone.call("POST", "/v1/transfers", json=wanted, headers={"Idempotency-Key": "once"})
    assert ended
    answered(answer)
    assert "idempotency-replayed" not in answer.headers
    assert transfers(client) - ordered == 1
    assert conflicts(client) == before, "nothing that others did stood in its way"
    bank_of(client).ledger.assert_balanced()
    once = phone.call("POST", "/v1/transfers", json=wanted)
    asked = [_asked(client, each.headers["x-request-id"]) for each in (answer, once)]
    assert asked[0] == asked[1] != [], "what the attempt asked that was undone is not told"


def _asked(client: TestClient, request: str) -> list[str]:
    """What the rules were asked in a request."""
    told = answered(client.get("/_sandbox/decisions", params={"request_id": request}))["items"]
    return [each["subject"] for each in told]


def test_a_unit_whose_connection_is_lost_in_its_commit_is_not_done_again(
    client: TestClient, phone: Phone, admin: Admin
) -> None:
    wanted, ordered = phone.order("1.00"), transfers(client)
    admin.slow_commits_down("transfer")
    headers = {"Idempotency-Key": "once"}
    with ThreadPoolExecutor() as pool:
        asking = pool.submit(phone.call, "POST", "/v1/transfers", json=wanted, headers=headers)
        admin.until(IN_COMMIT)
        admin.end_all()
        assert_problem(asking.result(30), 503, "storage_unreachable")
    admin.speed_commits_up("transfer")
    assert transfers(client) == ordered
    answered(phone.call("POST", "/v1/transfers", json=wanted, headers=headers))
    assert transfers(client) - ordered == 1
    bank_of(client).ledger.assert_balanced()


@pytest.mark.parametrize("is_there", [True, False], ids=["reconnects", "cannot"])
def test_what_was_committed_is_answered_also_where_it_cannot_be_read_again_at_once(
    client: TestClient, phone: Phone, admin: Admin, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    from sandbox.storage.server.link import Link

    commit, ended = Link.commit, 0

    async def committed(self: Link, *arguments: Any) -> None:
        nonlocal ended
        await commit(self, *arguments)
        ended += admin.end_all()

    fault = {"match": {"operation_id": "listBeneficiaries"}, "effect": {"status": 502}}
    with monkeypatch.context() as patch:
        patch.setattr(Link, "commit", committed)
        answered(client.post("/_sandbox/faults", json=fault))
    assert ended
    if not is_there:
        admin.end_all()
    assert phone.call("GET", "/v1/beneficiaries").status_code == 502
    assert len(answered(client.get("/_sandbox/faults"))["items"]) == 1


def test_a_clock_whose_commit_is_lost_is_what_the_database_says(client: TestClient, admin: Admin) -> None:
    bank = bank_of(client)
    before = bank.clock.read()
    admin.slow_commits_down("sandbox_fact")
    with ThreadPoolExecutor() as pool:
        moving = pool.submit(bank.call, "POST", "/_sandbox/clock/advance", json={"by": "PT1H"})
        admin.until(IN_COMMIT)
        admin.end_all()
        assert_problem(moving.result(30), 503, "storage_unreachable")
    admin.speed_commits_up("sandbox_fact")
    assert bank.clock.read() == before
    assert bank.clock.advance("PT1H")["now"] == bank.clock.read()["now"] > before["now"]


@pytest.mark.parametrize("losses", [1, 4, 5])
def test_a_fault_strikes_once_also_where_its_count_was_lost(
    client: TestClient, phone: Phone, admin: Admin, monkeypatch: pytest.MonkeyPatch, losses: int
) -> None:
    from sandbox.storage.server.link import Link

    fault = {"match": {"operation_id": "listBeneficiaries"}, "effect": {"status": 502}}
    answered(client.post("/_sandbox/faults", json=fault))
    commit, left = Link.commit, [losses]

    async def losing(self: Link, *arguments: Any) -> None:
        if left[0]:
            left[0] -= 1
            admin.end_all()
        await commit(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Link, "commit", losing)
        answer = phone.call("GET", "/v1/beneficiaries")
    if losses < 5:
        assert answer.status_code == 502
    else:
        assert_problem(answer, 503, "storage_unreachable")
    (told,) = answered(client.get("/_sandbox/faults"))["items"]
    assert told["hits"] == (1 if losses < 5 else 0)
