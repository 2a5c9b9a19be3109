"""`sandbox serve --workers 2` in real processes over a PostgreSQL server: what is killed, and what is left."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

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


def payers(server: Workers, bank: Sandbox) -> tuple[Payers, list[Phone], set[str]]:
    """Members who pay, and what they had paid before."""
    phones = [bank.phone(persona) for persona in PAYERS]
    return Payers(server.url, phones).start(), phones, set(completed(phones))


def check(bank: Sandbox, phones: list[Phone], before: set[str], paid: list[str]) -> None:
    """Each acknowledged payment took place once, and no other did."""
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
    paying, phones, before = payers(server, bank)
    paying.wait_for(5)
    former = server.kill_worker(2)
    server.wait_until_back(2, former)
    paying.wait_for(5)
    check(bank, phones, before, paying.stop())


def test_a_keeper_that_is_killed_loses_no_payment_and_comes_back(server: Workers, bank: Sandbox) -> None:
    paying, phones, before = payers(server, bank)
    paying.wait_for(5)
    former = server.kill_worker(1)
    with httpx.Client(base_url=f"http://{server.url}", timeout=30) as client:
        assert insisted(lambda: client.get("/_sandbox/info"), 200).json()["name"] == "Cooprogreso Sandbox"
    server.wait_until_back(1, former)
    paying.wait_for(5)
    check(bank, phones, before, paying.stop())


def test_a_database_server_that_is_killed_is_waited_for(server: Workers, bank: Sandbox, home: Path) -> None:
    programs = postgres.programs()
    assert programs is not None
    paying, phones, before = payers(server, bank)
    paying.wait_for(5)
    headers = {"Authorization": f"Bearer {phones[0].token}", "X-Sandbox": bank.name}
    with server.at(1) as first, server.at(2) as second:
        for client in (first, second):
            assert client.get("/v1/products", headers=headers).status_code == 200
        postgres.stop(home)
        for client in (first, second):
            answer = client.get("/v1/products", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (503, "storage_unreachable")
            assert answer.headers["retry-after"] == "1"
        postgres.start(programs, home)
    paying.wait_for(5)
    check(bank, phones, before, paying.stop())


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
