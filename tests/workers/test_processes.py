"""`sandbox serve --workers 2` in real processes over a PostgreSQL server: what is killed, and what is left."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from itertools import takewhile
from pathlib import Path
from threading import Event, Thread

import httpx2 as httpx
import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests import postgres
from tests.answers import answered
from tests.functional.commands import command
from tests.transport import bank_of
from tests.workers.processes import Payers, Workers, eventually, insisted

pytest.importorskip("psycopg", reason="psycopg is not installed")
pytestmark = pytest.mark.workers
PAYERS = ("al-dia", "muchas-cuentas", "premium")


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """The directory of a PostgreSQL server of this module's own, which it may end."""
    programs = postgres.programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres.server(programs) as home:
        yield home


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Iterator[Workers]:
    server = Workers(tmp_path_factory.mktemp("workers"), postgres.url(home))
    server.start()
    yield server
    server.close()


@pytest.fixture
def bank(server: Workers, request: pytest.FixtureRequest) -> Sandbox:
    """A sandbox of the test's own, its clock frozen."""
    name = request.node.name.replace("_", "-")[5:45].strip("-")
    answered(server.client.post("/_sandbox/sandboxes", json={"name": name, "clock": {"rate": 0}}))
    return bank_of(server.client, name)


def completed(phones: list[Phone]) -> list[str]:
    """The transfers of these members that were carried out, newest first for each."""
    found: list[str] = []
    for phone in phones:
        cursor: str | None = ""
        while cursor is not None:
            page = phone.send(operations.list_transfers(limit=200, cursor=cursor or None))
            found += [item["id"] for item in page["items"] if item["status"] == "completed"]
            cursor = page["next_cursor"]
    return found


@contextmanager
def paying(server: Workers, bank: Sandbox) -> Iterator[None]:
    """Members who pay for a block, at whose end each acknowledged payment took place once, and no other did."""
    phones = [bank.phone(persona) for persona in PAYERS]
    before = set(completed(phones))
    with Payers(server.url, phones) as payers:
        payers.wait_for(5)
        yield
        payers.wait_for(5)
        paid = payers.stop()
    bank.ledger.assert_balanced()
    done = [each for each in completed(phones) if each not in before]
    assert len(done) == len(set(done))
    assert sorted(done) == sorted(paid)


def test_requests_reach_all_workers_which_answer_for_the_same_bank(server: Workers, bank: Sandbox) -> None:
    phone = bank.phone("al-dia")
    with server.at(1) as first, server.at(2) as second:
        for writer, reader in ((first, second), (second, first)):
            mine, theirs = (Phone(bank_of(client, bank.name), phone.member, phone.token) for client in (writer, reader))
            ordered = mine.transfer("1.00")
            assert theirs.send(operations.get_transfer(ordered["id"]))["status"] == "pending_confirmation"
            theirs.confirm(ordered)
            assert mine.send(operations.get_transfer(ordered["id"]))["status"] == "completed"
    bank.ledger.assert_balanced()


def test_the_control_plane_is_the_keepers_wherever_it_is_asked_for(server: Workers, bank: Sandbox) -> None:
    with server.at(2) as client:
        for method, path in (("GET", "/_sandbox/info"), ("POST", "/_sandbox/clock/advance"), ("GET", "/metrics")):
            body = {"by": "PT1H"} if method == "POST" else None
            answer = client.request(method, path, json=body, headers={"X-Sandbox": bank.name})
            assert answer.status_code == 200, answer.text
            assert server.worker_of(answer.headers["x-request-id"]) == 1
        assert client.get(f"/s/{bank.name}/_sandbox/info").json()["sandbox"] == bank.name
        assert client.head("/_sandbox/info").status_code == 200
        assert client.options("/_sandbox/info").headers["allow"] == "GET, HEAD, OPTIONS"
        unknown = client.get("/_sandbox/nothing")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
        asked = client.get("/_sandbox/info", headers={"Origin": "http://evil.example"})
        assert (asked.status_code, asked.json()["code"]) == (403, "forbidden_origin")


def test_a_bank_is_carried_out_and_in_through_another_worker(server: Workers, bank: Sandbox) -> None:
    with server.at(2) as client:
        there = bank_of(client, bank.name)
        content = answered_bytes(there.call("GET", "/_sandbox/export"))
        phone = bank.phone("al-dia")
        phone.transfer("1.00")

        def pieces() -> Iterator[bytes]:
            for start in range(0, len(content), 100_000):
                yield content[start : start + 100_000]

        assert there.call("POST", "/_sandbox/import", content=pieces()).status_code == 200
        assert there.call("POST", "/_sandbox/import", content=b"no bank").status_code == 422
    assert completed([bank.phone("al-dia")]) == completed([phone.log_in()])
    bank.ledger.assert_balanced()


def test_a_stream_goes_through_another_worker(server: Workers, bank: Sandbox) -> None:
    with server.at(2) as client, client.stream("GET", f"/s/{bank.name}/_sandbox/messages/stream") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        ordered = bank.phone("al-dia").transfer("1.00")
        line = next(line for line in stream.iter_lines() if ordered["challenge"]["id"] in line)
        assert line.startswith("data: ")


def test_a_worker_that_is_killed_loses_no_payment_and_comes_back(server: Workers, bank: Sandbox) -> None:
    with paying(server, bank):
        former = server.kill_worker(2)
        server.wait_until_back(2, former)


def test_a_keeper_that_is_killed_loses_no_payment_and_comes_back(server: Workers, bank: Sandbox) -> None:
    with paying(server, bank), httpx.Client(base_url=f"http://{server.url}", timeout=30) as client:
        former = server.kill_worker(1)
        assert insisted(lambda: client.get("/_sandbox/info"), 200).json()["name"] == "Cooprogreso Sandbox"
        server.wait_until_back(1, former)


def test_what_falls_due_is_made_for_a_listener_of_another_worker_when_the_keeper_was_killed(
    server: Workers, bank: Sandbox
) -> None:
    due = datetime.fromisoformat(answered(bank.call("GET", "/_sandbox/jobs"))["items"][0]["due_at"])
    with server.at(2) as client, client.stream("GET", f"/s/{bank.name}/_sandbox/events/stream") as stream:
        lines = stream.iter_lines()
        assert next(lines) == ": listening"
        soon = {"now": (due - timedelta(minutes=5)).isoformat(), "rate": 100}
        answered(bank.call("PUT", "/_sandbox/clock", json=soon))
        former = server.kill_worker(1)
        end = time.monotonic() + 60
        assert any("transfer.settled" in line for line in takewhile(lambda _: time.monotonic() < end, lines))
    server.wait_until_back(1, former)


def test_a_database_server_that_is_killed_is_waited_for(server: Workers, bank: Sandbox, home: Path) -> None:
    programs = postgres.programs()
    assert programs is not None
    headers = {"Authorization": f"Bearer {bank.phone(PAYERS[0]).token}", "X-Sandbox": bank.name}
    with paying(server, bank), server.at(1) as first, server.at(2) as second:
        for client in (first, second):
            assert client.get("/v1/products", headers=headers).status_code == 200
        postgres.stop(home)
        for client in (first, second):
            answer = client.get("/v1/products", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (503, "storage_unreachable")
            assert answer.headers["retry-after"] == "1"
        postgres.start(programs, home)


class Following:
    """A client of the stream of events at one worker, until that ends."""

    def __init__(self, client: httpx.Client, bank: Sandbox) -> None:
        self.ids: list[str] = []
        self.has_begun = Event()
        self._client = client
        self._path = f"/s/{bank.name}/_sandbox/events/stream"
        self.thread = Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        with suppress(httpx.TransportError), self._client.stream("GET", self._path) as stream:
            for line in stream.iter_lines():
                self.has_begun.set()
                if line.startswith("id: "):
                    self.ids.append(line.removeprefix("id: "))


def events(bank: Sandbox) -> list[str]:
    """The ids of all events, the oldest first."""
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = answered(
            bank.call("GET", "/_sandbox/events", params={"limit": 200} | ({"cursor": cursor} if cursor else {}))
        )
        found += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
    return found


def test_streams_and_due_work_wait_for_a_database_server_that_is_started_again(
    server: Workers, bank: Sandbox, home: Path
) -> None:
    programs = postgres.programs()
    assert programs is not None
    bank.clock.set(rate=1)
    headers = {"Authorization": f"Bearer {bank.phone(PAYERS[0]).token}", "X-Sandbox": bank.name}
    said = len(server.output)
    with server.at(1) as first, server.at(2) as second:
        streams = [Following(client, bank) for client in (first, second)]
        assert all(stream.has_begun.wait(60) for stream in streams)
        with paying(server, bank):
            postgres.stop(home, signal.SIGINT)
            for client in (first, second):
                assert client.get("/v1/products", headers=headers).status_code == 503
            postgres.start(programs, home)
        log = server.output[said:]
        assert "Traceback" not in log
        assert [log.count(each) for each in ("the feed of", "due work of", "the database server is away")] == [0, 0, 2]
        bank.clock.freeze()
        wanted = events(bank)
        eventually(lambda: all(stream.ids[-1:] == wanted[-1:] for stream in streams), lambda: server.output[said:])
        assert [stream.ids for stream in streams] == [wanted[-len(stream.ids) :] for stream in streams]
        assert all(stream.thread.is_alive() for stream in streams)
        answered(server.client.delete(f"/_sandbox/sandboxes/{bank.name}"))
        for stream in streams:
            stream.thread.join(60)


def test_a_stop_leaves_no_process_and_no_socket(tmp_path: Path, home: Path) -> None:
    server = Workers(tmp_path / "data", postgres.url(home))
    server.start()
    pids = server.pids.values()
    with server.client.stream("GET", "/_sandbox/messages/stream") as stream:
        assert stream.status_code == 200
        assert server.process is not None
        server.process.send_signal(signal.SIGTERM)
        assert [line for line in stream.iter_lines() if line and not line.startswith(":")] == []
    server.wait_until_gone()
    assert server.process.returncode == -signal.SIGTERM
    assert "Traceback" not in server.output
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    server.close()
    again = Workers(tmp_path / "data", postgres.url(home), port=server.url.rpartition(":")[2])
    again.start()
    former = list(again.pids.values())
    again.kill()
    eventually(lambda: not any(map(is_there, former)), lambda: f"some of {former} are still there")
    again.close()


def is_there(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def test_workers_are_refused_where_they_cannot_be_had(tmp_path: Path) -> None:
    environment = Workers(tmp_path / "data", "").environment()
    ended = command("serve", env=environment)
    assert ended.status == 1
    assert "2 workers need SANDBOX_DATABASE_URL" in ended.stderr
    assert "`sandbox deploy`" in ended.stderr


def test_a_port_that_another_server_has_is_refused_although_workers_share_one(tmp_path: Path, home: Path) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        environment = Workers(tmp_path / "data", postgres.url(home), port=port).environment()
        ended = command("serve", env=environment)
    assert (ended.status, "is in use" in ended.stderr) == (1, True)


def answered_bytes(answer: httpx.Response) -> bytes:
    assert answer.status_code == 200, answer.text
    return answer.content
